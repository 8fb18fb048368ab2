package transport

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// decode takes the content coding off an answer, which goes on without one. The sidecar asks for answers without a coding, but servers may
// ignore that. It returns false for a coding that the sidecar does not read.
func (u *Upstream) decode(res *http.Response) bool {
	c, isReadable := coding.Of(res.Header)
	if c != coding.Identity {
		body := &decodedBody{packed: res.Body, coding: c, held: u.Budget.Answer()}
		body.content = coding.NewReader(res.Body, c, body.held.Take)
		res.Body = body
	}
	return isReadable
}

// decodedBody is the content of a compressed answer. The goroutine of its exchange reads and closes it.
type decodedBody struct {
	packed  io.Closer
	coding  coding.Coding
	content io.Reader
	// held is the memory of the decoder.
	held *budget.Reservation
}

// Read returns content. It returns a refusal if the content cannot be decoded, and errors of the connection unchanged.
func (b *decodedBody) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	switch {
	case errors.Is(err, coding.ErrRatio):
		return 0, refusal.Because(refusal.AnswerTooLarge, "The answer is more than "+strconv.Itoa(coding.MaxRatio)+" times as large as it is compressed.").
			WithRemedy("The developer of the chatbot or model service must honor Accept-Encoding: identity.")
	case errors.Is(err, coding.ErrMemory):
		return 0, refusal.New(refusal.Overloaded)
	case errors.Is(err, coding.ErrMalformed):
		return n, refusal.Because(refusal.AnswerMalformed, "The answer is not complete in the content coding "+b.coding.String()+".").
			WithRemedy("The developer of the chatbot or model service must honor Accept-Encoding: identity.")
	}
	return n, err
}

// Close closes the answer and returns the memory of the decoder.
func (b *decodedBody) Close() error {
	b.held.Release()
	return b.packed.Close()
}
