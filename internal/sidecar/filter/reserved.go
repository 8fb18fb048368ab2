package filter

import (
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

const (
	// headerExchange carries the ID of the exchange to the client. The audit record has the same ID.
	headerExchange = "Chaperone-Exchange"
	// headerRefusal carries the ID of the rule in each response that the sidecar writes in place of the chatbot's, also in one that looks like
	// an answer of the chatbot.
	headerRefusal = "Chaperone-Refusal"
	// headerConversation is an opaque ID that a client may send for its conversation. With it, the sidecar knows when the disclosure was shown.
	headerConversation = "Chaperone-Conversation"
	// maxConversationBytes is the longest conversation ID that the sidecar uses; it ignores longer ones.
	maxConversationBytes = 128
	// reservedPrefix is the prefix of the headers that only the sidecar may set, in lower case and with dashes. See DeleteReserved.
	reservedPrefix = "chaperone-"
)

// detours are the headers that make some servers take a request for one with another path or method, so that it would be one of another
// route. They are in lower case and with dashes.
var detours = []string{"x-original-url", "x-rewrite-url", "x-http-method-override", "x-http-method", "x-method-override"}

// CloseDetours deletes from a request that passes unread what would lead it around the routes: detours, and the offer to continue in HTTP/2.
func CloseDetours() Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			deleteDetours(r.Header)
			deleteOffer(r.Header)
			next.ServeHTTP(w, r)
		})
	}
}

// deleteDetours deletes the detours: headers that make some servers take a request for one with another path or method. It finds them in
// upper and lower case, and with `_` for `-`.
func deleteDetours(h http.Header) {
	for name := range h {
		if slices.ContainsFunc(detours, func(detour string) bool { return len(name) == len(detour) && beginsWith(name, detour) }) {
			delete(h, name)
		}
	}
}

// TakeReservedHeaders deletes the Chaperone-… headers of the request, and the headers that could change its method or path behind the
// sidecar (detours). It first stores the conversation ID and the receipt, which the client sends in Chaperone-… headers, in the scope.
func TakeReservedHeaders() Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			if values := r.Header[headerConversation]; len(values) == 1 && len(values[0]) <= maxConversationBytes {
				sc.Conversation = values[0]
			}
			sc.Receipts = r.Header[headerReceipt]
			DeleteReserved(r.Header)
			deleteDetours(r.Header)
			next.ServeHTTP(w, r)
		})
	}
}

// DeleteReserved deletes the headers that only the sidecar may set (Chaperone-…), in every spelling: in upper and lower case, and
// with `_` for `-`, which many servers take for the same.
func DeleteReserved(h http.Header) {
	for name := range h {
		if beginsWith(name, reservedPrefix) {
			delete(h, name)
		}
	}
}

// beginsWith reports whether the name begins with the prefix, which is in lower case and with dashes. It does not distinguish upper and
// lower case, nor `_` and `-`. It allocates nothing.
func beginsWith(name, prefix string) bool {
	if len(name) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c == '_' {
			c = '-'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}
