package sidecar_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// makeRequest returns a chat request of exactly so many bytes.
func makeRequest(length int) string {
	return chat(strings.Repeat("a", length-len(chat(""))))
}

func TestRequestAtItsLimit(t *testing.T) {
	const limit = 2048
	cases := map[string]struct {
		body   string
		status int
	}{
		"of the limit":  {makeRequest(limit), http.StatusOK},
		"one byte more": {makeRequest(limit + 1), http.StatusRequestEntityTooLarge},
	}
	head := "POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
	for name, tc := range cases {
		for framing, request := range map[string]string{
			"with a length": head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(tc.body), tc.body),
			"in chunks":     head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(tc.body), tc.body),
		} {
			t.Run(name+", "+framing, func(t *testing.T) {
				h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Limits.RequestBytes = limit })
				if got := h.sendBytes(request); got.status != tc.status {
					t.Errorf("status is %d, want %d", got.status, tc.status)
				}
				if r := h.takeRecord(); r.Outcome == "answered" && r.RequestBytes != limit {
					t.Errorf("record is %+v", r)
				}
			})
		}
	}
}

func TestAnswerAtItsLimit(t *testing.T) {
	const limit = 2048
	empty := len(`{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}`)
	for name, tc := range map[string]struct{ length, status int }{
		"of the limit":  {limit, http.StatusOK},
		"one byte more": {limit + 1, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText(strings.Repeat("a", tc.length-empty)), func(c *sidecarconfig.Config) { c.Limits.ResponseBytes = limit })
			if got := h.ask(hello); got.status != tc.status {
				t.Errorf("status is %d, want %d", got.status, tc.status)
			}
		})
	}
}

func TestQueryAtItsLimit(t *testing.T) {
	for name, tc := range map[string]struct{ parameters, status int }{
		"of the limit": {100, http.StatusOK},
		"one more":     {101, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			query := strings.TrimSuffix(strings.Repeat("a=1&", tc.parameters), "&")
			h := newHarness(t, answerText("Hi"), nil)
			if got := h.sendRaw(http.MethodPost, chatPath+"?"+query, hello); got.status != tc.status {
				t.Errorf("status is %d, want %d", got.status, tc.status)
			}
		})
	}
}

// TestConversationAtItsLimit: an id that is used makes the statement due again, because it is not known yet.
func TestConversationAtItsLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		length int
		want   string
	}{
		"of the limit: used":           {128, english + "Hi"},
		"one character more: not used": {129, "Hi"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Disclose.RepeatHours = 3 })
			got := readText(t, h.ask(answered, "Chaperone-Conversation", strings.Repeat("x", tc.length)).body)
			if got != tc.want {
				t.Errorf("answer is %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAcceptLanguageAtItsLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		length int
		want   string
	}{
		"of the limit: read":           {256, "Sie chatten mit einem KI-System."},
		"one character more: not read": {257, "You are chatting with an AI system."},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			got := h.ask(hello, "Accept-Language", "de"+strings.Repeat(" ", tc.length-3)+",")
			if header := got.header.Get("Chaperone-Disclosure"); header != tc.want {
				t.Errorf("header is %q, want %q", header, tc.want)
			}
		})
	}
}

// pipes are listeners in memory, whose deadlines follow the clock of a synctest bubble.
type pipes struct {
	mu        sync.Mutex
	listeners map[string]*pipeListener
}

func (p *pipes) listen(_, address string) (net.Listener, error) {
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listeners == nil {
		p.listeners = map[string]*pipeListener{}
	}
	p.listeners[address] = l
	return l, nil
}

// dial connects to a listener.
func (p *pipes) dial(address string) net.Conn {
	p.mu.Lock()
	l := p.listeners[address]
	p.mu.Unlock()
	client, server := net.Pipe()
	l.conns <- server
	return client
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// TestDrainDoesNotWaitForBodies: nothing of such a request has gone upstream, so the client can send it to another pod.
func TestDrainDoesNotWaitForBodies(t *testing.T) {
	file := mustMarshal(t)
	synctest.Test(t, func(t *testing.T) {
		var p pipes
		var audit buffer
		server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: p.listen, Audit: &audit})
		if err != nil {
			t.Fatal(err)
		}
		conn := p.dial(listen)
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "POST "+chatPath+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		// The server waits for the body.
		synctest.Wait()
		begun := time.Now()
		stopped, stop := context.WithCancel(t.Context())
		stop()
		ended := make(chan error, 1)
		go func() { ended <- server.Run(stopped) }()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), `"rule":"sidecar.terminating"`) {
			t.Errorf("status %d: %s", res.StatusCode, body)
		}
		if err := <-ended; err != nil || time.Since(begun) > 7*time.Second {
			t.Errorf("ends after %s: %v", time.Since(begun), err)
		}
		if !strings.Contains(audit.String(), `"rule":"sidecar.terminating","status":503`) {
			t.Errorf("record is %s", audit.String())
		}
	})
}

