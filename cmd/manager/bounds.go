package main

import (
	"bytes"
	"container/list"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// maxConnections is the largest number of connections to the webhooks. An API server has one for each request that it waits for, and keeps
	// at most 25 idle ones. Each takes up to 40 KiB.
	maxConnections = 2048
	// bodyTimeout is how long the body of a request may take, and turnTimeout how long the request waits for its turn then. Both together are
	// below the five seconds that API servers wait for most decisions.
	bodyTimeout = 2 * time.Second
	turnTimeout = 2 * time.Second
)

// connections closes connections when there are too many: of those that wait for a request, or for its body, the one that has waited longest.
// API servers send a request as soon as they have connected, so that those that only connect lose their connections first. It is safe for
// concurrent use.
type connections struct {
	max int
	mu  sync.Mutex
	// all has every open connection. Those that wait for a request have an element in waiting, in which they are sorted by since when.
	all     map[net.Conn]*list.Element
	waiting *list.List
}

func newConnections(most int) *connections {
	return &connections{max: most, all: map[net.Conn]*list.Element{}, waiting: list.New()}
}

// track notes the state of a connection. It is the callback ConnState of an http.Server.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	if surplus := c.note(conn, state); surplus != nil {
		closeAtOnce(surplus)
	}
}

// note notes the state of a connection, and returns one to close, or nil.
func (c *connections) note(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(conn)
	switch state {
	case http.StateNew, http.StateIdle, http.StateActive:
		c.all[conn] = c.waiting.PushBack(conn)
	case http.StateClosed, http.StateHijacked:
		return nil
	}
	if len(c.all) <= c.max {
		return nil
	}
	surplus := conn
	if longest := c.waiting.Front(); longest != nil {
		surplus, _ = longest.Value.(net.Conn)
	}
	c.forget(surplus)
	return surplus
}

// keep keeps the connection until it waits for the next request: the body of one has arrived.
func (c *connections) keep(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.all[conn]; element != nil {
		c.waiting.Remove(element)
		c.all[conn] = nil
	}
}

// keepKey is the key of the contexts of requests for the function that keeps their connection.
type keepKey struct{}

// addKeep is the callback ConnContext of an http.Server.
func (c *connections) addKeep(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, keepKey{}, func() { c.keep(conn) })
}

func (c *connections) forget(conn net.Conn) {
	if element := c.all[conn]; element != nil {
		c.waiting.Remove(element)
	}
	delete(c.all, conn)
}

// closeAtOnce closes the connection without the farewell of TLS, which could wait for the other side.
func closeAtOnce(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.Close()
}

// lane lets a number of requests pass at the same time, whose bodies have at most a number of bytes each, and another number together.
type lane struct {
	maxBytes int64
	bodies   *bodies
	places   chan struct{}
}

// newLanes returns one lane for the requests about usual objects and one for those about large ones, so that large ones do not stand in the
// way of the others. All bodies have at most 52 MiB together. Those that have a place, at most 30 MiB, take several times as much when they
// are decoded.
func newLanes() []*lane {
	return []*lane{
		{256 << 10, newBodies(24 << 20), make(chan struct{}, 64)},
		{7 << 20, newBodies(28 << 20), make(chan struct{}, 2)}, // The largest request that the handlers of controller-runtime take.
	}
}

// takeTurn passes the request on to the hook once its body has arrived and there is a place in the lane for its size. A request that gets none
// in time is refused with the status 503: API servers refuse what it is about, or ask again.
func takeTurn(lanes []*lane, hook http.Handler, w http.ResponseWriter, r *http.Request) {
	for _, l := range lanes {
		if r.ContentLength >= 0 && r.ContentLength <= l.maxBytes {
			l.pass(hook, w, r)
			return
		}
	}
	http.Error(w, "the request must say how long it is (Content-Length), and is too long otherwise", http.StatusRequestEntityTooLarge)
}

func (l *lane) pass(hook http.Handler, w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	arriving := l.bodies.expect(r.Body, func() { _ = control.SetReadDeadline(time.Now()) })
	defer arriving.release()
	data, err := arriving.readInTime(control)
	switch {
	case errors.Is(err, errCrowded):
		http.Error(w, "too many requests at the same time", http.StatusServiceUnavailable)
		return
	case err != nil:
		http.Error(w, "the body of the request does not arrive", http.StatusRequestTimeout)
		return
	}
	if keep, isKnown := r.Context().Value(keepKey{}).(func()); isKnown {
		keep()
	}
	ctx, cancel := context.WithTimeout(r.Context(), turnTimeout)
	defer cancel()
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	case <-ctx.Done():
		http.Error(w, "too many requests at the same time", http.StatusServiceUnavailable)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	hook.ServeHTTP(w, r)
}

// readInTime reads the body until it is complete, refused, or late. It returns errCrowded for one that is refused.
func (b *body) readInTime(control *http.ResponseController) ([]byte, error) {
	if err := control.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	data, err := io.ReadAll(b)
	if err != nil {
		return nil, err
	}
	if !b.complete() {
		return nil, errCrowded
	}
	if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, err
	}
	return data, nil
}
