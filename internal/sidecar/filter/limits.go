package filter

import (
	"net/http"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// bodyTime is how long a client may take to send its body: 1 MiB at 35 KiB/s, a slow mobile line.
const bodyTime = 30 * time.Second

// Bound refuses bodies above the limit: at once by their announced length, else when more is read. It also bounds the time in
// which a body must arrive. That includes refused exchanges, because net/http reads the rest of the body before it responds.
// The server bounds the size and time of the header.
func Bound(limit int64) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A connection that has no deadlines is served without.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
			if r.ContentLength > limit {
				Refuse(w, r, refuseTooLarge(limit))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

func refuseTooLarge(limit int64) *refusal.Refusal {
	return refusal.Because(refusal.BodyTooLarge, "The body is larger than "+strconv.FormatInt(limit, 10)+" bytes.")
}
