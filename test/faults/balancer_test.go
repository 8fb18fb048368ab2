package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// balancer passes connections on to replicas that are ready, in turn, as a Service does. It does not cut open connections of a replica that is not
// ready any more, as a Service does not.
type balancer struct {
	address string
	mu      sync.Mutex
	ready   []*replica
	next    int
}

// startBalancer accepts connections until the end of the test.
func startBalancer(t *testing.T) *balancer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	b := &balancer{address: listener.Addr().String()}
	// Ends with the listener.
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go b.pass(connection)
		}
	}()
	return b
}

// pass copies what both sides send until one of them ends.
func (b *balancer) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	target := b.choose()
	if target == nil {
		return
	}
	server, err := net.DialTimeout("tcp", target.webhook, time.Second)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

func (b *balancer) choose() *replica {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return nil
	}
	b.next++
	return b.ready[b.next%len(b.ready)]
}

// count returns how many replicas are ready.
func (b *balancer) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ready)
}

const (
	// probePause is the time between two questions to a replica whether it is ready, and probeTimeout how long it may take to say so.
	probePause   = 300 * time.Millisecond
	probeTimeout = 2 * time.Second
	// shutdownDelay is how long a replica serves after the signal to terminate: longer than it takes to notice that it is not ready. In a cluster,
	// its pod sleeps before that signal.
	shutdownDelay = 2 * probeTimeout
)

// follow asks the replica whether it is ready until ctx ends, as a kubelet does.
func (b *balancer) follow(ctx context.Context, r *replica) {
	defer b.set(r, false)
	for ctx.Err() == nil {
		err := askReady(ctx, r)
		b.set(r, err == nil)
		r.reason.Store(&err)
		select {
		case <-ctx.Done():
		case <-time.After(probePause):
		}
	}
}

func (b *balancer) set(r *replica, isReady bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var others []*replica
	for _, other := range b.ready {
		if other != r {
			others = append(others, other)
		}
	}
	if isReady {
		others = append(others, r)
	}
	b.ready = others
}

// askReady returns nil if the replica says that it is ready, and else why not.
func askReady(ctx context.Context, r *replica) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.probe+"/readyz?verbose", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("not ready: %s", body)
	}
	return err
}
