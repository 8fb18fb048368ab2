package transport

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// script says what an upstream does on each of its connections, in order.
type script func(number int, conn net.Conn, reader *bufio.Reader)

// startUpstream returns the URL of an upstream that follows the script, and receives from closed when it has closed a connection.
func startUpstream(t *testing.T, serve script) (url string, closed <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	over := make(chan struct{}, 16) // more than a test has connections
	go func() {
		for number := 1; ; number++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				serve(number, conn, bufio.NewReader(conn))
				_ = conn.Close()
				over <- struct{}{}
			}()
		}
	}()
	return "http://" + l.Addr().String(), over
}

// receive returns the body of the next request, and whether there was one.
func receive(reader *bufio.Reader) (body string, ok bool) {
	r, err := http.ReadRequest(reader)
	if err != nil {
		return "", false
	}
	read, err := io.ReadAll(r.Body)
	return string(read), err == nil
}

// respond sends an answer that says on which connection it came, and to what.
func respond(conn net.Conn, number int, body string) {
	text := fmt.Sprintf("%d %s", number, body)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// newShort returns a request with a body in memory, as readShort of the package filter makes it; without one if it is empty.
func newShort(ctx context.Context, t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
		r.Body, _ = r.GetBody()
		r.ContentLength = int64(len(body))
	}
	return r
}

// send returns the answer to a request, or the error.
func send(p *Passing, r *http.Request) string {
	res, err := p.RoundTrip(r)
	if err != nil {
		return "error: " + err.Error()
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return string(body) + ", error: " + err.Error()
	}
	return string(body)
}

// newPassingOnly returns a Passing that cannot send requests through http.Transport.
func newPassingOnly(t *testing.T) *Passing {
	t.Helper()
	p := NewPassing(sidecarconfig.Limits{})
	p.transport.RegisterProtocol("http", http.NewFileTransport(http.Dir(t.TempDir())))
	t.Cleanup(p.CloseIdleConnections)
	return p
}

// serveAll answers all requests.
func serveAll(number int, conn net.Conn, reader *bufio.Reader) {
	for body, ok := receive(reader); ok; body, ok = receive(reader) {
		respond(conn, number, body)
	}
}

// serveFirst answers one request on the first connection, and all on the others.
func serveFirst(number int, conn net.Conn, reader *bufio.Reader) {
	if number > 1 {
		serveAll(number, conn, reader)
		return
	}
	body, _ := receive(reader)
	respond(conn, number, body)
}

// leaveSecond reads the second request on the first connection, and closes it.
func leaveSecond(number int, conn net.Conn, reader *bufio.Reader) {
	serveFirst(number, conn, reader)
	_, _ = receive(reader)
}

// announceClose says that it closes the connection after the answer, and leaves that to the client.
func announceClose(number int, conn net.Conn, reader *bufio.Reader) {
	body, _ := receive(reader)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%d %s", len(body)+2, number, body)
	_, _ = io.Copy(io.Discard, reader)
}

// sendTwo sends two answers to each request.
func sendTwo(number int, conn net.Conn, reader *bufio.Reader) {
	for body, ok := receive(reader); ok; body, ok = receive(reader) {
		respond(conn, number, body)
		respond(conn, number, "of another exchange")
	}
}

