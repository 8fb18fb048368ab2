package sidecar

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"runtime/debug"
)

// record is the outermost filter: it opens the scope and writes exactly one audit record when the exchange is over, also
// when it was refused, cut, or when a filter panicked.
func (g *generation) record(rt *route) filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := &scope{exchange: newExchange(), started: g.shared.options.Now(), route: rt}
			out := &recorder{ResponseWriter: w}
			w.Header()[headerExchange] = []string{sc.exchange}
			ctx, cancel := context.WithCancel(context.WithValue(r.Context(), scopeKey{}, sc))
			defer cancel()
			sc.cancel = cancel
			r = r.WithContext(ctx)
			defer func() { g.finish(out, r, recover()) }()
			next.ServeHTTP(out, r)
		})
	}
}

// finish writes the record. A panic becomes a refusal when the header is still ours to write; otherwise, and when
// the proxy gave up an answer half way, the connection must break so that the client does not take it for whole.
func (g *generation) finish(out *recorder, r *http.Request, panicked any) {
	sc := scopeOf(r)
	outcome := outcomeOf(sc)
	aborted := errors.Is(asError(panicked), http.ErrAbortHandler)
	switch {
	case panicked == nil:
	case aborted && sc.cut == nil:
		outcome = outcomeDisconnected
	case aborted:
		outcome = outcomeCut
	default:
		outcome = outcomeFailed
		g.shared.options.Log.Error("Recovering from a panic", "exchange", sc.exchange, "stack", string(debug.Stack()))
		if aborted = out.status != 0; !aborted {
			refuse(out, r, &finding{rule: ruleInternal, what: "The sidecar failed.", remedy: "Report the exchange id to the operator."})
		}
	}
	sc.disclosed = sc.disclosed && isDelivered(outcome, out)
	g.shared.told.remember(sc)
	g.shared.metrics.observe(g, sc, outcome)
	g.shared.audit.write(g, sc, outcome, out)
	if aborted {
		// net/http knows this value: it closes the connection without a word in the log.
		panic(http.ErrAbortHandler)
	}
}

// isDelivered reports whether clients show what was sent: it is not an error, and they were there to the end.
func isDelivered(outcome string, out *recorder) bool {
	return out.bytes > 0 && out.status >= 200 && out.status < 300 && outcome != outcomeDisconnected
}

func asError(v any) error {
	err, _ := v.(error)
	return err
}

// The outcomes of exchanges, a closed set.
const (
	// outcomeAnswered: the upstream's answer (or the disclosure document) was passed on whole, whatever its status.
	outcomeAnswered = "answered"
	// outcomeRefused: the sidecar answered in the upstream's place, or ended a stream.
	outcomeRefused = "refused"
	// outcomeCut: the upstream ended its answer early.
	outcomeCut = "cut"
	// outcomeDisconnected: the client went away.
	outcomeDisconnected = "disconnected"
	// outcomeFailed: the sidecar itself failed.
	outcomeFailed = "failed"
)

func outcomeOf(sc *scope) string {
	switch {
	case sc.refused == nil:
		return outcomeAnswered
	case sc.refused.rule == ruleDisconnected:
		return outcomeDisconnected
	}
	return outcomeRefused
}

func newExchange() string {
	var id [16]byte
	// crypto/rand.Read never returns an error.
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// recorder notes what is sent to the client.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader sends the header.
func (o *recorder) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write sends a piece of the body.
func (o *recorder) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (o *recorder) Unwrap() http.ResponseWriter { return o.ResponseWriter }
