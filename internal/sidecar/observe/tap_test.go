package observe_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
)

// stalledBody is a body of which nothing comes until it is interrupted.
type stalledBody struct{ interrupted chan struct{} }

func (b *stalledBody) Read([]byte) (int, error) {
	<-b.interrupted
	return 0, io.ErrUnexpectedEOF
}

func (b *stalledBody) Close() error { return nil }

// When a handler ends, the read that is under way is interrupted and has returned, and no other begins: the server panics if somebody else
// reads from the connection.
func TestNoReadOutlivesTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := &stalledBody{interrupted: make(chan struct{})}
		var tap observe.Tap
		tap.Open(body, false, nil)
		read := make(chan error, 1)
		go func() {
			_, err := tap.Read(make([]byte, 1))
			read <- err
		}()
		synctest.Wait() // The read is under way.
		tap.End(func() { close(body.interrupted) })
		select {
		case err := <-read:
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the read that was under way returned %v", err)
			}
		default:
			synctest.Wait()
			if len(read) == 0 {
				t.Error("a read is under way after End")
			}
		}
		if _, err := tap.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("a read after End returned %v", err)
		}
	})
}

// A body is read once its end has come, be it with the last bytes.
func TestBodiesAreReadToTheirEnd(t *testing.T) {
	var tap observe.Tap
	tap.Open(io.NopCloser(strings.NewReader("ab")), false, nil)
	if _, err := tap.Read(make([]byte, 2)); err != nil || tap.IsRead() {
		t.Errorf("read before the end: %v", err)
	}
	if _, err := tap.Read(make([]byte, 2)); !errors.Is(err, io.EOF) || !tap.IsRead() {
		t.Errorf("not read at the end: %v", err)
	}
}

func TestNothingIsInterruptedWhereNothingIsRead(t *testing.T) {
	var tap observe.Tap
	tap.Open(http.NoBody, false, nil)
	tap.End(func() { t.Error("interrupted") })
}
