// Package drain serves HTTP for the sample programs as a pod should: on the end of its context it accepts nothing more and lets
// the answers that are running finish.
package drain

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Default is how long running answers may take at the end: below the 30 seconds that a kubelet gives a pod to stop.
const Default = 20 * time.Second

// headerTimeout is how long a client may take to send its headers.
const headerTimeout = 10 * time.Second

// Listen opens TCP listeners, all or none.
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

// Serve answers on the listeners, which it closes, until the context ends; then running answers have the time limit to finish.
// It returns nil when all of them did, and an error when some were cut off or a listener failed.
func Serve(ctx context.Context, handler http.Handler, listeners []net.Listener, limit time.Duration) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, len(listeners))
	for _, listener := range listeners {
		// Ends with the Shutdown or Close below.
		go func() { failed <- server.Serve(listener) }()
	}
	select {
	case err := <-failed:
		_ = server.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if err := server.Shutdown(bounded); err != nil {
		_ = server.Close()
		return fmt.Errorf("cut off what ran longer than %s: %w", limit, err)
	}
	return nil
}
