package sidecar

import "net/http"

// suspend answers every request with the way to a human while the chatbot is suspended: status 503 and the handoff in the
// error, so that a client can tell it from an answer and offer the human channel.
func (g *generation) suspend() filter {
	f := &finding{
		rule: ruleSuspended, what: "The chatbot is suspended; only humans answer now.",
		remedy: "Contact a human.", handoff: g.config.Handoff,
	}
	if h := g.config.Handoff; h != nil {
		f.remedy = "Contact a human: " + firstOf(h.URL, h.Contact, "ask the operator of this service") + "."
	}
	return func(next http.Handler) http.Handler {
		if !g.config.Suspended {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, f) })
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
