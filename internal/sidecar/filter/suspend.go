package filter

import (
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Suspend refuses every request of a suspended chatbot that reaches it. The disclosure document is served all the same, because its chain
// has no Suspend. The refusal carries the handoff, if there is one, so that a client can offer the way to a human. For a chatbot that is
// not suspended, Suspend returns Pass.
func Suspend(suspended bool, handoff *sidecarconfig.Handoff) Filter {
	if !suspended {
		return Pass
	}
	why := NewSuspendedRefusal(handoff)
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			glanceAtRequest(r)
			Refuse(w, r, why)
		})
	}
}

// SuspendTurn is Suspend for messages of people. What the person says decides what else is said: the contact for people in danger, and
// whether the desk has taken the conversation. h is nil if there is nobody to turn to.
func SuspendTurn(suspended bool, handoff *sidecarconfig.Handoff, h *Handover, t *transform.Transform, b *budget.Budget) Filter {
	if !suspended || h == nil {
		return Suspend(suspended, handoff)
	}
	why := NewSuspendedRefusal(handoff)
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			said := why
			if readSuspended(r, t, b) {
				said = h.Suspended(r.Context(), sc, newTurn(sc, r), why)
			}
			Refuse(w, r, said)
		})
	}
}

// readSuspended reads and rewrites a request that goes nowhere. It reports whether it is one that the route describes; if not, it notes what
// it can of it.
func readSuspended(r *http.Request, t *transform.Transform, b *budget.Budget) bool {
	sc := exchange.From(r)
	in := exchange.TakeBuffer()
	defer exchange.PutBuffer(in)
	_, err := in.ReadFrom(sc.Held.Reader(r.Body))
	sc.RequestBytes = in.Len()
	done, ok := b.Work(r.Context(), in.Len())
	defer done()
	isRead := err == nil && ok
	if isRead {
		sc.Body, sc.Request, err = t.Request(nil, in.Bytes(), sc.Route.Format, &sc.RequestRedactions)
		isRead = err == nil
	}
	if !isRead {
		sc.Body, sc.Request = nil, transform.Request{}
		describeRequest(sc, in.Bytes())
	}
	return isRead
}

// SuspendAnswers refuses every request on which answers of a suspended chatbot arrive, or with which a program uses it: a poll, and a
// command where people do not talk to the chatbot. It returns Pass for the others.
func SuspendAnswers(rt *exchange.Route, suspended bool, handoff *sidecarconfig.Handoff) Filter {
	isCommand := rt.Use == shape.UseControl && !rt.HasTalk
	return Suspend(suspended && (rt.Polls || isCommand), handoff)
}

// SuspendTexts refuses a request with a text while the chatbot is suspended. What has none passes: people can stop an answer, delete a
// conversation, and read the past. SuspendTexts must come after RewriteBody.
func SuspendTexts(suspended bool, handoff *sidecarconfig.Handoff) Filter {
	if !suspended {
		return Pass
	}
	return refuseWith(func(r *http.Request) *refusal.Refusal {
		if hasText(r) {
			return NewSuspendedRefusal(handoff)
		}
		return nil
	})
}

// hasText reports whether a request has a text in its body, or in a query that holds only parameters otherwise. A single word there cannot
// be told from an identifier.
func hasText(r *http.Request) bool {
	sc := exchange.From(r)
	if sc.Request.HasText || sc.Route.ReadsQuery {
		return sc.Request.HasText
	}
	isText := func(text string) bool { return !transform.IsIdentifier(text) }
	for name, values := range r.URL.Query() {
		if isText(name) || slices.ContainsFunc(values, isText) {
			return true
		}
	}
	return false
}

// NewSuspendedRefusal returns the refusal of a suspended chatbot with the way to a human, which may be nil.
func NewSuspendedRefusal(handoff *sidecarconfig.Handoff) *refusal.Refusal {
	return newHumanRefusal(refusal.Suspended, handoff, "")
}

// newHumanRefusal returns a refusal that names the way to a human, if there is one, and then what else there is to do. handoff may be nil.
func newHumanRefusal(rule refusal.Rule, handoff *sidecarconfig.Handoff, more string) *refusal.Refusal {
	why := refusal.New(rule)
	why.Handoff = handoff
	if contact := why.Contact(); contact != "" {
		why.Remedy = "Contact a human: " + contact + "." + more
	}
	return why
}

// glanceAtRequest reads the request if the refusal may be said as an answer, whose form depends on what the client asks for. An error of
// reading changes nothing: what was read decides.
func glanceAtRequest(r *http.Request) {
	sc := exchange.From(r)
	if sc.Say == nil {
		return
	}
	in := exchange.TakeBuffer()
	defer exchange.PutBuffer(in)
	_, _ = in.ReadFrom(sc.Held.Reader(r.Body))
	sc.RequestBytes = in.Len()
	describeRequest(sc, in.Bytes())
}
