package sidecar

import (
	"net/http"
	"strconv"
	"time"
)

// bodyTime is how long a client may take to send its body: 1 MiB at 35 KiB/s, a slow mobile line.
const bodyTime = 30 * time.Second

// bound refuses bodies that are too large by their own word, and lets no more than the limit be read of the others. The
// header's size and time are bound by the server.
func (g *generation) bound() filter {
	limit := g.limits.RequestBytes
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				refuse(w, r, tooLarge(limit))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

func tooLarge(limit int64) *finding {
	return &finding{
		rule: ruleBodyTooLarge, what: "The body is larger than " + strconv.FormatInt(limit, 10) + " bytes.",
		remedy: "Send fewer or shorter messages.",
	}
}
