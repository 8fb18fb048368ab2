// Package filter holds the filters through which every exchange passes, one file for each.
//
// A filter speaks HTTP: it reads the header, adds to the scope of the exchange, refuses the exchange, or calls the next filter.
// The route's `dialect.Format` reads and writes the bytes of bodies, and `internal/sidecar/transform` changes their texts.
// `internal/sidecar/chain.go` lists the filters in their order.
package filter

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// retrySeconds is after how many seconds clients may send a request again for which the sidecar had no room, as the value of Retry-After.
// Most exchanges end in a few seconds.
const retrySeconds = "2"

// headerShouldRetry tells the clients of OpenAI and Anthropic whether to repeat a request, whatever its status (openai-node src/client.ts,
// anthropic-sdk-typescript src/client.ts: shouldRetry).
const headerShouldRetry = "X-Should-Retry"

// Filter takes the rest of the chain as a handler. It returns a handler that does one step and then calls the rest.
type Filter func(http.Handler) http.Handler

// Chain wraps the last handler with the filters. The first filter is the outermost.
func Chain(last http.Handler, filters []Filter) http.Handler {
	for _, f := range slices.Backward(filters) {
		last = f(last)
	}
	return last
}

// Pass is the filter that does nothing.
func Pass(next http.Handler) http.Handler { return next }

// Refuse ends an exchange with a refusal in the format of its route, and stores the refusal for the record. Only a
// stream that has begun is refused elsewhere, by the transport.
func Refuse(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	sc := exchange.From(r)
	sc.Refused = why
	h := w.Header()
	if sc.FindSharing != nil {
		maps.Copy(h, sc.FindSharing())
	}
	maps.Copy(h, why.Header)
	body, status := formatRefusal(h, sc, why)
	h[headerRefusal] = []string{why.ID}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if why.IsFor(refusal.Overloaded) || why.IsFor(refusal.AuditUnavailable) || why.IsFor(refusal.ConfigExpired) {
		h.Set("Retry-After", retrySeconds)
	}
	if why.Lasts() {
		h.Set(headerShouldRetry, "false")
	}
	w.WriteHeader(status)
	// An error means that the client has gone: the exchange is over in any case.
	_, _ = w.Write(body)
}

// formatRefusal returns the body and the status of a refusal, and sets the headers that describe the body: an answer of the chatbot if the
// refusal is said to the person, and otherwise an error.
func formatRefusal(h http.Header, sc *exchange.Scope, why *refusal.Refusal) (body []byte, status int) {
	if sc.Say != nil {
		if answer, header := sc.Say(why); answer != nil {
			maps.Copy(h, header)
			return answer, http.StatusOK
		}
	}
	body, contentType := sc.Route.Format.FormatRefusal(why, sc.Identify())
	h["Content-Type"] = []string{contentType}
	return body, why.Status
}
