package transport

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxFrameBytes bounds a frame of either side. A message of a person and the answer to it are far shorter.
	maxFrameBytes = 1 << 20
	// frameTime is how long a frame may take to arrive after its first bytes.
	frameTime = 30 * time.Second
)

// errBinary means that a frame is not text.
var errBinary = errors.New("the frame is binary")

// relay passes the frames of one connection on in both directions, and rewrites them. Two goroutines read, one for each side.
type relay struct {
	Sockets
	upstream *Upstream
	// connection is the exchange of the handshake. It also stands for what the app says before the person has said something.
	connection *exchange.Scope
	// header is that of the handshake, and caller the address from which it came.
	header      http.Header
	caller      string
	client, app *websocket.Conn
	// isPinging means that a ping of one side has not been answered by the other one yet.
	isPinging atomic.Bool
	// prefix is the text before an event of the sidecar: that of the namespace of the latest packet. It has none before the first packet.
	prefix atomic.Value
	// frames is the number of frames that arrived.
	frames atomic.Int64

	// mu guards what follows. It is held while frames are written to the client, which keeps them in order.
	mu sync.Mutex
	// turn is the turn that has begun last.
	turn *turn
	// statement is the text that is due, "" for none, and shown the time at which the person saw it last, by conversation.
	statement string
	shown     map[string]time.Time
	// asked is transform.Request.Asked of a message of the person that the app has not answered yet, or 0.
	asked int
	// isClosing means that the server drains: the connection ends as soon as no answer is open.
	isClosing bool
}

// run passes frames on until one of the sides closes the connection, or the sidecar does so: at once when the exchange is ended or when the
// configuration is replaced, and when no answer is open any more when the server drains.
func (l *relay) run(ctx context.Context) {
	frames, stop := l.begin(ctx)
	defer stop()
	done := make(chan struct{})
	// This goroutine ends when the connection to the app is closed.
	go func() {
		defer close(done)
		l.pass(frames, l.app, l.client, l.upstream.Budget.Answer(), l.takeFromApp)
	}()
	l.pass(frames, l.client, l.app, l.connection.Held, l.takeFromClient)
	<-done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endTurn(exchange.FindEnd(ctx))
}

// begin has the connection end in time. It returns the context of its frames, and what must be called when the connection has ended.
func (l *relay) begin(ctx context.Context) (frames context.Context, stop func()) {
	l.turn = &turn{scope: l.connection, isConnection: true}
	// Canceling the context of a read breaks the connection without a close frame, so ctx must not reach the reads.
	frames, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stops := []func() bool{
		context.AfterFunc(ctx, func() { l.close(websocket.StatusGoingAway) }),
		context.AfterFunc(l.Retired, func() { l.close(websocket.StatusServiceRestart) }),
		context.AfterFunc(l.Draining, l.drain),
	}
	// watch ends with frames.
	go l.watch(frames)
	return frames, func() {
		cancel()
		for _, stop := range stops {
			stop()
		}
	}
}

// pass reads the frames of one side and has each of them taken, until the side closes the connection. It then closes the other side with
// the same code. The other side is nil if the sidecar itself answers.
func (l *relay) pass(ctx context.Context, from, to *websocket.Conn, held *budget.Reservation, take func(context.Context, []byte) error) {
	defer func() {
		if to == l.client { // The filter LimitLoad releases what is held for the client.
			held.Release()
		}
	}()
	from.SetReadLimit(min(maxFrameBytes, l.upstream.Limits.RequestBytes))
	for {
		frame, err := readFrame(ctx, from, held)
		l.frames.Add(1)
		if err == nil {
			err = take(ctx, frame)
		}
		if err == nil {
			continue
		}
		code, own := l.explain(err)
		if own != nil {
			l.mu.Lock()
			l.connection.Refused = own
			l.mu.Unlock()
			_ = from.Close(code, "")
		}
		if to != nil { // The other side may be gone already.
			_ = to.Close(code, "")
		}
		return
	}
}

