package filter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Journal records finished exchanges.
type Journal interface {
	// Write is called exactly once for each exchange.
	Write(e Ended)
}

// Ended is a finished exchange.
type Ended struct {
	Scope *exchange.Scope
	// Outcome is one of the Outcome constants.
	Outcome string
	// Status is the HTTP status that was sent, 0 for none. Bytes is the length of the body that was sent.
	Status int
	Bytes  int64
}

// Recording is what the filter Record needs.
type Recording struct {
	Now           func() time.Time
	Log           *slog.Logger
	Journal       Journal
	Conversations *Conversations
}

// Record is the outermost filter: it opens the scope and reports exactly one ended exchange to the journal, even when the exchange
// was refused or cut, or when a filter panicked.
func Record(rt *exchange.Route, rec Recording) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := &exchange.Scope{ID: newID(), Started: rec.Now(), Route: rt}
			out := &writer{ResponseWriter: w}
			client := r.Context()
			w.Header()[headerExchange] = []string{sc.ID}
			ctx, cancel := context.WithCancel(exchange.With(r.Context(), sc))
			defer cancel()
			sc.Cancel = cancel
			r = r.WithContext(ctx)
			defer func() { rec.finish(client, out, r, recover()) }()
			next.ServeHTTP(out, r)
		})
	}
}

// finish reports the exchange. After a panic it sends a refusal, unless the header is already sent. In that case, and when the proxy
// aborted an answer midway, it breaks the connection: otherwise the client would mistake the partial answer for a complete one.
// The server cancels client when the client disconnects.
func (rec Recording) finish(client context.Context, out *writer, r *http.Request, panicked any) {
	sc := exchange.From(r)
	outcome := outcomeOf(sc)
	// The server sends what is left of a document after this function; a stream has been sent.
	if outcome == OutcomeAnswered && !sc.Streamed && client.Err() != nil {
		outcome = OutcomeDisconnected
	}
	aborted := errors.Is(asError(panicked), http.ErrAbortHandler)
	switch {
	case panicked == nil:
	case aborted && sc.Cut == nil:
		outcome = OutcomeDisconnected
	case aborted:
		outcome = OutcomeCut
	default:
		outcome = OutcomeFailed
		rec.Log.Error("Recovering from a panic", "exchange", sc.ID, "stack", string(debug.Stack()))
		if aborted = out.status != 0; !aborted {
			Refuse(out, r, refusal.New(refusal.Internal))
		}
	}
	sc.Disclosed = sc.Disclosed && isDelivered(outcome, out)
	rec.Conversations.remember(sc)
	rec.Journal.Write(Ended{Scope: sc, Outcome: outcome, Status: out.status, Bytes: out.bytes})
	if aborted {
		// net/http knows this value: it closes the connection and logs nothing.
		panic(http.ErrAbortHandler)
	}
}

// isDelivered reports whether the client received a response that it shows: not an error, and not one that the client left.
func isDelivered(outcome string, out *writer) bool {
	return out.bytes > 0 && out.status >= 200 && out.status < 300 && outcome != OutcomeDisconnected
}

func asError(v any) error {
	err, _ := v.(error)
	return err
}

// The outcomes of exchanges, a closed set.
const (
	// OutcomeAnswered: the whole answer of the upstream (or the disclosure document) was passed on, whatever its status.
	OutcomeAnswered = "answered"
	// OutcomeRefused: the sidecar responded in place of the upstream, or ended a stream.
	OutcomeRefused = "refused"
	// OutcomeCut: the upstream ended its answer early.
	OutcomeCut = "cut"
	// OutcomeDisconnected: the client went away.
	OutcomeDisconnected = "disconnected"
	// OutcomeFailed: the sidecar itself failed.
	OutcomeFailed = "failed"
)

func outcomeOf(sc *exchange.Scope) string {
	switch {
	case sc.Refused == nil:
		return OutcomeAnswered
	case sc.Refused.IsFor(refusal.Disconnected):
		return OutcomeDisconnected
	}
	return OutcomeRefused
}

func newID() string {
	var id [16]byte
	// crypto/rand.Read never returns an error.
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// writer counts the bytes that it sends to the client and keeps the status.
type writer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader sends the header and keeps the first status.
func (o *writer) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the body to the client and counts its bytes.
func (o *writer) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.bytes += int64(n)
	return n, err
}

// Unwrap returns the underlying writer, which lets http.ResponseController flush and set deadlines.
func (o *writer) Unwrap() http.ResponseWriter { return o.ResponseWriter }
