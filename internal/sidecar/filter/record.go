package filter

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Journal stores the records of finished exchanges.
type Journal interface {
	// Write is called exactly once for each exchange.
	Write(e Ended)
}

// Ended is a finished exchange.
type Ended struct {
	Scope *exchange.Scope
	// Outcome is one of the Outcome constants.
	Outcome string
	// Status is the HTTP status that was sent, 0 for none.
	Status int
	// Bytes is the length of the body that was sent.
	Bytes int64
}

// Recording is what the filter Record needs. The fields of other types than bool are required.
type Recording struct {
	// Now is the clock.
	Now func() time.Time
	// Log receives the stack of a panic.
	Log     *slog.Logger
	Journal Journal
	// Conversations remembers the exchanges whose answers showed the statement.
	Conversations *Conversations
	// MaxPause is how long a client may take to receive what the sidecar writes to it; 0 for as long as it wants.
	MaxPause time.Duration
	// HidesID means that the client does not get the ID of the exchange, unless the sidecar refuses it.
	HidesID bool
}

// Record is the outermost filter. It creates the scope of the exchange and writes exactly one Ended to the journal, even when the
// exchange is refused or cut, or when a filter panics.
func Record(rt *exchange.Route, rec Recording) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := &exchange.Scope{Started: rec.Now(), Route: rt}
			out := newWriter(w, rec.MaxPause)
			// Only a disconnection of the client and the end of the server cancel this context; sc.Cancel does not.
			clientContext := r.Context()
			if !rec.HidesID {
				w.Header()[headerExchange] = []string{sc.Identify()}
			}
			ctx := exchange.With(r.Context(), sc)
			if rec.MaxPause > 0 { // Nothing but the client ends an exchange that may pause for ever.
				ctx, sc.Cancel = context.WithCancel(ctx)
				defer sc.Cancel()
			}
			r = r.WithContext(ctx)
			defer func() { rec.finish(clientContext, out, r, recover()) }()
			next.ServeHTTP(out, r)
		})
	}
}

// finish writes the record of the exchange. panicked is what the handler panicked with, or nil: the proxy aborts an answer with
// http.ErrAbortHandler, and any other panic is a fault of the sidecar. After such a fault, finish sends a refusal if the header is not sent
// yet. If the client has received a part of an answer, finish breaks the connection: otherwise the client would take the part for the
// complete answer. clientContext is the context of the client's request; the server cancels it when the client disconnects, and when the
// server itself ends the exchange.
func (rec Recording) finish(clientContext context.Context, out *writer, r *http.Request, panicked any) {
	sc := exchange.From(r)
	isAborted := errors.Is(asError(panicked), http.ErrAbortHandler)
	hasFailed := panicked != nil && !isAborted
	isPartial := isAborted || hasFailed && out.status != 0
	if isAborted && sc.Cut == nil {
		sc.Refused = cmp.Or(findAbort(clientContext, out), sc.Refused)
	}
	outcome := findOutcome(sc, isAborted, hasFailed, clientContext.Err() != nil && exchange.FindEnd(clientContext) == nil)
	if hasFailed {
		rec.Log.Error("Recovering from a panic", "exchange", sc.Identify(), "stack", string(debug.Stack()))
		if !isPartial {
			Refuse(out, r, refusal.New(refusal.Internal))
		}
	}
	sc.Disclosed = sc.Disclosed && isDelivered(sc, outcome, out)
	rec.Conversations.remember(sc)
	noteEnd(sc, outcome, out.status)
	rec.Journal.Write(Ended{Scope: sc, Outcome: outcome, Status: out.status, Bytes: out.bytes})
	if isPartial {
		// net/http recovers from this value: it closes the connection and logs nothing.
		panic(http.ErrAbortHandler)
	}
}

