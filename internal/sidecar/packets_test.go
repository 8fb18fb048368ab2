package sidecar_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// startRawApp starts an app that reads from a connection once for each request, and returns its URL. It reports a request that was not
// there as a whole.
func startRawApp(t *testing.T, ending string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		packet := make([]byte, 64<<10)
		for {
			n, err := conn.Read(packet)
			if err != nil {
				return
			}
			if !bytes.HasSuffix(packet[:n], []byte(ending)) {
				t.Errorf("the first packet of a request is %q", packet[:n])
				return
			}
			const body = `{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}`
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return "http://" + l.Addr().String()
}

// Each further packet wakes the other side once more, which costs more than all that a sidecar does for a short exchange.
func TestShortExchangesTakeOnePacketEachWay(t *testing.T) {
	for _, mode := range []string{"", sidecarconfig.ModeObserve} {
		t.Run(mode, func(t *testing.T) {
			asked := chat("Hello")
			upstream := startRawApp(t, asked)
			h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Mode, c.Ports[0].Upstream = mode, upstream })
			conn, err := net.Dial("tcp", h.address(listen))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			packet := make([]byte, 64<<10)
			for range 20 {
				_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", chatPath, len(asked), asked)
				n, err := conn.Read(packet)
				if answer := string(packet[:n]); err != nil || !strings.HasPrefix(answer, "HTTP/1.1 200") || !strings.HasSuffix(answer, `Hello"}}]}`) {
					t.Fatalf("the first packet of an answer is %q: %v", answer, err)
				}
			}
		})
	}
}

// A client that goes away in the middle of a short body gets a record, and no more.
func TestShortBodyThatBreaksOffIsRecorded(t *testing.T) {
	h, _ := newPassing(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	conn, err := net.Dial("tcp", h.address(listen))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nbeginning")
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	// The sidecar closes the connection after the exchange.
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
	if r := h.takeRecord(); r.Outcome != "disconnected" || r.RequestBytes != len("beginning") {
		t.Errorf("record %+v", r)
	}
}

// countingSink counts the writes of records.
type countingSink struct {
	buffer
	mu     sync.Mutex
	writes int
}

func (s *countingSink) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.writes++
	s.mu.Unlock()
	return s.buffer.Write(p)
}

func TestRecordsAreWrittenTogether(t *testing.T) {
	file := mustMarshal(t)
	synctest.Test(t, func(t *testing.T) {
		var p pipes
		sink := &countingSink{}
		server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: p.listen, Audit: sink})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		// The time of the bubble stands still while exchanges go on.
		for range 3 {
			for range 10 {
				if status, _ := get(t, p.dial(listen), "/other"); status != http.StatusNotFound {
					t.Fatalf("status %d", status)
				}
			}
			time.Sleep(time.Second)
		}
		if lines := strings.Count(sink.String(), "\n"); lines != 30 || sink.writes != 3 {
			t.Errorf("want 30 records in 3 writes, got %d in %d", lines, sink.writes)
		}
	})
}