func TestConnectionsOfPassingExchanges(t *testing.T) {
	tests := map[string]struct {
		method string
		serve  script
		// isLeft means that the upstream closes the first connection before the second request.
		isLeft bool
		// want are the answers to two requests, each with the number of its connection.
		want []string
	}{
		"the upstream keeps the connection: used again":              {http.MethodPost, serveAll, false, []string{"1 first", "1 second"}},
		"it closes the connection: another one":                      {http.MethodPost, serveFirst, true, []string{"1 first", "2 second"}},
		"it announces that: another one":                             {http.MethodPost, announceClose, false, []string{"1 first", "2 second"}},
		"it sends too much: nothing of it reaches the next exchange": {http.MethodPost, sendTwo, false, []string{"1 first", "2 second"}},
		"it leaves upon a message: not sent again":                   {http.MethodPost, leaveSecond, false, []string{"1 first", "error: unexpected EOF"}},
		"it leaves upon a request that changes nothing: sent again":  {http.MethodGet, leaveSecond, false, []string{"1 first", "2 second"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			url, closed := startUpstream(t, test.serve)
			p := newPassingOnly(t)
			got := []string{send(p, newShort(t.Context(), t, test.method, url, "first"))}
			if test.isLeft {
				<-closed
			}
			got = append(got, send(p, newShort(t.Context(), t, test.method, url, "second")))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOtherRequestsPassThroughNetHTTP: the answer can come before their bodies, or their connections become tunnels.
func TestOtherRequestsPassThroughNetHTTP(t *testing.T) {
	url, _ := startUpstream(t, serveAll)
	for name, change := range map[string]func(*http.Request){
		"a body that is to come":    func(r *http.Request) { r.GetBody = nil },
		"a request for a WebSocket": func(r *http.Request) { r.Header.Set("Upgrade", "websocket") },
		"a tunnel":                  func(r *http.Request) { r.Method = http.MethodConnect },
		"a connection over TLS":     func(r *http.Request) { r.URL.Scheme = "https" },
	} {
		r := newShort(t.Context(), t, http.MethodPost, url, "text")
		if !isInMemory(r) {
			t.Errorf("before the change for %s, the request is not in memory", name)
		}
		if change(r); isInMemory(r) {
			t.Errorf("%s does not pass through http.Transport", name)
		}
	}
}

// TestPassingEndsWithItsContext: the connection of an exchange that has ended early is closed, so that the upstream notices it.
func TestPassingEndsWithItsContext(t *testing.T) {
	const begun = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
	for name, answer := range map[string]string{"before the answer": "", "in its header": begun[:9], "in its body": begun + "begin"} {
		t.Run(name, func(t *testing.T) {
			received := make(chan struct{})
			url, closed := startUpstream(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
				_, _ = receive(reader)
				_, _ = io.WriteString(conn, answer)
				close(received)
				_, _ = io.Copy(io.Discard, reader)
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-received
				cancel(errReset)
			}()
			if got := send(newPassingOnly(t), newShort(ctx, t, http.MethodPost, url, "text")); !strings.HasSuffix(got, "error: "+errReset.Error()) {
				t.Errorf("got %q, want the cause of the end", got)
			}
			<-closed
		})
	}
}

// TestUnreadAnswerClosesItsConnection: the rest of it could have no end.
func TestUnreadAnswerClosesItsConnection(t *testing.T) {
	url, closed := startUpstream(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
		_, _ = receive(reader)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
		_, _ = io.Copy(io.Discard, reader)
	})
	p, r := newPassingOnly(t), newShort(t.Context(), t, http.MethodPost, url, "text")
	res, err := p.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	if p.pop(r.URL.Host) != nil {
		t.Error("another exchange could use the connection")
	}
	<-closed
}

// TestHeadersOfPassingAnswers: informational responses pass, and the header of an answer is bounded.
func TestHeadersOfPassingAnswers(t *testing.T) {
	hint := "HTTP/1.1 103 Early Hints\r\nLink: " + strings.Repeat("x", maxPassedHeader-100) + "\r\n\r\n"
	endless := "HTTP/1.1 200 OK\r\nLink: " + strings.Repeat("x", maxPassedHeader) + "\r\n\r\n"
	for name, test := range map[string]struct {
		answer, want string
		hints        int
	}{
		"long hints": {hint + hint + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntext", "text", 2},
		"too long":   {endless, "error: unexpected EOF", 0},
		"no status":  {"HTTP/1.1 099 Odd\r\nContent-Length: 4\r\n\r\ntext", "text", 0},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := startUpstream(t, func(_ int, conn net.Conn, reader *bufio.Reader) {
				_, _ = receive(reader)
				_, _ = io.WriteString(conn, test.answer)
			})
			hints := 0
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error {
				hints++
				return nil
			}})
			if got := send(newPassingOnly(t), newShort(ctx, t, http.MethodGet, url, "")); got != test.want || hints != test.hints {
				t.Errorf("got %q after %d informational responses, want %q after %d", got, hints, test.want, test.hints)
			}
		})
	}
}

// TestIdleConnectionsOfPassingExchangesAreClosed: an app that closes first could break a request that is just being sent.
func TestIdleConnectionsOfPassingExchangesAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPassingOnly(t)
		begun, closed := time.Now(), make(chan time.Duration, 3)
		add := func(address string) {
			ours, theirs := net.Pipe()
			p.put(newPassingConn(ours, address))
			go func() {
				_, _ = theirs.Read(make([]byte, 1))
				closed <- time.Since(begun)
			}()
		}
		add("one")
		time.Sleep(passIdleTime / 2)
		add("one")
		time.Sleep(passIdleTime / 4)
		add("two")
		for _, want := range []time.Duration{passIdleTime, passIdleTime * 3 / 2, passIdleTime * 7 / 4} {
			if got := <-closed; got != want {
				t.Errorf("closed after %v, want %v", got, want)
			}
		}
	})
}
