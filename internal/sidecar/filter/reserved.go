package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

const (
	// headerExchange carries the ID of the exchange to the client. The audit record has the same ID.
	headerExchange = "Chaperone-Exchange"
	// headerRefusal carries the ID of the rule in each response that the sidecar writes in place of the chatbot's, also in one that looks like
	// an answer of the chatbot.
	headerRefusal = "Chaperone-Refusal"
	// headerConversation is an opaque ID that a client may send for its conversation. Only in conversations with an ID can the sidecar
	// repeat the disclosure after some hours.
	headerConversation = "Chaperone-Conversation"
	// maxConversationBytes is the longest conversation ID that the sidecar uses; it ignores longer ones.
	maxConversationBytes = 128
	// reservedPrefix is the prefix of the headers that only the sidecar may set, in lower case and with dashes. See DeleteReserved.
	reservedPrefix = "chaperone-"
)

// TakeReservedHeaders deletes the Chaperone-… headers of the request. It first stores the conversation ID, which the client sends in one of
// them, in the scope.
func TakeReservedHeaders() Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			if values := r.Header[headerConversation]; len(values) == 1 && len(values[0]) <= maxConversationBytes {
				sc.Conversation = values[0]
			}
			DeleteReserved(r.Header)
			next.ServeHTTP(w, r)
		})
	}
}

// DeleteReserved deletes the headers that only the sidecar may set (Chaperone-…), in every spelling: in upper and lower case, and
// with `_` for `-`, which many servers take for the same.
func DeleteReserved(h http.Header) {
	for name := range h {
		if isReserved(name) {
			delete(h, name)
		}
	}
}

// isReserved reports whether the name begins with reservedPrefix, which is in lower case and with dashes. It does not distinguish upper and
// lower case, nor `_` and `-`. It allocates nothing.
func isReserved(name string) bool {
	if len(name) < len(reservedPrefix) {
		return false
	}
	for i := range len(reservedPrefix) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c == '_' {
			c = '-'
		}
		if c != reservedPrefix[i] {
			return false
		}
	}
	return true
}