// watch closes the connection of a client that is gone without a word. After each pause without frames of either side, the client must answer
// a ping, as browsers do by themselves. It ends with the context.
func (l *relay) watch(ctx context.Context) {
	pause := time.NewTicker(l.upstream.maxPause())
	defer pause.Stop()
	var seen int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if count := l.frames.Load(); count != seen {
			seen = count
			continue
		}
		if l.isSilent(ctx) && l.frames.Load() == seen {
			l.close(websocket.StatusGoingAway)
			return
		}
	}
}

// isSilent reports whether the client answers no ping.
func (l *relay) isSilent(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, l.upstream.maxPause())
	defer cancel()
	return l.client.Ping(ctx) != nil
}

// readFrame returns the next text frame.
func readFrame(ctx context.Context, from *websocket.Conn, held *budget.Reservation) ([]byte, error) {
	kind, reader, err := from.Reader(ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, errBinary
	}
	timer := time.AfterFunc(frameTime, func() { _ = from.CloseNow() })
	defer timer.Stop()
	var in bytes.Buffer
	_, err = in.ReadFrom(held.Reader(reader))
	return in.Bytes(), err
}

// explain returns the code with which the connection is closed after an error, and the refusal if the sidecar is why it ends.
func (l *relay) explain(err error) (websocket.StatusCode, *refusal.Refusal) {
	var why *refusal.Refusal
	switch code := websocket.CloseStatus(err); {
	case code == websocket.StatusNoStatusRcvd: // The side closed without a code, and this one may not be sent (RFC 6455, 7.4.1).
		return websocket.StatusNormalClosure, nil
	case code >= 0: // The side closed with this code. -1 means that the error is another one.
		return code, nil
	case errors.Is(err, websocket.ErrMessageTooBig):
		return websocket.StatusMessageTooBig, refusal.Because(refusal.BodyTooLarge, "A frame is larger than 1 MiB, or than the limit of requests.")
	case errors.Is(err, errBinary):
		return websocket.StatusUnsupportedData, refusal.Because(refusal.PartUnreadable, "A frame is binary.").
			WithRemedy("Send text frames only, because the sidecar finds personal data only in text.")
	case errors.Is(err, budget.ErrUsedUp):
		return websocket.StatusTryAgainLater, refusal.New(refusal.Overloaded)
	case errors.As(err, &why):
		return websocket.StatusInternalError, why
	}
	return websocket.StatusGoingAway, nil // The connection broke.
}

// write sends a frame. The other side may take as long to receive it as for every answer.
func (l *relay) write(ctx context.Context, to *websocket.Conn, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, l.upstream.maxPause())
	defer cancel()
	return to.Write(ctx, websocket.MessageText, frame)
}

// close ends the connection with a code. Both loops then end.
func (l *relay) close(code websocket.StatusCode) {
	// Each side may take five seconds to confirm, so they do so at the same time. The goroutine ends with its side.
	if l.app != nil {
		go func() { _ = l.app.Close(code, "") }()
	}
	_ = l.client.Close(code, "")
}

// drain closes the connection when no answer is open.
func (l *relay) drain() {
	l.mu.Lock()
	l.isClosing = true
	isOpen := l.turn.isOpen()
	l.mu.Unlock()
	if !isOpen {
		l.close(websocket.StatusGoingAway)
	}
}

// forwardPing returns what is called when one side sends a ping. The sidecar answers it, which the result true asks for, and sends a ping
// to the other side, so that each side keeps its connection alive and learns that the other one is gone.
func (l *relay) forwardPing(other func() *websocket.Conn) func(context.Context, []byte) bool {
	return func(ctx context.Context, _ []byte) bool {
		if other() == nil || !l.isPinging.CompareAndSwap(false, true) {
			return true
		}
		// The goroutine ends with the answer of the other side, at the latest after maxPause.
		go func() {
			defer l.isPinging.Store(false)
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.upstream.maxPause())
			defer cancel()
			if other().Ping(ctx) != nil {
				_ = other().CloseNow()
			}
		}()
		return true
	}
}
