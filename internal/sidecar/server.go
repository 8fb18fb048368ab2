package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
)

// DefaultDrain is how long open exchanges may continue after a termination signal: below the 30 s that a pod gets by default.
const DefaultDrain = 25 * time.Second

const (
	// headerTime is how long a client may take to send a request's header.
	headerTime = 10 * time.Second
	// keepTime is how long an idle connection of a client is kept: above idleTime of our own transport.
	keepTime = 120 * time.Second
)

// Options are what the process gives to the server, besides the configuration. New fills in zero fields.
type Options struct {
	// Admin is the listen address of probes, metrics and the status of the configuration. Empty means contract.SidecarAdminPort on every
	// interface.
	Admin string
	// Egress is the listen address of the app's calls to its models. Empty means contract.SidecarEgressAddress.
	Egress string
	// Upstreams maps the name of a declared port to the number on which the app listens. It takes precedence over the file, also after a
	// reload. The server ignores names that the configuration does not have.
	Upstreams map[string]int32
	// Drain is how long open exchanges may continue after the context of Run is done; 0 means DefaultDrain.
	Drain time.Duration
	// Audit receives the records, one Write per line; nil drops them.
	Audit io.Writer
	// Log receives messages for operators; nil drops them.
	Log *slog.Logger
	// Now is the clock of records and of repeated disclosure; nil means the machine's.
	Now func() time.Time
	// Formats are the wire formats by the name of the interface (sidecarconfig.APIs); nil means those of this build.
	Formats map[string]dialect.Format
	// Listen opens listeners; nil means net.Listen.
	Listen func(network, address string) (net.Listener, error)
}

func (o Options) withDefaults() Options {
	if o.Admin == "" {
		o.Admin = contract.ListenAddress(contract.SidecarAdminPort)
	}
	if o.Egress == "" {
		o.Egress = contract.SidecarEgressAddress
	}
	if o.Drain == 0 {
		o.Drain = DefaultDrain
	}
	if o.Audit == nil {
		o.Audit = io.Discard
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Formats == nil {
		o.Formats = formats
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	return o
}

// Server serves the active configuration. It is safe for concurrent use.
type Server struct {
	shared  *shared
	admin   *http.Server
	active  atomic.Pointer[snapshot]
	closing atomic.Bool
	open    *openExchanges

	// mu allows one change of the configuration at a time.
	mu      sync.Mutex
	serving map[string]*http.Server
	status  atomic.Pointer[configStatus]
}

// New reads the configuration file and serves it; when New returns, all ports are open. An error comes from sidecarconfig.Parse, from
// Config.WithUpstreams, or from a port that cannot be opened; New then leaves nothing open. Close or Run ends the server; the context
// carries values only.
func New(ctx context.Context, file []byte, options Options) (*Server, error) {
	options = options.withDefaults()
	s := &Server{shared: newShared(options), serving: map[string]*http.Server{}, open: newOpenExchanges()}
	if err := s.apply(ctx, file); err != nil {
		return nil, err
	}
	admin, err := options.Listen("tcp", options.Admin)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open admin port: %w", err)
	}
	s.admin = s.serve(admin, s.newAdminHandler())
	return s, nil
}

// Run returns when the context is done and the open exchanges have ended, or after Options.Drain.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	return s.drain(context.WithoutCancel(ctx))
}

// Close ends the server at once. Open exchanges are cut; Close returns when their records are written.
func (s *Server) Close() {
	s.closing.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut()
}

// cut closes all connections and waits for the records of their exchanges.
func (s *Server) cut() {
	for _, server := range s.listServers() {
		_ = server.Close()
	}
	s.open.wait(closeTime)
}

func (s *Server) drain(ctx context.Context) error {
	s.closing.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.shared.options.Drain)
	defer cancel()
	var wait sync.WaitGroup
	servers := slices.Collect(maps.Values(s.serving))
	ended := make([]error, len(servers)+1)
	for i, server := range servers {
		wait.Go(func() { ended[i] = server.Shutdown(ctx) })
	}
	wait.Wait()
	// Shut the admin server down last, so that it responds to probes until the last exchange is over.
	ended[len(servers)] = s.admin.Shutdown(ctx)
	if err := errors.Join(ended...); err != nil {
		s.cut()
		return fmt.Errorf("drain: %w", err)
	}
	return nil
}

