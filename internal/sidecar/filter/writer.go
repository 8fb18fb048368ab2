package filter

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

// writer is a ResponseWriter that notes what it sends, and gives the client a limited time to receive it.
type writer struct {
	http.ResponseWriter
	control http.ResponseController
	// maxPause is how long a write may wait for the client; 0 for ever.
	maxPause time.Duration
	// renewed is when the deadline was last set.
	renewed time.Time
	// hasStalled means that a deadline has passed.
	hasStalled bool
	// status is the HTTP status of the response, 0 before the header is sent.
	status int
	// bytes counts the bytes of the body.
	bytes int64
}

// renewEvery is how often the deadline is set at most, because a stream writes many times in a second.
const renewEvery = time.Second

func newWriter(w http.ResponseWriter, maxPause time.Duration) *writer {
	out := &writer{ResponseWriter: w, control: *http.NewResponseController(w), maxPause: maxPause}
	// The connection can still have the deadline of its previous exchange.
	if maxPause == 0 {
		// An error means that the connection supports no deadlines and has none.
		_ = out.control.SetWriteDeadline(time.Time{})
	}
	out.renewDeadline()
	return out
}

// renewDeadline gives the client maxPause from now on.
func (w *writer) renewDeadline() {
	if w.maxPause == 0 {
		return
	}
	now := time.Now()
	if now.Sub(w.renewed) < renewEvery {
		return
	}
	w.renewed = now
	// An error means that the connection supports no deadlines, as in tests. The response is then written without one.
	_ = w.control.SetWriteDeadline(now.Add(w.maxPause))
}

// WriteHeader sends the header and notes the first status that is not informational.
func (w *writer) WriteHeader(status int) {
	w.renewDeadline()
	isInformational := status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
	if w.status == 0 && !isInformational {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the body to the client and counts its bytes.
func (w *writer) Write(p []byte) (int, error) {
	w.renewDeadline()
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, w.note(err)
}

// FlushError sends to the client what is buffered. http.ResponseController calls it.
func (w *writer) FlushError() error {
	w.renewDeadline()
	return w.note(w.control.Flush())
}

// note notes whether the error of a write means that the client has not received it in time, and returns the error.
func (w *writer) note(err error) error {
	w.hasStalled = w.hasStalled || errors.Is(err, os.ErrDeadlineExceeded)
	return err
}

// Hijack gives up the connection to a switched protocol, which the proxy answers with the status 101 itself.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return w.control.Hijack()
}

// Unwrap returns the wrapped writer. Through it http.ResponseController sets deadlines.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
