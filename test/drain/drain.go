// Package drain serves HTTP for the sample programs as a pod should: when its context ends, it accepts no more connections and
// lets open requests finish.
package drain

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Default is how long open requests have to finish by default: less than the 30 seconds that a kubelet gives a pod to stop.
const Default = 20 * time.Second

// headerTimeout is how long a client has to send the headers of a request.
const headerTimeout = 10 * time.Second

// Listen opens a TCP listener for each address. When one fails, it closes the others and returns an error.
func Listen(ctx context.Context, addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, address := range addresses {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return nil, fmt.Errorf("listen: %w", err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// Serve handles requests on the listeners until the context ends, then closes the listeners. Open requests have the time limit to finish.
// Serve returns nil when all of them finish, and an error when it cuts requests off or when a listener fails.
func Serve(ctx context.Context, handler http.Handler, listeners []net.Listener, limit time.Duration) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, len(listeners))
	for _, listener := range listeners {
		// Shutdown or Close below ends the goroutine.
		go func() { failed <- server.Serve(listener) }()
	}
	select {
	case err := <-failed:
		_ = server.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	drainCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if err := server.Shutdown(drainCtx); err != nil {
		_ = server.Close()
		return fmt.Errorf("cut off requests after %s: %w", limit, err)
	}
	return nil
}
