package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// pieceSize is how much of a stream is read at once; events are a few hundred bytes.
const pieceSize = 2 << 10

// streamBody is a streamed answer on its way to the client. The proxy reads it in one goroutine and closes it.
type streamBody struct {
	scope    *exchange.Scope
	response *http.Response
	from     io.ReadCloser
	stream   *transform.Stream
	// idle cancels the request to the upstream after idleTime without new bytes.
	idle     *time.Timer
	idleTime time.Duration
	in       [pieceSize]byte
	// out[sent:] is rewritten and not yet read.
	out  []byte
	sent int
	// end is returned when out has been read.
	end error
}

// Read returns rewritten events as soon as there are any.
func (b *streamBody) Read(p []byte) (int, error) {
	for b.sent == len(b.out) {
		// The proxy reads again only after it has written what it read before.
		b.scope.Disclosed = b.stream.Shown()
		if b.end != nil {
			return 0, b.end
		}
		b.advance()
	}
	n := copy(p, b.out[b.sent:])
	b.sent += n
	return n, nil
}

// advance reads one piece of the upstream's stream and rewrites it.
func (b *streamBody) advance() {
	n, readErr := b.from.Read(b.in[:])
	inTime := b.idle.Reset(b.idleTime)
	b.sent = 0
	var err error
	b.out, err = b.stream.Write(b.out[:0], b.in[:n])
	if err == nil && errors.Is(readErr, io.EOF) {
		b.out, err = b.stream.Close(b.out)
	}
	switch {
	case err != nil:
		b.refuse(err)
	case errors.Is(readErr, io.EOF), readErr != nil && b.stream.HasEnded():
		b.response.Trailer = nil
		b.end = io.EOF
	case readErr != nil:
		b.breakOff(readErr, inTime)
	}
}

// breakOff breaks the connection, so that the client does not take the answer for complete.
func (b *streamBody) breakOff(err error, inTime bool) {
	b.end = err
	if !inTime {
		b.end = errIdle
	}
	// A canceled context means that the client has gone; the upstream is not to blame.
	if !inTime || !errors.Is(err, context.Canceled) {
		b.scope.Cut = b.end
	}
}

// refuse ends the stream in the form of its format; its header is out already. The event that is refused is dropped.
func (b *streamBody) refuse(err error) {
	var why *refusal.Refusal
	if !errors.As(err, &why) {
		why = refusal.Because(refusal.Internal, "The answer cannot be read.")
	}
	b.scope.Refused = why
	b.out = b.scope.Route.Format.AppendRefusal(b.out, why, b.scope.ID)
	b.response.Trailer = nil
	b.end = io.EOF
}

// Close ends the request to the upstream.
func (b *streamBody) Close() error {
	b.idle.Stop()
	return b.from.Close()
}
