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

// pieceBytes is how much of a stream is read at once. An event has a few hundred bytes.
const pieceBytes = 2 << 10

// streamBody is the body of a streamed answer. It rewrites the stream while the proxy reads it. The proxy reads and closes it in one
// goroutine.
type streamBody struct {
	scope    *exchange.Scope
	response *http.Response
	// upstream is the original body, without its content coding.
	upstream io.ReadCloser
	stream   *transform.Stream
	// pauseTimer cancels the request to the upstream when one read of its answer takes longer than maxPause. It does not run while the proxy
	// writes to the client, except during a read that goes on meanwhile.
	pauseTimer *time.Timer
	maxPause   time.Duration
	in         [pieceBytes]byte
	// reading has the result of a read that goes on while the end of a part waits; nil if none does. waiting is what waits
	// (transform.Stream.Waiting), and partTimer says when it has waited for too long.
	reading   chan readResult
	waiting   int
	partTimer *time.Timer
	// out[sent:] is rewritten, and the proxy has not read it yet.
	out  []byte
	sent int
	// endErr is what Read returns after out: io.EOF, or the error that breaks the connection to the client.
	endErr error
}

// Read returns rewritten events as soon as there are any.
func (b *streamBody) Read(p []byte) (int, error) {
	for b.sent == len(b.out) {
		// The proxy reads again only after it has written what it read before: the client has been sent all events up to now.
		b.scope.Disclosed = b.stream.Shown()
		b.scope.Corrected += b.stream.TakeCorrected()
		if b.endErr != nil {
			return 0, b.endErr
		}
		b.advance()
	}
	n := copy(p, b.out[b.sent:])
	b.sent += n
	return n, nil
}

// advance reads a piece of the original body and rewrites it to b.out, or lets go what waits for the next part of a message.
func (b *streamBody) advance() {
	b.sent = 0
	if read, isRead := b.read(); isRead {
		b.take(read.n, read.err, read.inTime)
		return
	}
	b.letGo()
}

// take rewrites a piece of the original body to b.out, as far as it goes. inTime is readResult.inTime.
func (b *streamBody) take(n int, readErr error, inTime bool) {
	var err error
	b.out, err = b.stream.Write(b.out[:0], b.in[:n])
	b.scope.NoteConversation(b.stream.Conversation())
	isAtEnd := errors.Is(readErr, io.EOF)
	if err == nil && isAtEnd {
		b.out, err = b.stream.Close(b.out)
	}
	switch {
	case err != nil:
		b.refuse(err)
	case isAtEnd, readErr != nil && b.stream.HasEnded():
		// An error of the connection after the last event does no harm: the answer is complete.
		b.end()
	case isRefusal(readErr):
		b.refuse(readErr)
	case readErr != nil && inTime && exchange.FindEnd(b.response.Request.Context()) != nil:
		b.refuse(exchange.FindEnd(b.response.Request.Context()))
	case readErr != nil:
		b.breakOff(readErr, inTime)
	}
}

// end ends the body after b.out, without the trailers that the HTTP transport has set: nothing has read them.
func (b *streamBody) end() {
	b.response.Trailer = nil
	b.endErr = io.EOF
}

// breakOff ends the body with an error. The proxy then breaks the connection, so that the client does not take the answer for complete.
// It notes the error in the scope if the upstream caused it. If inTime is false, the pause timer has fired.
func (b *streamBody) breakOff(err error, inTime bool) {
	b.endErr = err
	if !inTime {
		b.endErr = errPause
	}
	// Two events cancel the context: the client disconnects, which is not the fault of the upstream, or the pause timer fires, which is.
	isDisconnected := inTime && errors.Is(err, context.Canceled)
	if !isDisconnected {
		b.scope.Cut = b.endErr
	}
}

// refuse ends the stream with a refusal in its wire format, because the client already has the HTTP status. The client does not receive the
// event that caused the error.
func (b *streamBody) refuse(err error) {
	var why *refusal.Refusal
	if !errors.As(err, &why) {
		why = refusal.Because(refusal.Internal, "The answer cannot be read.")
	}
	b.scope.Refused = why
	b.out = b.stream.Refuse(b.out, why, b.scope.ID)
	b.end()
}

// Close ends the request to the upstream.
func (b *streamBody) Close() error {
	b.pauseTimer.Stop()
	b.endReading()
	return b.upstream.Close()
}
