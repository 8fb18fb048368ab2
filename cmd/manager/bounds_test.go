package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// Of too many connections, those that are silent for longest are closed, and none with a request while there are others.
func TestSurplusConnections(t *testing.T) {
	conns := map[string]net.Conn{}
	name := func(conn net.Conn) string {
		for name, other := range conns {
			if other == conn {
				return name
			}
		}
		return ""
	}
	c := newConnections(2)
	for i, step := range []struct {
		conn  string
		state http.ConnState
		want  string
	}{
		{"a", http.StateNew, ""}, {"b", http.StateNew, ""}, {"a", http.StateActive, ""},
		{"c", http.StateNew, "b"},
		{"a", http.StateIdle, ""}, {"c", http.StateActive, ""},
		{"d", http.StateNew, "a"},
		{"d", http.StateActive, ""},
		{"e", http.StateNew, "e"}, // Every other one has a request.
		{"c", http.StateClosed, ""}, {"f", http.StateNew, ""},
		// A connection that was closed for another says so later.
		{"a", http.StateClosed, ""}, {"g", http.StateNew, "f"},
	} {
		if conns[step.conn] == nil {
			conns[step.conn], _ = net.Pipe()
		}
		if got := name(c.note(conns[step.conn], step.state)); got != step.want {
			t.Errorf("step %d: closed %q, want %q", i, got, step.want)
		}
	}
}

// newLimitedServer serves a hook that waits until hold is closed, behind lanes of one place each.
func newLimitedServer(t *testing.T, hold chan struct{}, begun chan<- string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	s := &webhookServer{Server: webhook.NewServer(webhook.Options{WebhookMux: mux}), shutdown: newShutdown(0, nil)}
	s.lanes = []*lane{{10, make(chan struct{}, 1)}, {100, make(chan struct{}, 1)}}
	s.Register("/hook", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		begun <- string(body)
		<-hold
		_, _ = w.Write(body)
	}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, server *httptest.Server, body io.Reader) (int, string) {
	t.Helper()
	response, err := http.Post(server.URL+"/hook", "application/json", body)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestRequestsWaitForTheirTurn(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan string, 2)
	server := newLimitedServer(t, hold, begun)
	small, large := "small", strings.Repeat("large", 10)
	var group sync.WaitGroup
	for _, body := range []string{small, large} {
		group.Go(func() {
			if code, got := send(t, server, strings.NewReader(body)); code != http.StatusOK || got != body {
				t.Errorf("%s: %d %s", body, code, got)
			}
		})
	}
	// Both have a place, because each has a lane of its own.
	<-begun
	<-begun
	if code, got := send(t, server, strings.NewReader(small)); code != http.StatusServiceUnavailable {
		t.Errorf("a second request in its lane: %d %s, want 503", code, got)
	}
	close(hold)
	group.Wait()
	if code, got := send(t, server, strings.NewReader(large)); code != http.StatusOK || got != large {
		t.Errorf("after the others: %d %s", code, got)
	}
}

func TestRequestsOfUnknownOrGreatLengthAreRefused(t *testing.T) {
	server := newLimitedServer(t, nil, nil)
	for name, body := range map[string]io.Reader{
		"too long": strings.NewReader(strings.Repeat("x", 101)), "no length": io.MultiReader(strings.NewReader("x")),
	} {
		if code, got := send(t, server, body); code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s, want 413", name, code, got)
		}
	}
}

// A sender that does not send what it announced loses its place.
func TestSlowSendersLoseTheirPlace(t *testing.T) {
	hold := make(chan struct{})
	close(hold)
	server := newLimitedServer(t, hold, make(chan string, 1))
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 408 ") {
		t.Errorf("answer %q, %v, want 408", answer[:n], err)
	}
	if code, got := send(t, server, strings.NewReader("small")); code != http.StatusOK {
		t.Errorf("after the slow one: %d %s", code, got)
	}
}
