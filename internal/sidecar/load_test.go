package sidecar_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
)

// TestLoadBeyondTheMemoryIsRefused: bodies that are held leave no room for another, until their exchanges end.
func TestLoadBeyondTheMemoryIsRefused(t *testing.T) {
	const mebibyte = 1 << 20
	cases := map[string]struct {
		request string
		// begin sends what there is of the answer of an exchange that is held.
		begin func(http.ResponseWriter)
		held  int
	}{
		"requests": {makeRequest(mebibyte), func(http.ResponseWriter) {}, 6},
		"answers": {hello, func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"a":"`+strings.Repeat("a", 3*mebibyte/2))
			_ = http.NewResponseController(w).Flush()
		}, 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			release, holding := make(chan struct{}), make(chan struct{})
			var holds atomic.Bool
			holds.Store(true)
			h := newHarnessWith(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Hold") != "" {
					tc.begin(w)
					select {
					case holding <- struct{}{}:
						<-release
					case <-release: // The test already counts this exchange as held: it is asked again.
					}
					return
				}
				if holds.Load() {
					tc.begin(w)
					return
				}
				answerText("Hi")(w, r)
			}, nil, func(o *sidecar.Options) { o.MemoryBytes = 64 * mebibyte })
			var held sync.WaitGroup
			var asked atomic.Int64
			for range tc.held {
				held.Go(func() {
					// On a busy machine the request may wait for its turn in vain, and so not reach the app.
					for isHeld := false; !isHeld && holds.Load(); {
						isHeld = h.ask(tc.request, "X-Hold", "1").status != http.StatusServiceUnavailable
						asked.Add(1)
					}
				})
				<-holding
			}
			// The sidecar may still be reading what the upstream has sent.
			var got answer
			tries := 0
			eventually(t, "the sidecar is overloaded", func() bool {
				got = h.ask(tc.request)
				tries++
				return got.status == http.StatusServiceUnavailable
			})
			if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `"rule":"sidecar.overloaded"`) {
				t.Errorf("status %d, header %v: %s", got.status, got.header, got.body)
			}
			close(release)
			held.Wait()
			holds.Store(false)
			if got := h.ask(tc.request); got.status != http.StatusOK {
				t.Errorf("status %d when the exchanges are over: %s", got.status, got.body)
			}
			exchanges := int(asked.Load()) + tries + 1
			if records := h.records(); len(records) != exchanges {
				t.Errorf("%d records of %d exchanges", len(records), exchanges)
			}
		})
	}
}

// TestConnectionsBeyondTheLimitWait: a client that keeps its connection open leaves room for others, and a connection too many is served
// when another has ended.
func TestConnectionsBeyondTheLimitWait(t *testing.T) {
	h := newHarnessWith(t, answerText("Hi"), nil, func(o *sidecar.Options) { o.MemoryBytes = 64 << 20 })
	const limit = 512
	conns := make([]net.Conn, 0, limit)
	for range limit + 1 {
		conn, err := net.Dial("tcp", h.address(listen))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		conns = append(conns, conn)
	}
	// ask sends a request on a connection, and reports whether the connection ends after the response.
	ask := func(conn net.Conn) bool {
		_, _ = io.WriteString(conn, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusNotFound {
			t.Fatalf("status %d, error %v: %s", res.StatusCode, err, body)
		}
		return res.Close
	}
	// The sidecar takes the connections one after another. Once it has all that it takes, it ends the next one that has had a response.
	eventually(t, "a connection ends", func() bool { return ask(conns[0]) })
	ask(conns[limit])
}
