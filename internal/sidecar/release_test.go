package sidecar_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// eventually tries until it holds, for at most ten seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never happened: %s", what)
		case <-every.C:
		}
	}
}

// hang is an upstream that begins a stream and ends it when the test is over.
func hang(t *testing.T) http.HandlerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, event("one "))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}
}

func TestExchangesOnARetiredPortAreRefusedAfterTheDrainTime(t *testing.T) {
	h := newHarnessWith(t, hang(t), nil, func(o *sidecar.Options) { o.Drain = time.Nanosecond })
	res := h.open(t.Context(), helloStreamed)
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewReader(res.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	m, look := h.watch()
	h.config.Ports[0].Listen = ":23101"
	m.write(h.file())
	look()
	if rest, err := io.ReadAll(lines); err != nil || !strings.Contains(string(rest), `"rule":"sidecar.port_gone"`) {
		t.Errorf("the exchange on the retired port ends with %q (%v)", rest, err)
	}
	eventually(t, "the retired port is free", func() bool { return isFree(h.address(listen)) })
}

// isFree reports whether an address can be listened on.
func isFree(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func TestReadyzWhileDraining(t *testing.T) {
	h := newHarness(t, hang(t), nil)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	res := h.open(ctx, helloStreamed)
	defer func() { _ = res.Body.Close() }()
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stopping, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.server.Run(stopping) }()
	if got := h.get("/readyz"); got.status != http.StatusOK {
		t.Errorf("readyz gives %d before", got.status)
	}
	stop()
	eventually(t, "the chat port is closed", func() bool { return isFree(h.address(listen)) })
	if got := h.get("/readyz"); got.status != http.StatusServiceUnavailable {
		t.Errorf("readyz gives %d while draining", got.status)
	}
	if got := h.get("/healthz"); got.status != http.StatusOK {
		t.Errorf("healthz gives %d while draining", got.status)
	}
	leave()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	h.stopped = true
	if r := h.takeRecord(); r.Outcome != "disconnected" {
		t.Errorf("record is %+v", r)
	}
}

// slowAudit is where records go when the disk is slow: a write is reported, and ends when it is allowed to.
type slowAudit struct {
	io.Writer
	begun, allowed chan struct{}
}

func (a *slowAudit) Write(p []byte) (int, error) {
	close(a.begun)
	<-a.allowed
	return a.Writer.Write(p)
}

// TestExchangesThatAreCutAtTheEndAreRecorded: the drain time is over, the stream is not, and the process waits for its record.
func TestExchangesThatAreCutAtTheEndAreRecorded(t *testing.T) {
	audit := &slowAudit{begun: make(chan struct{}), allowed: make(chan struct{})}
	h := newHarnessWith(t, hang(t), nil, func(o *sidecar.Options) {
		audit.Writer, o.Audit, o.Drain = o.Audit, audit, time.Nanosecond
	})
	res := h.open(t.Context(), helloStreamed)
	defer func() { _ = res.Body.Close() }()
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	ended := make(chan error, 1)
	go func() { ended <- h.server.Run(stopped) }()
	<-audit.begun
	select {
	case err := <-ended:
		t.Errorf("the process ends before the record is written: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(audit.allowed)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	h.stopped = true
	if r := h.takeRecord(); !r.Streamed || r.Status != http.StatusOK {
		t.Errorf("record is %+v", r)
	}
}

// TestOpenExchangesAreRefusedAfterTheDrainTime: the sidecar ends them, so neither the client nor the upstream is blamed.
func TestOpenExchangesAreRefusedAfterTheDrainTime(t *testing.T) {
	const rule = `"rule":"sidecar.terminating"`
	for name, tc := range map[string]struct {
		upstream func(began func()) http.HandlerFunc
		reads    bool
		status   int
	}{
		"a stream": {reads: true, status: http.StatusOK, upstream: func(began func()) http.HandlerFunc {
			return beginAndWait("text/event-stream", event("one "), began)
		}},
		"a stream that the client does not read": {status: http.StatusOK, upstream: func(began func()) http.HandlerFunc {
			return flood(began)
		}},
		"a request without an answer": {reads: true, status: http.StatusServiceUnavailable, upstream: func(began func()) http.HandlerFunc {
			return beginAndWait("", "", began)
		}},
		"half of a document": {reads: true, status: http.StatusServiceUnavailable, upstream: func(began func()) http.HandlerFunc {
			return beginAndWait("application/json", `{"choices":[`, began)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			begun := make(chan struct{})
			var once sync.Once
			upstream := tc.upstream(func() { once.Do(func() { close(begun) }) })
			h := newHarnessWith(t, upstream, nil, func(o *sidecar.Options) { o.Drain = time.Nanosecond })
			conn, err := net.Dial("tcp", h.address(listen))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "POST "+chatPath+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
				fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(helloStreamed), helloStreamed))
			<-begun
			reader := bufio.NewReader(conn)
			if tc.status == http.StatusOK {
				// The exchange is a stream once the client has the header.
				if _, err := reader.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			h.stop()
			if r := h.takeRecord(); r.Outcome != "refused" || r.Rule != "sidecar.terminating" || r.Status != tc.status {
				t.Errorf("record is %+v", r)
			}
			if got, _ := io.ReadAll(reader); tc.reads && !strings.Contains(string(got), rule) {
				t.Errorf("the client reads %s", got)
			}
		})
	}
}

// beginAndWait begins an answer of a media type, and waits until the sidecar has gone. Without a media type it sends no header.
func beginAndWait(mediaType, text string, began func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if mediaType != "" {
			w.Header().Set("Content-Type", mediaType)
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		began()
		<-r.Context().Done()
	}
}

// flood streams more than the buffers of connections hold, and reports it when a write no longer ends at once.
func flood(began func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		piece := event(strings.Repeat("word ", 1<<10))
		for r.Context().Err() == nil {
			timer := time.AfterFunc(200*time.Millisecond, began)
			_, err := io.WriteString(w, piece)
			timer.Stop()
			if err != nil {
				return
			}
		}
	}
}

// TestClosedServerLeavesNothingRunning: after the end no goroutine of the sidecar runs and no port is taken, whatever the exchanges did.
func TestClosedServerLeavesNothingRunning(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("X-Answer") {
		case "stream":
			streamTexts("one ", "joe@shop.example")(w, r)
		case "cut":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, event("one "))
			panic(http.ErrAbortHandler)
		case "huge":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, event(strings.Repeat("a", 70<<10)))
		default:
			answerText("Hi")(w, r)
		}
	}, nil)
	for _, answer := range []string{"", "stream", "cut", "huge"} {
		h.ask(hello, "X-Answer", answer)
	}
	h.ask("hello")
	ctx, leave := context.WithCancel(t.Context())
	res := h.open(ctx, helloStreamed)
	leave()
	_ = res.Body.Close()
	addresses := []string{h.address(listen), h.address(contract.ListenAddress(contract.SidecarAdminPort)), h.address(contract.SidecarEgressAddress)}
	h.stop()
	eventually(t, "all goroutines ended", func() bool { return runningGoroutines() == "" })
	for _, address := range addresses {
		if !isFree(address) {
			t.Errorf("port %s is taken", address)
		}
	}
}

