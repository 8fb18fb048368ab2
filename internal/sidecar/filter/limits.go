package filter

import (
	"net/http"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// bodyTimeout is how long a client may take to send its body: 1 MiB at 35 KiB/s, a slow mobile line.
const bodyTimeout = 30 * time.Second

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
