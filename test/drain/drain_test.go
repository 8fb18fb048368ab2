package drain_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/test/drain"
)

// response is what a client received.
type response struct {
	body string
	err  error
}

// server responds "whole" as soon as release is closed.
type server struct {
	url               string
	received, release chan struct{}
	stop              context.CancelFunc
	result            chan error
	response          chan response
}

// start serves with a limit, sends one request, and returns when the handler runs.
func start(t *testing.T, limit time.Duration) *server {
	t.Helper()
	listeners, err := drain.Listen(t.Context(), []string{"127.0.0.1:0", "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s := &server{
		url: "http://" + listeners[1].Addr().String(), stop: cancel,
		received: make(chan struct{}), release: make(chan struct{}), result: make(chan error, 1), response: make(chan response, 1),
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(s.received)
		select {
		case <-s.release:
		case <-r.Context().Done():
		}
		fmt.Fprint(w, "whole")
	})
	go func() { s.result <- drain.Serve(ctx, handler, listeners, limit) }()
	go func() { s.response <- get(s.url) }()
	<-s.received
	return s
}

// waitClosed returns when the server accepts no more connections.
func (s *server) waitClosed(t *testing.T) {
	t.Helper()
	for t.Context().Err() == nil {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		_ = connection.Close()
	}
}

func get(url string) response {
	res, err := http.Get(url)
	if err != nil {
		return response{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return response{string(body), err}
}

func TestOpenRequestsFinish(t *testing.T) {
	s := start(t, time.Minute)
	s.stop()
	s.waitClosed(t)
	close(s.release)
	if got := <-s.response; got.err != nil || got.body != "whole" {
		t.Errorf("the open request received %+v, want whole", got)
	}
	if err := <-s.result; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestRequestsBeyondTheLimitAreCutOff(t *testing.T) {
	s := start(t, time.Millisecond)
	s.stop()
	if err := <-s.result; err == nil {
		t.Error("the server ended without an error")
	}
	if got := <-s.response; got.err == nil {
		t.Errorf("the response is %+v, want an error", got)
	}
}

func TestListenOpensAllOrNone(t *testing.T) {
	taken, err := drain.Listen(t.Context(), []string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken[0].Close() }()
	free, err := drain.Listen(t.Context(), []string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	address := free[0].Addr().String()
	_ = free[0].Close()
	if _, err := drain.Listen(t.Context(), []string{address, taken[0].Addr().String()}); err == nil {
		t.Fatal("Listen opened an address that is in use")
	}
	again, err := drain.Listen(t.Context(), []string{address})
	if err != nil {
		t.Fatalf("the first address is still open: %v", err)
	}
	_ = again[0].Close()
}
