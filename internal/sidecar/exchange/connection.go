package exchange

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// What a client still sends when its request has ended early is read for this long and up to this size before the connection is closed: a
// connection that is closed with unread data is reset, and the client can lose the answer.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

// connectionKey is the key of a request's connection in its context.
type connectionKey struct{}

// connection is a connection of a client from which reading can end for good.
type connection struct {
	net.Conn
	hasEnded atomic.Bool
}

// Read reads from the connection. It returns net.ErrClosed once reading has ended.
func (c *connection) Read(p []byte) (int, error) {
	if c.hasEnded.Load() {
		return 0, net.ErrClosed
	}
	return c.Conn.Read(p)
}

// Close closes the connection, after a moment if reading ended before the client had sent everything.
func (c *connection) Close() error {
	if c.hasEnded.Load() && c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
	}
	return c.Conn.Close()
}

// listener accepts connections from which reading can end.
type listener struct{ net.Listener }

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn}, nil
}

// BindConnections lets handlers of the server call EndReading. It returns the listener that the server must serve.
func BindConnections(server *http.Server, inner net.Listener) net.Listener {
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, conn)
	}
	return listener{inner}
}

// EndReading ends reading from the connection of the request for good, so that the server closes it after the answer. A read that is under
// way still returns what it gets.
func EndReading(r *http.Request) {
	if conn, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		conn.hasEnded.Store(true)
	}
}