// TestAdminPortDoesNotWaitForBodies: net/http reads the rest of a body before it responds.
func TestAdminPortDoesNotWaitForBodies(t *testing.T) {
	inBubble(t, io.Discard, func(t *testing.T, dial func(string) net.Conn) {
		conn := dial(contract.ListenAddress(contract.SidecarAdminPort))
		defer func() { _ = conn.Close() }()
		begun := time.Now()
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if waited := time.Since(begun); waited > 10*time.Second {
			t.Errorf("responds after %s", waited)
		}
	})
}

// TestClientThatStopsReadingIsLeft: the record blames the client, and the exchange does not last for ever.
func TestClientThatStopsReadingIsLeft(t *testing.T) {
	t.Parallel()
	h := newHarness(t, flood(func() {}), func(c *sidecarconfig.Config) { c.Limits.IdleSeconds = 1 })
	conn, err := net.Dial("tcp", h.address(listen))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "POST "+chatPath+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"+
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(helloStreamed), helloStreamed))
	eventually(t, "the record", func() bool { return h.audit.String() != "" })
	if r := h.takeRecord(); r.Outcome != "disconnected" || r.Rule != "sidecar.client_stalled" || !r.Streamed {
		t.Errorf("record is %+v", r)
	}
}

// inBubble serves the usual configuration in memory and under a fake clock.
func inBubble(t *testing.T, audit io.Writer, test func(t *testing.T, dial func(string) net.Conn)) {
	t.Helper()
	file := mustMarshal(t)
	synctest.Test(t, func(t *testing.T) {
		var p pipes
		server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: p.listen, Audit: audit})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		test(t, p.dial)
	})
}

// TestRefusalDoesNotWaitForTheBody: net/http reads the rest of a body before it answers, which must not take for ever.
func TestRefusalDoesNotWaitForTheBody(t *testing.T) {
	for name, line := range map[string]string{"another path": "POST /other", "another method": "PUT " + chatPath, "the document": "POST /.well-known/chaperone/disclosure"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, io.Discard, func(t *testing.T, dial func(string) net.Conn) {
				conn := dial(listen)
				defer func() { _ = conn.Close() }()
				begun := time.Now()
				_, _ = io.WriteString(conn, line+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n")
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				if waited := time.Since(begun); res.StatusCode < 400 || waited > 30*time.Second {
					t.Errorf("status %d after %s", res.StatusCode, waited)
				}
			})
		})
	}
}

func TestBodyThatNeverComesIsRefusedInTime(t *testing.T) {
	var audit buffer
	inBubble(t, &audit, func(t *testing.T, dial func(string) net.Conn) {
		conn := dial(listen)
		defer func() { _ = conn.Close() }()
		begun := time.Now()
		_, _ = io.WriteString(conn, "POST "+chatPath+" HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(body), `"rule":"sidecar.body_timeout"`) {
			t.Errorf("status %d: %s", res.StatusCode, body)
		}
		if waited := time.Since(begun); waited != 30*time.Second {
			t.Errorf("refused after %s, want 30s", waited)
		}
	})
	if !strings.Contains(audit.String(), `"rule":"sidecar.body_timeout","status":408`) {
		t.Errorf("record is %s", audit.String())
	}
}

func TestHeaderThatNeverComesEndsTheConnection(t *testing.T) {
	for name, address := range map[string]string{"chat": listen, "egress": contract.SidecarEgressAddress, "admin": contract.ListenAddress(contract.SidecarAdminPort)} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, io.Discard, func(t *testing.T, dial func(string) net.Conn) {
				conn := dial(address)
				defer func() { _ = conn.Close() }()
				begun := time.Now()
				_, _ = io.WriteString(conn, "POST "+chatPath+" HTTP/1.1\r\nHost: a\r\n")
				if _, err := io.ReadAll(conn); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(begun); waited != 10*time.Second {
					t.Errorf("closed after %s, want 10s", waited)
				}
			})
		})
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	inBubble(t, io.Discard, func(t *testing.T, dial func(string) net.Conn) {
		conn := dial(listen)
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "GET "+chatPath+" HTTP/1.1\r\nHost: a\r\n\r\n")
		reader := bufio.NewReader(conn)
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		begun := time.Now()
		if _, err := io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begun); waited != 120*time.Second {
			t.Errorf("closed after %s, want 2m", waited)
		}
	})
}
