package filter

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// bodyTimeout is how long a client may take to send its body: 1 MiB at 35 KiB/s, a slow mobile line.
const bodyTimeout = 30 * time.Second

// RequireService refuses every exchange while findOutage returns a refusal, for example because no record could be written. It must come after
// LimitBody.
func RequireService(findOutage func() *refusal.Refusal) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if outage := findOutage(); outage != nil {
				discardBody(r)
				Refuse(w, r, outage)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// LimitLoad refuses an exchange for which the sidecar has no memory. It must come after LimitBody, so that what it discards is bounded.
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

// maxDiscarded is how many bytes are read of a body that is too large: photographs and most documents are shorter.
const maxDiscarded = 32 << 20

// discardBody reads the body without keeping it. A client that sends its whole body before it reads would not see an earlier refusal:
// net/http closes the connection when much of the body is left.
func discardBody(r *http.Request) {
	// After an error nothing is left to read.
	_, _ = io.Copy(io.Discard, r.Body)
}

// drainBodyTimeout is how long a client may still take to send its body when the server drains: nothing of the request has gone upstream,
// so the client can send it to another pod.
const drainBodyTimeout = 5 * time.Second

// bodyDeadline is the deadline of one body. It is safe for concurrent use.
type bodyDeadline struct {
	mu      sync.Mutex
	control http.ResponseController
	// isOver means that the body has arrived, so that it has no deadline any more.
	isOver bool
}

// set makes reading the body fail after the duration, unless the whole body has arrived.
func (d *bodyDeadline) set(after time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.isOver {
		// An error means that the connection supports no deadlines, as in tests. The request is then served without one.
		_ = d.control.SetReadDeadline(time.Now().Add(after))
	}
}

// Lift removes the deadline: after the body the server keeps reading, to notice when the client disconnects, and a deadline would end that
// read.
func (d *bodyDeadline) Lift() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.isOver = true
	_ = d.control.SetReadDeadline(time.Time{})
}

// timedBody is a body whose deadline can have passed.
type timedBody struct {
	io.ReadCloser
	bodyDeadline
	// draining is canceled when the server begins to drain.
	draining context.Context
}

// Read reads from the body. If the deadline has passed, the error is a refusal. When the server begins to drain, the rest of the body must
// arrive within drainBodyTimeout: after that, not the client is late, but the server ends.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return n, err
	case b.draining.Err() != nil:
		return n, refusal.New(refusal.Terminating)
	}
	return n, refusal.Because(refusal.BodyTimeout, "The body did not arrive within "+bodyTimeout.String()+".")
}

// LimitBody limits the body of a request to limit bytes, and the time in which the body must arrive to bodyTimeout. It refuses a request
// whose Content-Length is above the limit. For any other request, the next filters can read no more than the limit of its body. The timeout
// also applies when the request is refused, because net/http reads the rest of the body before it responds. The HTTP server limits the
// size and the time of the header. When the server begins to drain, which cancels draining, the rest of the body must arrive within
// drainBodyTimeout.
func LimitBody(draining context.Context, limit int64) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := &timedBody{draining: draining}
			body.control = *http.NewResponseController(w)
			body.set(bodyTimeout)
			// AfterFunc returns the function that stops it, which is deferred.
			defer context.AfterFunc(draining, func() { body.set(drainBodyTimeout) })()
			exchange.From(r).BodyDeadline = body
			if r.ContentLength > limit {
				// A client that sends its whole body before it reads must see the refusal too, and no connection that was reset.
				_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded)
				Refuse(w, r, newTooLargeRefusal(limit))
				return
			}
			body.ReadCloser = http.MaxBytesReader(w, r.Body, limit)
			r.Body = body
			next.ServeHTTP(w, r)
		})
	}
}

// LimitUpload limits the time in which each piece of a body must arrive to bodyTimeout, and not its size: the body passes unread, and the
// sidecar keeps nothing of it. When the server drains, the upload may go on for the whole drain time.
func LimitUpload(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadline := &bodyDeadline{control: *http.NewResponseController(w)}
		deadline.set(bodyTimeout)
		r.Body = &uploadBody{r.Body, deadline}
		next.ServeHTTP(w, r)
	})
}

// uploadBody is a body that gives the client time again with each piece.
type uploadBody struct {
	io.ReadCloser
	deadline *bodyDeadline
}

// Read reads from the body. At its end it lifts the deadline.
func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.deadline.Lift()
		return n, err
	}
	b.deadline.set(bodyTimeout)
	return n, err
}

func newTooLargeRefusal(limit int64) *refusal.Refusal {
	return refusal.Because(refusal.BodyTooLarge, "The body is larger than "+strconv.FormatInt(limit, 10)+" bytes.")
}
