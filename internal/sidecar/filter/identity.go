package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

const (
	// headerExchange carries the id of the exchange to the client; it is in the audit record, too.
	headerExchange = "Chaperone-Exchange"
	// headerConversation is an opaque id that a client may send for its conversation. It times the repetition of the disclosure.
	headerConversation = "Chaperone-Conversation"
	// maxConversation is the longest conversation id that is used.
	maxConversation = 128
)

// Identity takes the client's conversation id and deletes the headers that only the sidecar may set, in every spelling: upper
// and lower case, and `_` for `-`.
func Identity() Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			if values := r.Header[headerConversation]; len(values) == 1 && len(values[0]) <= maxConversation {
				sc.Conversation = values[0]
			}
			StripAsserted(r.Header)
			next.ServeHTTP(w, r)
		})
	}
}

// asserted is the prefix of the headers that only the sidecar sets, in lower case with dashes.
const asserted = "chaperone-"

// StripAsserted deletes the headers that only the sidecar may set.
func StripAsserted(h http.Header) {
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
