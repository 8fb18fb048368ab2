package sidecar

import "net/http"

const (
	// headerExchange carries the id of the exchange to the client; it stands in the audit record too.
	headerExchange = "Chaperone-Exchange"
	// headerConversation may be sent by a client: an opaque id of its conversation, so that repeated disclosure is timed.
	headerConversation = "Chaperone-Conversation"
	// maxConversation is the longest conversation id that is used.
	maxConversation = 128
)

// identity takes the client's conversation id and strips the headers that only we may assert, in every spelling: upper and
// lower case, and `_` for `-`.
func (g *generation) identity() filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := scopeOf(r)
			if values := r.Header[headerConversation]; len(values) == 1 && len(values[0]) <= maxConversation {
				sc.conversation = values[0]
			}
			stripAsserted(r.Header)
			next.ServeHTTP(w, r)
		})
	}
}

// asserted is the prefix of our headers, folded.
const asserted = "chaperone-"

func stripAsserted(h http.Header) {
	for name := range h {
		if isAsserted(name) {
			delete(h, name)
		}
	}
}

func isAsserted(name string) bool {
	if len(name) < len(asserted) {
		return false
	}
	for i := range len(asserted) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c == '_' {
			c = '-'
		}
		if c != asserted[i] {
			return false
		}
	}
	return true
}
