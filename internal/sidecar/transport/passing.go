package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// passIdleTime is the time after which an idle connection of passed exchanges is closed. Node and uvicorn close theirs after 5 s: a request
	// that is just being sent then fails, and one with a body cannot be sent again.
	passIdleTime = time.Second
	// maxPassedHeader is the largest header of an answer that passes, in bytes: the default of net/http.
	maxPassedHeader = 10 << 20
)

// Passing is the HTTP transport for exchanges that pass unchanged. The goroutine of an exchange itself writes a request that is in memory,
// and reads the answer. http.Transport has two goroutines for each connection, which an exchange wakes and waits for several times; at a low
// rate of exchanges that costs as much as all that observing does. Every other request goes through http.Transport: one whose body is still
// to come, because the answer can come before it, one that switches protocols, and one over TLS. It is safe for concurrent use.
type Passing struct {
	transport *http.Transport

	// mu guards everything below.
	mu sync.Mutex
	// idle maps an address to its idle connections, the one that was used last at the end.
	idle map[string][]*passingConn
	// timer closes connections that are idle for passIdleTime. It is nil while there are none.
	timer *time.Timer
}

// NewPassing returns the HTTP transport for exchanges that pass unchanged. In contrast to New it sets no time for the first byte, and
// no limit for the header but that of net/http, because observing must not end an exchange. The caller must close its idle connections when
// the configuration ends.
func NewPassing(l sidecarconfig.Limits) *Passing {
	t := New(l, nil)
	t.ResponseHeaderTimeout, t.IdleConnTimeout = 0, passIdleTime
	t.MaxResponseHeaderBytes = maxPassedHeader
	return &Passing{transport: t, idle: map[string][]*passingConn{}}
}

// RoundTrip sends the request and returns the answer. It implements http.RoundTripper.
func (p *Passing) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isInMemory(r) {
		return p.transport.RoundTrip(r)
	}
	for {
		conn, err := p.take(r.Context(), r.URL.Host)
		if err != nil {
			return nil, err
		}
		res, err := p.exchange(conn, r)
		if err == nil || !conn.allowsRepetition(r) {
			return res, err
		}
		if r.GetBody != nil {
			again := *r
			again.Body, _ = r.GetBody() // It is in memory.
			r = &again
		}
	}
}

// isInMemory reports whether the whole request can be written at once to a plain connection that goes on with HTTP/1.1 afterwards. Only
// readShort of the package filter sets GetBody.
func isInMemory(r *http.Request) bool {
	return r.URL.Scheme == "http" && r.URL.Port() != "" && (r.Body == nil || r.GetBody != nil) &&
		r.Header["Upgrade"] == nil && r.Method != http.MethodConnect
}

// exchange sends the request over the connection and returns the answer. At the end of its body the connection is idle, or closed.
func (p *Passing) exchange(conn *passingConn, r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	// Closing the connection ends a read or a write that waits.
	keep := context.AfterFunc(ctx, conn.close)
	res, err := conn.ask(r)
	if err != nil {
		keep()
		conn.close()
		return nil, findCause(ctx, err)
	}
	res.Body = &passingBody{body: res.Body, ctx: ctx, end: func(isWhole bool) {
		if keep() && isWhole && !res.Close {
			p.put(conn)
			return
		}
		conn.close()
	}}
	return res, nil
}

// findCause returns the reason why the context has ended, as http.Transport does, and the error if it has not.
func findCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// take returns a connection to the address, which is idle or new.
func (p *Passing) take(ctx context.Context, address string) (*passingConn, error) {
	for conn := p.pop(address); conn != nil; conn = p.pop(address) {
		if conn.isSilent() {
			return conn, nil
		}
		conn.close()
	}
	conn, err := p.transport.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return newPassingConn(conn, address), nil
}

// pop returns the idle connection to the address that was used last, or nil.
func (p *Passing) pop(address string) *passingConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	idle := p.idle[address]
	if len(idle) == 0 {
		return nil
	}
	conn := idle[len(idle)-1]
	idle[len(idle)-1] = nil
	p.idle[address] = idle[:len(idle)-1]
	return conn
}

// put makes the connection idle. It closes it if there are many, or if the upstream has sent more than the answer.
func (p *Passing) put(conn *passingConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if conn.reader.Buffered() > 0 || len(p.idle[conn.address]) >= maxIdleConns {
		conn.close()
		return
	}
	conn.isReused, conn.idleSince = true, time.Now()
	p.idle[conn.address] = append(p.idle[conn.address], conn)
	if p.timer == nil {
		p.timer = time.AfterFunc(passIdleTime, p.closeOld)
	}
}

// closeOld closes the connections that are idle for passIdleTime, and comes again as long as there are others.
func (p *Passing) closeOld() {
	p.mu.Lock()
	defer p.mu.Unlock()
	oldest := p.closeIdle(time.Now().Add(-passIdleTime))
	if oldest.IsZero() {
		p.timer = nil
		return
	}
	p.timer.Reset(time.Until(oldest.Add(passIdleTime)))
}

