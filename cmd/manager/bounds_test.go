package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// arrived stands for a request whose body has arrived. It is none of the states of an http.Server.
const arrived http.ConnState = -1

// Of too many connections, those that have waited longest for a request are closed, and none with a whole one.
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
		{"a", http.StateNew, ""}, {"b", http.StateNew, ""}, {"a", http.StateActive, ""}, {"a", arrived, ""},
		{"c", http.StateNew, "b"},
		{"a", http.StateIdle, ""}, {"c", http.StateActive, ""}, {"c", arrived, ""},
		{"d", http.StateNew, "a"},
		{"a", arrived, ""}, // It is closed already.
		{"d", http.StateActive, ""},
		{"h", http.StateNew, "d"}, // A header alone is no request.
		{"h", http.StateActive, ""}, {"h", arrived, ""},
		{"e", http.StateNew, "e"}, // Every other one has a request.
		{"c", http.StateClosed, ""}, {"f", http.StateNew, ""},
		// A connection that was closed for another says so later.
		{"a", http.StateClosed, ""}, {"g", http.StateNew, "f"},
	} {
		if conns[step.conn] == nil {
			conns[step.conn], _ = net.Pipe()
		}
		if step.state == arrived {
			c.keep(conns[step.conn])
			continue
		}
		if got := name(c.note(conns[step.conn], step.state)); got != step.want {
			t.Errorf("step %d: closed %q, want %q", i, got, step.want)
		}
	}
}

// newLimitedServer serves a hook that waits until hold is closed, behind lanes of one place each.
func newLimitedServer(t *testing.T, hold chan struct{}, begun chan<- string) *httptest.Server {
	t.Helper()
	lanes := []*lane{{10, newBodies(30), make(chan struct{}, 1)}, {100, newBodies(150), make(chan struct{}, 1)}}
	return serve(t, newConnections(maxConnections), lanes, hold, begun)
}

func serve(t *testing.T, c *connections, lanes []*lane, hold chan struct{}, begun chan<- string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	s := &webhookServer{Server: webhook.NewServer(webhook.Options{WebhookMux: mux}), shutdown: newShutdown(0, nil), connections: c, lanes: lanes}
	s.Register("/hook", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		begun <- string(body)
		<-hold
		_, _ = w.Write(body)
	}))
	server := httptest.NewUnstartedServer(nil)
	server.Config = s.newServer(t.Context())
	server.Start()
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

// sendPart sends a request of the length with only a part of its body.
func sendPart(t *testing.T, server *httptest.Server, length int, part string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", length, part); err != nil {
		t.Fatal(err)
	}
	return conn
}

func wantStatus(t *testing.T, conn net.Conn, status string) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 "+status+" ") {
		t.Errorf("answer %q, %v, want %s", answer[:n], err, status)
	}
}

// A header without its body is no request: it makes room for others, and not those that are being answered.
func TestConnectionsWithoutBodiesMakeRoom(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan string, 1)
	server := serve(t, newConnections(2), newLanes(), hold, begun)
	var group sync.WaitGroup
	group.Go(func() {
		if code, got := send(t, server, strings.NewReader("whole")); code != http.StatusOK || got != "whole" {
			t.Errorf("%d %s", code, got)
		}
	})
	<-begun
	first := sendPart(t, server, 9, "")
	time.Sleep(bodyTimeout / 10) // So that the header is there, and more than the connection.
	for range 3 {
		sendPart(t, server, 9, "")
	}
	if err := first.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, err := first.Read(make([]byte, 64)); err == nil || os.IsTimeout(err) {
		t.Errorf("the first without a body: %d bytes, %v, want the end of the connection", n, err)
	}
	close(hold)
	group.Wait()
}

// Senders that do not send what they announced take no place, and lose their connections later.
func TestSendersWithoutBodiesTakeNoPlace(t *testing.T) {
	hold := make(chan struct{})
	close(hold)
	server := newLimitedServer(t, hold, make(chan string, 2))
	var silent []net.Conn
	for range 20 {
		silent = append(silent, sendPart(t, server, 9, ""), sendPart(t, server, 99, ""), sendPart(t, server, 9, "x"))
	}
	for _, text := range []string{"small", strings.Repeat("large", 10)} {
		if code, got := send(t, server, strings.NewReader(text)); code != http.StatusOK {
			t.Errorf("%s: %d %s", text, code, got)
		}
	}
	for _, conn := range silent {
		wantStatus(t, conn, "408")
	}
}

// Bodies of 90 bytes do not fit into 150 bytes together: the one that has stopped loses.
func TestBodiesThatStopMakeRoomForOthers(t *testing.T) {
	hold, all := make(chan struct{}), newBodies(150)
	close(hold)
	server := serve(t, newConnections(maxConnections), []*lane{{100, all, make(chan struct{}, 1)}}, hold, make(chan string, 1))
	text := strings.Repeat("x", 90)
	stopped := sendPart(t, server, 99, text)
	for isThere := false; !isThere; time.Sleep(time.Millisecond) {
		all.mu.Lock()
		isThere = all.bytes == 90
		all.mu.Unlock()
	}
	if code, got := send(t, server, strings.NewReader(text)); code != http.StatusOK || got != text {
		t.Errorf("%d %s", code, got)
	}
	wantStatus(t, stopped, "503")
	if all.bytes != 0 || all.arriving.Len() != 0 {
		t.Errorf("%d bytes of %d bodies are still counted", all.bytes, all.arriving.Len())
	}
}

// The Read of a body that is refused ends at once, so that its memory is free.
func TestRefusedBodiesAreStopped(t *testing.T) {
	all, isStopped := newBodies(10), false
	idle := all.expect(strings.NewReader("123456"), func() { isStopped = true })
	if _, err := idle.Read(make([]byte, 6)); err != nil || isStopped {
		t.Fatalf("refused too early: %v", err)
	}
	other := all.expect(strings.NewReader("abcdef"), func() { t.Error("the other one is stopped") })
	if _, err := io.ReadAll(other); err != nil || !other.complete() {
		t.Errorf("the other one is refused: %v", err)
	}
	if _, err := idle.Read(make([]byte, 6)); !isStopped || !errors.Is(err, errCrowded) || idle.complete() {
		t.Errorf("not stopped: %v", err)
	}
}

// Bodies that are complete keep their room until they are answered.
func TestCompleteBodiesAreNotRefused(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan string, 1)
	server := newLimitedServer(t, hold, begun)
	text := strings.Repeat("x", 90)
	var group sync.WaitGroup
	group.Go(func() {
		if code, got := send(t, server, strings.NewReader(text)); code != http.StatusOK || got != text {
			t.Errorf("the first: %d %s", code, got)
		}
	})
	<-begun
	if code, got := send(t, server, strings.NewReader(text)); code != http.StatusServiceUnavailable {
		t.Errorf("the second: %d %s, want 503", code, got)
	}
	close(hold)
	group.Wait()
	if code, got := send(t, server, strings.NewReader(text)); code != http.StatusOK {
		t.Errorf("after the others: %d %s", code, got)
	}
}
