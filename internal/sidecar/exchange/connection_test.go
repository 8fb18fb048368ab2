package exchange_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// The answer to a request that has ended early arrives as a whole, and what the client still sends is not taken for another request.
func TestNothingIsReadAfterARequestThatEnded(t *testing.T) {
	var served atomic.Int32
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		_ = http.NewResponseController(w).EnableFullDuplex()
		exchange.EndReading(r)
		_, _ = io.WriteString(w, "no")
	})}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(exchange.BindConnections(server, raw)) }()
	conn, err := net.Dial("tcp", raw.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf%s", next); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(string(answer), "\r\n\r\nno") {
		t.Errorf("got %q, error %v", answer, err)
	}
	if served.Load() != 1 {
		t.Errorf("%d requests were served", served.Load())
	}
}
