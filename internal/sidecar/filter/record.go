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

// Journal takes account of exchanges that are over.
type Journal interface {
	// Write is called exactly once for each exchange.
	Write(e Ended)
}

// Ended is an exchange that is over.
type Ended struct {
	Scope *exchange.Scope
	// Outcome is one of the Outcome constants.
	Outcome string
	// Status is the HTTP status that was sent, 0 for none, and Bytes how long the body was.
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

// Record is the outermost filter: it opens the scope and reports exactly one ended exchange to the journal, also when it was
// refused, cut, or when a filter panicked.
func Record(rt *exchange.Route, to Recording) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := &exchange.Scope{ID: newID(), Started: to.Now(), Route: rt}
			out := &writer{ResponseWriter: w}
			w.Header()[headerExchange] = []string{sc.ID}
			ctx, cancel := context.WithCancel(exchange.With(r.Context(), sc))
			defer cancel()
			sc.Cancel = cancel
			r = r.WithContext(ctx)
			defer func() { to.finish(out, r, recover()) }()
			next.ServeHTTP(out, r)
		})
	}
}

// finish reports the exchange. A panic becomes a refusal while the header can still be written; otherwise, and when the proxy
// gave up an answer half way, the connection must break so that the client does not take the answer for whole.
func (to Recording) finish(out *writer, r *http.Request, panicked any) {
	sc := exchange.From(r)
	outcome := outcomeOf(sc)
	aborted := errors.Is(asError(panicked), http.ErrAbortHandler)
	switch {
	case panicked == nil:
	case aborted && sc.Cut == nil:
		outcome = OutcomeDisconnected
	case aborted:
		outcome = OutcomeCut
	default:
		outcome = OutcomeFailed
		to.Log.Error("Recovering from a panic", "exchange", sc.ID, "stack", string(debug.Stack()))
		if aborted = out.status != 0; !aborted {
			Refuse(out, r, refusal.New(refusal.Internal))
		}
	}
	sc.Disclosed = sc.Disclosed && isDelivered(outcome, out)
	to.Conversations.remember(sc)
	to.Journal.Write(Ended{Scope: sc, Outcome: outcome, Status: out.status, Bytes: out.bytes})
	if aborted {
		// net/http knows this value: it closes the connection and logs nothing.
		panic(http.ErrAbortHandler)
	}
}

// isDelivered reports whether the client received a response that it shows: not an error, and not cut by its own end.
func isDelivered(outcome string, out *writer) bool {
	return out.bytes > 0 && out.status >= 200 && out.status < 300 && outcome != OutcomeDisconnected
}

func asError(v any) error {
	err, _ := v.(error)
	return err
}

// The outcomes of exchanges, a closed set.
const (
	// OutcomeAnswered: the upstream's answer (or the disclosure document) was passed on whole, whatever its status.
	OutcomeAnswered = "answered"
	// OutcomeRefused: the sidecar answered in place of the upstream, or ended a stream.
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

// writer counts what is sent to the client.
type writer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader sends the header.
func (o *writer) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write sends a piece of the body.
func (o *writer) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (o *writer) Unwrap() http.ResponseWriter { return o.ResponseWriter }
