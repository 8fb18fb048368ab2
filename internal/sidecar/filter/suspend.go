package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
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

// NewSuspendedRefusal returns the refusal of a suspended chatbot with the way to a human, which may be nil.
func NewSuspendedRefusal(handoff *sidecarconfig.Handoff) *refusal.Refusal {
	why := refusal.New(refusal.Suspended)
	why.Handoff = handoff
	if contact := why.Contact(); contact != "" {
		why.Remedy = "Contact a human: " + contact + "."
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
