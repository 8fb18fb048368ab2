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

// shutdown delays the end of the process after the signal to terminate. During the delay the manager reports that it is not ready, so that
// the Service stops sending new connections to it. With each response, the webhook server then asks the client to close the connection.
type shutdown struct {
	delay    time.Duration
	clock    clock.Clock
	hasBegun atomic.Bool
}

func newShutdown(delay time.Duration, c clock.Clock) *shutdown {
	return &shutdown{delay: delay, clock: c}
}

// DelayCancellation returns a context that is canceled when the delay has passed after ctx is canceled. The shutdown begins when ctx is
// canceled.
func (s *shutdown) DelayCancellation(ctx context.Context) context.Context {
	delayed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	// AfterFunc calls the function in a new goroutine when ctx is canceled. The goroutine ends after the delay, and nothing stops it
	// before.
	context.AfterFunc(ctx, func() {
		s.hasBegun.Store(true)
		<-s.clock.After(s.delay)
		cancel()
	})
	return delayed
}

// Check returns an error once the shutdown has begun. It is a readiness check.
func (s *shutdown) Check(*http.Request) error {
	if s.hasBegun.Load() {
		return errors.New("shutting down")
	}
	return nil
}

// closingServer is a webhook server whose responses ask clients to close the connection once the shutdown has begun. Otherwise a request on
// a keep-alive connection could arrive while the server closes the connection, and fail.
type closingServer struct {
	webhook.Server
	shutdown *shutdown
}

// Register registers the hook at the path, as webhook.Server.Register does. Once the shutdown has begun, each response of the hook asks its
// client to close the connection, so that no later request of the client arrives while the server closes it.
func (c *closingServer) Register(path string, hook http.Handler) {
	c.Server.Register(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.shutdown.hasBegun.Load() {
			w.Header().Set("Connection", "close")
		}
		hook.ServeHTTP(w, r)
	}))
}
