package filter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Decode takes the content coding off the body of a request. It reads the compressed body first, so that a slow client holds no decoder;
// the content is decoded while the next filters read it, up to the limit in bytes. CheckHeader refuses the codings that Decode leaves.
// Decode must come after LimitLoad.
func Decode(b *budget.Budget, limit int64) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _ := coding.Of(r.Header)
			if c == coding.Identity {
				next.ServeHTTP(w, r)
				return
			}
			packed := exchange.TakeBuffer()
			defer exchange.PutBuffer(packed)
			sc := exchange.From(r)
			if _, err := packed.ReadFrom(sc.Held.Reader(r.Body)); err != nil {
				if errors.Is(err, budget.ErrUsedUp) {
					discardBody(r)
				}
				Refuse(w, r, newReadRefusal(r.Context(), err))
				return
			}
			body := &decodedBody{ctx: r.Context(), coding: c, budget: b, limit: limit, done: func() {}}
			body.content = coding.NewReader(bytes.NewReader(packed.Bytes()), c, body.reserve)
			// reserve replaces done while the body is read, so look done up only at the end.
			defer func() { body.done() }()
			r.Body, r.ContentLength = io.NopCloser(body), -1
			delete(r.Header, "Content-Encoding")
			next.ServeHTTP(w, r)
		})
	}
}

// decodedBody is the content of a compressed body. The goroutine of its exchange reads it.
type decodedBody struct {
	ctx     context.Context
	coding  coding.Coding
	content io.Reader
	budget  *budget.Budget
	// done returns the memory of the decoder. It may be called more than once.
	done func()
	// limit is the largest number of bytes that are read, and count how many were.
	limit, count int64
}

// reserve waits until the decoder may have the memory.
func (b *decodedBody) reserve(size int) bool {
	release, ok := b.budget.Decode(b.ctx, size)
	b.done = func() {
		release()
		release = func() {} // The memory must not be returned twice.
	}
	return ok
}

// Read returns content. Its errors are refusals. After the last byte, the decoder has no memory any more.
func (b *decodedBody) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	b.count += int64(n)
	if err != nil {
		b.done()
	}
	switch {
	case b.count > b.limit:
		return 0, newTooLargeRefusal(b.limit)
	case errors.Is(err, coding.ErrRatio):
		return 0, refusal.Because(refusal.BodyTooLarge, "The body is more than "+strconv.Itoa(coding.MaxRatio)+" times as large as it is compressed.")
	case errors.Is(err, coding.ErrMemory):
		return 0, newWaitRefusal(b.ctx)
	case errors.Is(err, coding.ErrMalformed):
		return 0, refusal.Because(refusal.BodyMalformed, "The body is not a complete document in the content coding "+b.coding.String()+".").
			WithRemedy("Send the body in the content coding that the header Content-Encoding names, or without one.")
	}
	return n, err
}