// findAbort returns the refusal for an answer that was aborted although the upstream did not cut it, or nil if the client has disconnected.
// The other two reasons are that the client did not read for too long, and that it did not take the refusal with which the server ended
// the exchange.
func findAbort(clientContext context.Context, out *writer) *refusal.Refusal {
	if out.hasStalled {
		return refusal.New(refusal.Stalled)
	}
	return exchange.FindEnd(clientContext)
}

// isDelivered reports whether the client received a response that it shows to the person: a body with a status of success (2xx), received
// before the client disconnected.
func isDelivered(sc *exchange.Scope, outcome string, out *writer) bool {
	switch {
	case out.status == http.StatusSwitchingProtocols:
		// Of an exchange on a socket, the relay counts only the frames that reached the client.
		return true
	case sc.Route.Use == shape.UseReply:
		// A messaging service shows the statement also if the message after it fails.
		return true
	}
	return out.bytes > 0 && out.status >= 200 && out.status < 300 && outcome != OutcomeDisconnected
}

// appFailures are the rules that refuse an answer because the app, or what it needs, has failed.
var appFailures = []refusal.Rule{
	refusal.Unreachable, refusal.Timeout, refusal.AnswerType, refusal.AnswerTooLarge, refusal.AnswerMalformed, refusal.AnswerUnreadable,
}

// noteEnd notes whether the app has failed to answer, where failures are counted.
func noteEnd(sc *exchange.Scope, outcome string, status int) {
	if sc.NoteEnd != nil && outcome != OutcomeDisconnected {
		sc.NoteEnd(hasAppFailed(sc, outcome, status))
	}
}

// hasAppFailed reports whether the app has not given the answer that the person waits for.
func hasAppFailed(sc *exchange.Scope, outcome string, status int) bool {
	return outcome == OutcomeCut || outcome != OutcomeRefused && status >= http.StatusInternalServerError ||
		slices.ContainsFunc(appFailures, sc.Refused.IsFor)
}

// asError returns the value of a panic if it is an error, and nil otherwise.
func asError(panicked any) error {
	err, _ := panicked.(error)
	return err
}

// The outcomes of exchanges, a closed set.
const (
	// OutcomeAnswered: the client got the whole response of the upstream, of any status, or the disclosure document.
	OutcomeAnswered = "answered"
	// OutcomeRefused: the sidecar responded in place of the upstream, or ended a stream.
	OutcomeRefused = "refused"
	// OutcomeCut: the upstream ended a streamed answer early, or paused for too long. The outcome for an answer that is not streamed is
	// then OutcomeRefused.
	OutcomeCut = "cut"
	// OutcomeDisconnected: the client went away, or stopped reading.
	OutcomeDisconnected = "disconnected"
	// OutcomeFailed: the sidecar itself failed.
	OutcomeFailed = "failed"
	// OutcomePassed: the client got the whole response of the upstream, unchanged.
	OutcomePassed = "passed"
)

// findOutcome returns the outcome of an exchange. isAborted means that the proxy aborted the answer: either the upstream broke off, which
// sets sc.Cut, or the connection to the client broke. hasFailed means that a handler panicked, and isClientGone that the client has
// disconnected by now.
func findOutcome(sc *exchange.Scope, isAborted, hasFailed, isClientGone bool) string {
	switch {
	case hasFailed:
		return OutcomeFailed
	case isAborted && sc.Cut != nil:
		return OutcomeCut
	case isAborted && sc.Refused == nil:
		return OutcomeDisconnected
	case sc.Refused.IsFor(refusal.Disconnected), sc.Refused.IsFor(refusal.Stalled):
		return OutcomeDisconnected
	case sc.Refused != nil:
		return OutcomeRefused
	case sc.Passed != nil:
		return OutcomePassed
	case isClientGone && !sc.Streamed:
		// The server sends the last part of a document only after the handler, so this client did not receive it. All parts of a
		// stream have been sent.
		return OutcomeDisconnected
	}
	return OutcomeAnswered
}
