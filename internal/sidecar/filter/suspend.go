package filter

import (
	"cmp"
	"net/http"

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
	why := refusal.New(refusal.Suspended)
	why.Handoff = handoff
	if handoff != nil && handoff.URL+handoff.Contact != "" {
		why.Remedy = "Contact a human: " + cmp.Or(handoff.URL, handoff.Contact) + "."
	}
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { Refuse(w, r, why) })
	}
}
