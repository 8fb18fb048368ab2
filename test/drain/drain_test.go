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

// answer is what a client got.
type answer struct {
	body string
	err  error
}

// server answers "whole" as soon as release is closed.
type server struct {
	url            string
	asked, release chan struct{}
	end            context.CancelFunc
	ended          chan error
	answered       chan answer
}

// start serves with a limit, asks once, and returns when the handler runs.
func start(t *testing.T, limit time.Duration) *server {
	t.Helper()
	listeners, err := drain.Listen(t.Context(), []string{"127.0.0.1:0", "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s := &server{
		url: "http://" + listeners[1].Addr().String(), end: cancel,
		asked: make(chan struct{}), release: make(chan struct{}), ended: make(chan error, 1), answered: make(chan answer, 1),
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(s.asked)
		select {
		case <-s.release:
		case <-r.Context().Done():
		}
		fmt.Fprint(w, "whole")
	})
	go func() { s.ended <- drain.Serve(ctx, handler, listeners, limit) }()
	go func() { s.answered <- get(s.url) }()
	<-s.asked
	return s
}

// refuses returns when the server accepts no connection any more.
func (s *server) refuses(t *testing.T) {
	t.Helper()
	for t.Context().Err() == nil {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		_ = connection.Close()
	}
}

func get(url string) answer {
	res, err := http.Get(url)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answer{string(body), err}
}

func TestRunningAnswersFinish(t *testing.T) {
	s := start(t, time.Minute)
	s.end()
	s.refuses(t)
	close(s.release)
	if got := <-s.answered; got.err != nil || got.body != "whole" {
		t.Errorf("the running answer is %+v, want whole", got)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestAnswersBeyondTheLimitAreCutOff(t *testing.T) {
	s := start(t, time.Millisecond)
	s.end()
	if err := <-s.ended; err == nil {
		t.Error("the server ended without an error")
	}
	if got := <-s.answered; got.err == nil {
		t.Errorf("the answer is %+v, want an error", got)
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
		t.Fatal("an address that is taken is taken again")
	}
	again, err := drain.Listen(t.Context(), []string{address})
	if err != nil {
		t.Fatalf("the first address is still open: %v", err)
	}
	_ = again[0].Close()
}
