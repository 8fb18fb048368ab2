package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// shutdown orders the end of the process: readiness is false at once, so that no new connections arrive; during a delay, open
// connections close with their next response; then the manager stops.
type shutdown struct {
	delay time.Duration
	clock clock.Clock
	begun atomic.Bool
}

func newShutdown(delay time.Duration, c clock.Clock) *shutdown {
	return &shutdown{delay: delay, clock: c}
}

// Begin returns a context that ends after the given one does, later by the delay.
func (s *shutdown) Begin(ctx context.Context) context.Context {
	delayed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	// The goroutine starts when ctx ends, and ends after the delay.
	context.AfterFunc(ctx, func() {
		s.begun.Store(true)
		<-s.clock.After(s.delay)
		cancel()
	})
	return delayed
}

// Check is the readiness check.
func (s *shutdown) Check(*http.Request) error {
	if s.begun.Load() {
		return errors.New("shutting down")
	}
	return nil
}

// closingServer asks clients to close their connection with the response once the shutdown has begun: a request on a keep-alive
// connection would fail if it arrived just as the server closes the connection.
type closingServer struct {
	webhook.Server
	shutdown *shutdown
}

// Register registers the hook, like webhook.Server.
func (c *closingServer) Register(path string, hook http.Handler) {
	c.Server.Register(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.shutdown.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		hook.ServeHTTP(w, r)
	}))
}
