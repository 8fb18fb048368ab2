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

// shutdown is the end of the process in order: not ready at once, so that no new connections come; a delay in which the
// connections that are there end with their next answer; then the manager stops.
type shutdown struct {
	delay time.Duration
	clock clock.Clock
	begun atomic.Bool
}

func newShutdown(delay time.Duration, c clock.Clock) *shutdown {
	return &shutdown{delay: delay, clock: c}
}

// Begin returns a context that ends the delay after the given one.
func (s *shutdown) Begin(ctx context.Context) context.Context {
	delayed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	// The goroutine begins when ctx ends and ends itself after the delay.
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

// closingServer asks clients to close their connection with the answer once the shutdown has begun: a request that arrives on
// a kept-alive connection just as the server closes it would fail.
type closingServer struct {
	webhook.Server
	shutdown *shutdown
}

// Register is that of webhook.Server.
func (c *closingServer) Register(path string, hook http.Handler) {
	c.Server.Register(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.shutdown.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		hook.ServeHTTP(w, r)
	}))
}
