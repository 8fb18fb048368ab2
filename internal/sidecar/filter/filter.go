// Package filter holds the steps through which every exchange passes, one file for each.
//
// A filter speaks HTTP: it reads the header, adds to the scope of the exchange, refuses, or calls the next one. What the bytes
// of a body say is up to the route's `dialect.Format`, what happens to its texts up to `internal/sidecar/transform`. The order is
// a list in `internal/sidecar/chain.go`.
package filter

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Filter wraps the rest of a chain.
type Filter func(http.Handler) http.Handler

// Chain wraps the last handler with the filters. The first filter is the outermost.
func Chain(last http.Handler, filters []Filter) http.Handler {
	for _, f := range slices.Backward(filters) {
		last = f(last)
	}
	return last
}

// Pass is a filter that does nothing.
func Pass(next http.Handler) http.Handler { return next }

// Refuse ends an exchange in the form of its format. It is the only place that writes a refusal whose header is not out yet; the
// record says so too.
func Refuse(w http.ResponseWriter, r *http.Request, why *refusal.Refusal) {
	sc := exchange.From(r)
	sc.Refused = why
	body, contentType := sc.Route.Format.FormatRefusal(why, sc.ID)
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if why.IsFor(refusal.Method) {
		h.Set("Allow", http.MethodPost)
	}
	w.WriteHeader(why.Status)
	// A client that is gone is recorded as such.
	_, _ = w.Write(body)
}