// closeIdle closes the connections that are idle since the time or longer. It returns the time since which the first of the others is idle,
// or the zero time. The caller holds p.mu.
func (p *Passing) closeIdle(since time.Time) (oldest time.Time) {
	for address, idle := range p.idle {
		idle = slices.DeleteFunc(idle, func(conn *passingConn) bool {
			isOld := !conn.idleSince.After(since)
			if isOld {
				conn.close()
			}
			return isOld
		})
		p.idle[address] = idle
		if len(idle) > 0 && (oldest.IsZero() || idle[0].idleSince.Before(oldest)) {
			oldest = idle[0].idleSince
		}
	}
	return oldest
}

// CloseIdleConnections closes the connections that are idle now.
func (p *Passing) CloseIdleConnections() {
	p.transport.CloseIdleConnections()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeIdle(time.Now())
}

// passingConn is a connection to an upstream. One exchange at a time uses it.
type passingConn struct {
	conn    net.Conn
	address string
	reader  *bufio.Reader
	writer  *bufio.Writer
	// probe reads what the upstream sends while the connection is idle.
	probe func() (isSilent bool)
	// isReused means that the connection has served an exchange before. idleSince is when the last one ended.
	isReused  bool
	idleSince time.Time
	// written and received count the bytes of the exchange. limit is how many may be received: it bounds the header of the answer.
	written, received, limit int64
}

func newPassingConn(conn net.Conn, address string) *passingConn {
	c := &passingConn{conn: conn, address: address, probe: newProbe(conn)}
	c.reader, c.writer = bufio.NewReader(c), bufio.NewWriter(c)
	return c
}

// newProbe returns a function that reports whether the connection is open and has nothing to read. It does not wait.
func newProbe(conn net.Conn) func() bool {
	socket, isSocket := conn.(syscall.Conn)
	if !isSocket {
		return func() bool { return false }
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return func() bool { return false }
	}
	isSilent, b := false, make([]byte, 1)
	try := func(fd uintptr) bool {
		_, err := syscall.Read(int(fd), b)
		isSilent = err == syscall.EAGAIN
		return true // Do not wait until there is something to read.
	}
	return func() bool {
		err := raw.Read(try)
		return err == nil && isSilent
	}
}

// isSilent reports whether the upstream has neither closed the connection nor sent something that is no answer.
func (c *passingConn) isSilent() bool { return c.probe() }

// ask writes the request and returns the header of the answer. Informational responses go to the trace of the request.
func (c *passingConn) ask(r *http.Request) (*http.Response, error) {
	c.written, c.received, c.limit = 0, 0, maxPassedHeader
	if err := r.Write(c.writer); err != nil {
		return nil, err
	}
	if err := c.writer.Flush(); err != nil {
		return nil, err
	}
	for {
		res, err := http.ReadResponse(c.reader, r)
		if err != nil {
			return nil, err
		}
		isInformational := res.StatusCode >= http.StatusContinue && res.StatusCode < http.StatusOK
		if !isInformational || res.StatusCode == http.StatusSwitchingProtocols {
			c.limit = math.MaxInt64
			return res, nil
		}
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
			c.limit = c.received + maxPassedHeader // Each informational response has passed.
		}
	}
}

// allowsRepetition reports whether the request, which has failed on this connection, may be sent again: the upstream closed the connection
// while it was idle. Nothing of the request was sent then, or no answer came and the request changes nothing (RFC 9110, section 9.2.2).
func (c *passingConn) allowsRepetition(r *http.Request) bool {
	if !c.isReused || r.Context().Err() != nil || c.received > 0 {
		return false
	}
	if c.written == 0 || r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil {
		return true
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// Read reads from the upstream. It returns io.ErrUnexpectedEOF beyond the limit.
func (c *passingConn) Read(p []byte) (int, error) {
	if c.received >= c.limit {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.conn.Read(p)
	c.received += int64(n)
	return n, err
}

// Write writes to the upstream.
func (c *passingConn) Write(p []byte) (int, error) {
	n, err := c.conn.Write(p)
	c.written += int64(n)
	return n, err
}

// close closes the connection. An error changes nothing, because nothing uses the connection afterwards.
func (c *passingConn) close() { _ = c.conn.Close() }

// passingBody is the body of an answer.
type passingBody struct {
	body io.Reader
	// ctx is that of the exchange.
	ctx context.Context
	// end ends the exchange. isWhole means that the body was read to its end. It is nil afterwards.
	end func(isWhole bool)
}

// Read reads from the body.
func (b *passingBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.finish(true)
	case err != nil:
		b.finish(false)
		err = findCause(b.ctx, err)
	}
	return n, err
}

// Close ends the exchange. It does not read what is left of the body, which could be without end.
func (b *passingBody) Close() error {
	b.finish(false)
	return nil
}

func (b *passingBody) finish(isWhole bool) {
	if b.end != nil {
		b.end(isWhole)
		b.end = nil
	}
}
