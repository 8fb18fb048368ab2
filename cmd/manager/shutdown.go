package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
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
