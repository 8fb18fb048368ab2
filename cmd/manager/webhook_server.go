package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/chaperone-dev/chaperone/controllers"
)

const (
	// headerTimeout bounds the TLS handshake and the header of a request. API servers wait at most ten seconds for all of an answer.
	headerTimeout = 5 * time.Second
	// idleTimeout is how long a connection waits for its next request, as long as Go's clients wait.
	idleTimeout = 90 * time.Second
	// maxHeaderBytes is far above what API servers send.
	maxHeaderBytes = 64 << 10
	// startedTimeout bounds the readiness check that connects to the server.
	startedTimeout = time.Second
)

// webhookServer serves the webhooks. Every pod of a cluster may connect to it, because the addresses of API servers are not known, so it
// bounds what callers can take of the memory: their connections, and what they send at once. The server of controller-runtime, which has
// the handlers here, cannot do either.
type webhookServer struct {
	webhook.Server
	// address is host:port.
	address string
	// configure returns the TLS configuration. What it starts ends with the context.
	configure   func(context.Context) (*tls.Config, error)
	shutdown    *shutdown
	connections *connections
	lanes       []*lane
	callers     callers
	isStarted   atomic.Bool
}

// newWebhookServer returns the server of the webhooks. managed is nil if another program manages the certificate; then the server reads it
// from the folder --webhook-cert-dir.
func newWebhookServer(o options, who callers, managed *controllers.Certificates, s *shutdown) *webhookServer {
	return &webhookServer{
		// It only holds the handlers, and never starts.
		Server:  webhook.NewServer(webhook.Options{}),
		address: net.JoinHostPort(o.webhookHost, strconv.Itoa(o.webhookPort)), shutdown: s,
		connections: newConnections(maxConnections), lanes: newLanes(), callers: who,
		configure: func(ctx context.Context) (*tls.Config, error) {
			config := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}
			if !o.webhookHTTP2 {
				requireHTTP1(config)
			}
			who.configure(config)
			if managed != nil {
				// The server asks for the certificate at each handshake, so that it serves a renewed one at once.
				config.GetCertificate = managed.Keeper.GetCertificate
				return config, nil
			}
			watcher, err := certwatcher.New(filepath.Join(o.webhookCertDir, "tls.crt"), filepath.Join(o.webhookCertDir, "tls.key"))
			if err != nil {
				return nil, fmt.Errorf("read the certificate: %w", err)
			}
			// Ends with the context.
			go func() {
				if err := watcher.Start(ctx); err != nil {
					ctrl.Log.Error(err, "Watching the certificate")
				}
			}()
			config.GetCertificate = watcher.GetCertificate
			return config, nil
		},
	}
}

// Register registers the hook at the path, as webhook.Server.Register does. It refuses requests of callers who may not call. Others wait until their
// body has arrived and they have a place in the lane for its size. Once the shutdown has begun, each response asks its client to close the connection.
// Otherwise a request on a keep-alive connection could arrive while the server closes the connection, and fail.
func (s *webhookServer) Register(path string, hook http.Handler) {
	s.Server.Register(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.shutdown.hasBegun.Load() {
			w.Header().Set("Connection", "close")
		}
		if s.callers.refuse(w, r) {
			return
		}
		takeTurn(s.lanes, hook, w, r)
	}))
}

// Start serves until ctx is canceled, and then until open requests have their answers, for at most shutdownTimeout.
func (s *webhookServer) Start(ctx context.Context) error {
	config, err := s.configure(ctx)
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", s.address, config)
	if err != nil {
		return fmt.Errorf("listen for webhooks: %w", err)
	}
	server := s.newServer(ctx)
	ended := make(chan error, 1)
	// Ends with ctx, after the open requests.
	stop := context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		ended <- server.Shutdown(limited)
	})
	defer stop()
	s.isStarted.Store(true)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve webhooks: %w", err)
	}
	return <-ended
}

func (s *webhookServer) newServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler: s.WebhookMux(), BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: s.connections.track, ConnContext: s.connections.addKeep,
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
}

// StartedChecker returns a check that the server has been started and answers a handshake.
func (s *webhookServer) StartedChecker() healthz.Checker {
	return func(r *http.Request) error {
		if !s.isStarted.Load() {
			return errors.New("the webhook server has not been started")
		}
		ctx, cancel := context.WithTimeout(r.Context(), startedTimeout)
		defer cancel()
		//nolint:gosec // The check asks whether the server answers; the check of the certificate verifies what it answers with.
		dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}}
		connection, err := dialer.DialContext(ctx, "tcp", s.address)
		if err != nil {
			return fmt.Errorf("the webhook server does not answer: %w", err)
		}
		return connection.Close()
	}
}
