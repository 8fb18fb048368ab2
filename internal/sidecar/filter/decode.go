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
			sc := exchange.From(r)
			packed := exchange.TakeBuffer()
			if _, err := takeBody(r, packed); err != nil {
				exchange.PutBuffer(packed)
				Refuse(w, r, newReadRefusal(r.Context(), err))
				return
			}
			body := &decodedBody{ctx: r.Context(), coding: c, budget: b, limit: limit, packed: packed, uncount: sc.Held.Keep(), done: func() {}}
			body.content = coding.NewReader(bytes.NewReader(packed.Bytes()), c, body.reserve)
			defer body.end()
			r.Body, r.ContentLength = io.NopCloser(body), -1
			delete(r.Header, "Content-Encoding")
			next.ServeHTTP(w, r)
		})
	}
}

// decodedBody is the content of a compressed body. The goroutine of its exchange reads it.
type decodedBody struct {
	ctx    context.Context
	coding coding.Coding
	// content is nil after its last byte or an error.
	content io.Reader
	budget  *budget.Budget
	// packed is the compressed body, and uncount ends its reservation.
	packed  *bytes.Buffer
	uncount func()
	// done returns the memory of the decoder.
	done func()
	// limit is the largest number of bytes that are read, and count how many were.
	limit, count int64
	// err is the error with which the content ended.
	err error
}

// end gives up the decoder and the compressed body, unless it has done so before: while the content is rewritten, they would take memory
// for nothing.
func (b *decodedBody) end() {
	if b.content == nil {
		return
	}
	b.content = nil
	b.done()
	exchange.PutBuffer(b.packed)
	b.packed = nil
	b.uncount()
}

// reserve waits until the decoder may have the memory.
func (b *decodedBody) reserve(size int) (ok bool) {
	b.done, ok = b.budget.Decode(b.ctx, size)
	return ok
}

// Read returns content. Its errors are refusals. After the last byte, the decoder and the compressed body have no memory any more.
func (b *decodedBody) Read(p []byte) (int, error) {
	if b.content == nil {
		return 0, b.err
	}
	n, err := b.content.Read(p)
	b.count += int64(n)
	if b.count > b.limit {
		n, err = 0, newTooLargeRefusal(b.limit)
	}
	if err != nil {
		b.err = b.explain(err)
		b.end()
		return n, b.err
	}
	return n, nil
}

// explain returns the refusal for an error of the decoder, and other errors unchanged.
func (b *decodedBody) explain(err error) error {
	switch {
	case errors.Is(err, coding.ErrRatio):
		return refusal.Because(refusal.BodyTooLarge, "The body is more than "+strconv.Itoa(coding.MaxRatio)+" times as large as it is compressed.")
	case errors.Is(err, coding.ErrMemory):
		return newWaitRefusal(b.ctx)
	case errors.Is(err, coding.ErrMalformed):
		return refusal.Because(refusal.BodyMalformed, "The body is not a complete document in the content coding "+b.coding.String()+".").
			WithRemedy("Send the body in the content coding that the header Content-Encoding names, or without one.")
	}
	return err
}