func (s *Server) listServers() []*http.Server {
	all := slices.Collect(maps.Values(s.serving))
	if s.admin != nil {
		all = append(all, s.admin)
	}
	return all
}

// Apply makes a new configuration active. Open exchanges finish under the previous one. When Apply returns an error, the previous
// configuration and its ports stay active.
func (s *Server) Apply(ctx context.Context, file []byte) error {
	err := s.apply(ctx, file)
	if err != nil {
		s.shared.metrics.reloadFailures.Inc()
		s.publishRejected(file, err)
		return err
	}
	s.shared.metrics.reloads.Inc()
	return nil
}

func (s *Server) apply(ctx context.Context, file []byte) error {
	next, err := newSnapshot(file, s.shared)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	opened, err := s.openListeners(next)
	if err != nil {
		return err
	}
	before := s.active.Swap(next)
	for address, listener := range opened {
		s.serving[address] = s.serve(listener, s.handle(address))
	}
	s.closeUnused(context.WithoutCancel(ctx), next)
	if before != nil {
		before.upstream.Transport.CloseIdleConnections()
	}
	s.publishAccepted(next)
	return nil
}

// listAddresses returns all addresses on which a configuration listens.
func (s *Server) listAddresses(snap *snapshot) []string {
	all := slices.Collect(maps.Keys(snap.ports))
	if len(snap.config.Egress) > 0 {
		all = append(all, s.shared.options.Egress)
	}
	return all
}

// openListeners opens a listener on each address of the configuration on which no server listens yet: on all of them, or on none.
func (s *Server) openListeners(snap *snapshot) (map[string]net.Listener, error) {
	opened := map[string]net.Listener{}
	for _, address := range s.listAddresses(snap) {
		if s.serving[address] != nil {
			continue
		}
		listener, err := s.shared.options.Listen("tcp", address)
		if err != nil {
			for _, other := range opened {
				_ = other.Close()
			}
			return nil, fmt.Errorf("open port: %w", err)
		}
		opened[address] = listener
	}
	return opened, nil
}

// closeUnused closes the listeners on addresses that the new configuration does not use. Their open exchanges may continue for the drain
// time.
func (s *Server) closeUnused(ctx context.Context, snap *snapshot) {
	desired := s.listAddresses(snap)
	for address, server := range s.serving {
		if slices.Contains(desired, address) {
			continue
		}
		delete(s.serving, address)
		// This goroutine ends when the exchanges are over, at the latest after the drain time.
		go func() {
			ctx, cancel := context.WithTimeout(ctx, s.shared.options.Drain)
			defer cancel()
			if server.Shutdown(ctx) != nil {
				_ = server.Close()
			}
		}()
	}
}

// handle returns the handler of an address, which passes each exchange to the chain of the active configuration.
func (s *Server) handle(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		snap := s.active.Load()
		handler, ok := snap.ports[address]
		if !ok && address == s.shared.options.Egress {
			handler = snap.egress
		}
		if handler == nil {
			handler = snap.buildGone()
		}
		s.open.serve(w, r, handler)
	})
}

// serve runs a server on the listener until it is shut down or closed.
func (s *Server) serve(listener net.Listener, handler http.Handler) *http.Server {
	protocols := new(http.Protocols)
	// HTTP/1 only: HTTP/2 without TLS is refused, and TLS ends in front of the pod.
	protocols.SetHTTP1(true)
	server := &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       keepTime,
		MaxHeaderBytes:    transport.HeaderBytes,
		ErrorLog:          log.New(io.Discard, "", 0),
		// The chain refuses and records OPTIONS * like any other request.
		DisableGeneralOptionsHandler: true,
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.shared.options.Log.Error("Serving ended", "address", listener.Addr().String(), "error", err.Error())
		}
	}()
	return server
}
