package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Suspend answers every request with the way to a human while the chatbot is suspended: status 503 and the handoff in the
// error, so that a client can tell it from an answer and offer the human channel.
func Suspend(suspended bool, handoff *sidecarconfig.Handoff) Filter {
	if !suspended {
		return Pass
	}
	why := refusal.New(refusal.Suspended)
	why.Handoff = handoff
	if handoff != nil {
		why.Remedy = "Contact a human: " + firstOf(handoff.URL, handoff.Contact, "ask the operator of this service") + "."
	}
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { Refuse(w, r, why) })
	}
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
