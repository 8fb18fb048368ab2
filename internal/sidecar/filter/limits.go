package filter

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// bodyTimeout is how long a client may take to send its body: 1 MiB at 35 KiB/s, a slow mobile line.
const bodyTimeout = 30 * time.Second

// LimitLoad refuses an exchange for which the sidecar has no memory. It must come after LimitBody.
func LimitLoad(b *budget.Budget) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			held, ok := b.Open()
			defer held.Release()
			if !ok {
				discardBody(r)
				Refuse(w, r, refusal.New(refusal.Overloaded))
				return
			}
			exchange.From(r).Held = held
			next.ServeHTTP(w, r)
		})
	}
}

// discardBody reads the body without keeping it. A client that sends its whole body before it reads would not see an earlier refusal: net/http
// closes the connection when much of the body is left.
func discardBody(r *http.Request) {
	// After an error nothing is left to read.
	_, _ = io.Copy(io.Discard, r.Body)
}

// LimitBody limits the body of a request to limit bytes, and the time in which the body must arrive to bodyTimeout. It refuses a request
// whose Content-Length is above the limit. For any other request, the next filters can read no more than the limit of its body. The timeout
// also applies when the request is refused, because net/http reads the rest of the body before it responds. The HTTP server limits the
// size and the time of the header.
func LimitBody(limit int64) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// An error means that the connection supports no deadlines, as in tests. The request is then served without one.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
			if r.ContentLength > limit {
				Refuse(w, r, newTooLargeRefusal(limit))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

func newTooLargeRefusal(limit int64) *refusal.Refusal {
	return refusal.Because(refusal.BodyTooLarge, "The body is larger than "+strconv.FormatInt(limit, 10)+" bytes.")
}