// runningGoroutines returns the stacks in which code of the sidecar stands, but for that of tests.
func runningGoroutines() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	left := ""
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "internal/sidecar.") && !strings.Contains(stack, "testing.tRunner") {
			left += stack + "\n\n"
		}
	}
	return left
}

func TestNewLeavesNothingOpenAfterAnError(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	file := h.file()
	h.stop()
	failing := func(network, address string) (net.Listener, error) {
		if address == contract.ListenAddress(contract.SidecarAdminPort) {
			return nil, errors.New("address already in use")
		}
		return h.listen(network, address)
	}
	if _, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: failing}); err == nil || !strings.Contains(err.Error(), "open admin port: ") {
		t.Errorf("error is %v", err)
	}
	for _, address := range []string{listen, contract.SidecarEgressAddress} {
		eventually(t, address+" is free", func() bool { return isFree(h.address(address)) })
	}
	eventually(t, "all goroutines ended", func() bool { return runningGoroutines() == "" })
}

func TestDetectorsOffStillServes(t *testing.T) {
	h := newHarness(t, streamTexts("joe@shop.example"), func(c *sidecarconfig.Config) { c.Redact, c.Disclose = nil, nil })
	if got := readText(t, h.ask(helloStreamed).body); got != "joe@shop.example" {
		t.Errorf("answer is %q", got)
	}
}
