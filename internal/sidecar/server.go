package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
)

// DefaultDrain is how long open exchanges may continue after a termination signal. With maxRefusalWait and maxRecordWait it stays below the
// 30 s that a pod gets by default.
const DefaultDrain = 24 * time.Second

const (
	// headerTimeout is how long a client may take to send the header of a request.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long the server keeps a client's idle connection open. Most clients close an idle connection earlier (a sidecar
	// as a client after 50 s), so they never send a request on a connection that the server is closing.
	idleTimeout = 120 * time.Second
)

// Options are what the process gives to the server besides the configuration file. New fills in zero fields.
type Options struct {
	// Admin is the listen address of probes, metrics and the status of the configuration. Empty means contract.SidecarAdminPort on every
	// interface.
	Admin string
	// Egress is the listen address of the app's calls to its models. Empty means contract.SidecarEgressAddress.
	Egress string
	// Upstreams maps the name of a declared port to the number of the port on which the app listens. It takes precedence over every
	// configuration file, also after a reload. The server ignores names that the configuration does not have.
	Upstreams map[string]int32
	// Drain is how long open exchanges may continue after the context of Run is done; 0 means DefaultDrain.
	Drain time.Duration
	// SignatureFolder has the secrets with which messages to the ports are signed, in files with the names of the ports. Empty means
	// contract.SidecarSignatureFolder.
	SignatureFolder string
	// Trust says which configurations the server takes. Nil means all, without a signature: only for development and tests.
	Trust *Trust
	// Signature is the signature of the file that New gets. It is read only with Trust.
	Signature []byte
	// MemoryBytes is the memory that the process may use. It bounds the exchanges that are open at the same time and the length of bodies
	// (package budget). 0 means budget.DefaultMemoryBytes.
	MemoryBytes int64
	// Pod is the name of the pod, which records have. Empty leaves it out.
	Pod string
	// Audit receives the records as lines, one Write for one line or several; nil drops them. While a Write fails, or does not end, the server
	// refuses exchanges and tries again.
	Audit io.Writer
	// Log receives messages for operators; nil drops them.
	Log *slog.Logger
	// Now is the clock for records and for the repetition of the disclosure; nil means time.Now.
	Now func() time.Time
	// Formats maps names to wire formats that have no shape. They take precedence over the presets.
	Formats map[string]dialect.Format
	// DialDesk opens connections to the desk of humans; nil means a dialer that refuses the addresses of the pod and its node.
	DialDesk func(ctx context.Context, network, address string) (net.Conn, error)
	// Listen opens listeners; nil means net.Listen.
	Listen func(network, address string) (net.Listener, error)
}

// withDefaults returns the options with every zero field replaced by its default.
func (o Options) withDefaults() Options {
	if o.Admin == "" {
		o.Admin = contract.ListenAddress(contract.SidecarAdminPort)
	}
	if o.Egress == "" {
		o.Egress = contract.SidecarEgressAddress
	}
	if o.SignatureFolder == "" {
		o.SignatureFolder = contract.SidecarSignatureFolder
	}
	if o.Drain == 0 {
		o.Drain = DefaultDrain
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = budget.DefaultMemoryBytes
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
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	return o
}

// Server serves the active configuration. It is safe for concurrent use.
type Server struct {
	shared *shared
	// active is the configuration that new exchanges use.
	active atomic.Pointer[loadedConfig]
	// status is what the admin port tells about configurations.
	status atomic.Pointer[configStatus]
	// closing is set when the server no longer accepts exchanges.
	closing atomic.Bool
	// openExchanges counts the exchanges of all configurations.
	openExchanges *openExchanges

	// pushes has a place for each configuration that arrives on the admin port.
	pushes chan struct{}
	// admin is set once, in New.
	admin *portServer
	// mu guards servers, and allows one change of the configuration at a time.
	mu sync.Mutex
	// servers maps each listen address of the active configuration to its server.
	servers map[string]*portServer
}

// portServer is the server of one listen address.
type portServer struct {
	*http.Server
	// end cancels the contexts of all exchanges on the address. The refusal that it takes is the reason that exchange.FindEnd returns.
	end context.CancelCauseFunc
}

// New serves a configuration; file is the content of the configuration file. When New returns, all ports are open. An error says that the
// signature does not suffice for Options.Trust, or comes from sidecarconfig.Parse, from Config.WithUpstreams, or from a port that cannot be
// opened; New then leaves nothing open. Close or Run ends the server; canceling ctx does not.
func New(ctx context.Context, file []byte, options Options) (*Server, error) {
	options = options.withDefaults()
	g, err := newGuard(options)
	if err != nil {
		return nil, err
	}
	shared, err := newShared(ctx, options, g)
	if err != nil {
		return nil, err
	}
	s := &Server{shared: shared, servers: map[string]*portServer{}, openExchanges: newOpenExchanges(), pushes: make(chan struct{}, maxPushes)}
	if err := s.activate(ctx, g.selectNewest(Files{Config: file, Signature: options.Signature})); err != nil {
		return nil, err
	}
	admin, err := options.Listen("tcp", options.Admin)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open admin port: %w", err)
	}
	s.admin = s.startServer(ctx, admin, s.newAdminHandler())
	return s, nil
}

// Run serves until the context is done. It then drains the server: /readyz responds with 503, and Run returns when the open exchanges have
// ended, or after Options.Drain, when it refuses those that are left. An error means that exchanges have no record. Run does not wait for
// exchanges on ports that a reload has closed.
func (s *Server) Run(ctx context.Context) error {
	<-ctx.Done()
	return s.drain(context.WithoutCancel(ctx))
}

// Close ends the server at once. It cuts open exchanges and returns when their records are written, but after three times maxRecordWait at
// the latest.
func (s *Server) Close() {
	s.closing.Store(true)
	s.shared.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endExchanges()
	s.closeConnections()
}

// endExchanges ends the exchanges of all servers in s.servers with the refusal Terminating. The caller holds s.mu.
func (s *Server) endExchanges() {
	for _, server := range s.servers {
		server.end(refusal.New(refusal.Terminating))
	}
}

// closeConnections closes the listeners and connections of all servers in s.servers and of the admin port. It waits until the records of
// all exchanges are written, but at most three times maxRecordWait. It returns the number of exchanges that have no record: those that have
// not ended, those that have ended and whose copies are still being read for observation, and those whose records are not written. The
// caller holds s.mu.
func (s *Server) closeConnections() (unrecorded int) {
	for _, server := range s.servers {
		_ = server.Close()
	}
	if s.admin != nil {
		_ = s.admin.Close()
	}
	open := s.openExchanges.wait(maxRecordWait) + s.shared.readings.flush(maxRecordWait)
	s.shared.sink.flush(maxRecordWait)
	s.shared.sink.stop()
	return open + s.shared.sink.countUnwritten()
}

// drain stops accepting exchanges and waits until the open ones have ended, except for those on ports that a reload has closed. After
// Options.Drain it refuses those that are left, and cuts the connections of clients that do not take the refusal. It returns an error if
// an exchange has no record.
func (s *Server) drain(ctx context.Context) error {
	s.closing.Store(true)
	s.shared.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shutDown(ctx, s.shared.options.Drain) {
		s.shared.options.Log.Info("Ending the exchanges that are open after the drain time", "exchanges", s.openExchanges.wait(0))
		s.endExchanges()
		s.shutDown(ctx, maxRefusalWait)
	}
	// The admin server comes last, so that it responds to probes until the last exchange is over.
	if unrecorded := s.closeConnections(); unrecorded > 0 {
		return fmt.Errorf("drain: exchanges without a record: %d", unrecorded)
	}
	return nil
}

// shutDown stops all servers in s.servers from accepting exchanges and waits until the open ones have ended, but no longer than the limit.
// It reports whether all have ended. The caller holds s.mu.
func (s *Server) shutDown(ctx context.Context, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	errs := make(chan error, len(s.servers))
	for _, server := range s.servers {
		// The goroutine ends with the context at the latest.
		go func() { errs <- server.Shutdown(ctx) }()
	}
	var joined error
	for range s.servers {
		joined = errors.Join(joined, <-errs)
	}
	// Shutdown does not wait for connections with a switched protocol.
	deadline, _ := ctx.Deadline()
	return joined == nil && s.openExchanges.wait(time.Until(deadline)) == 0
}

// Apply makes a new configuration active. Open exchanges finish under the previous one; those on a port that the new configuration does not
// have are cut after Options.Drain. When Apply returns an error, the previous configuration and its ports stay active.
// Only a server without Options.Trust takes a file without a signature.
func (s *Server) Apply(ctx context.Context, file []byte) error {
	if err := s.activate(ctx, Files{Config: file}); err != nil {
		s.shared.metrics.reloadFailures.Inc()
		s.publishRejected(file, err)
		return err
	}
	s.shared.metrics.reloads.Inc()
	return nil
}

// checkUnserved returns an error if the configuration would close a port that is served, because no upstream is known for it. A port that
// was not served before stays closed, and a log entry says so: the pod was admitted with a finding about it, and goes on without it.
func (s *Server) checkUnserved(loaded *loadedConfig) error {
	for _, port := range loaded.unserved {
		if active := s.active.Load(); active != nil && active.portHandlers[port.Listen] != nil {
			return fmt.Errorf("find the app: no argument --upstream %s=<port> gives the port", port.Name)
		}
		s.shared.options.Log.Info("Leaving a port closed, because no argument --upstream gives the app's port", "port", port.Name)
	}
	return nil
}

// activate checks the signature of a configuration, loads it, opens its new ports, makes it active and closes the ports that the new configuration
// does not use. After an error the previous configuration is active and unchanged.
func (s *Server) activate(ctx context.Context, f Files) error {
	statement, err := s.shared.guard.check(f)
	if err != nil {
		return err
	}
	loaded, err := s.shared.load(f.Config, s.active.Load())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkUnserved(loaded); err != nil {
		return err
	}
	opened, err := s.openListeners(loaded)
	if err != nil {
		return err
	}
	if err := s.shared.guard.remember(statement, f); err != nil {
		closeAll(opened)
		return err
	}
	s.shared.guard.taken.Store(statement)
	// The handlers of the new ports use the active configuration, so make it active before they serve.
	previous := s.active.Swap(loaded)
	for address, listener := range opened {
		s.servers[address] = s.startServer(ctx, listener, s.newPortHandler(address))
	}
	s.closeUnusedListeners(context.WithoutCancel(ctx), loaded)
	if previous != nil {
		previous.retire()
		previous.upstream.Transport.CloseIdleConnections()
		previous.upstream.Passing.CloseIdleConnections()
	}
	s.publishAccepted(loaded)
	return nil
}

// openListeners opens a listener on each address of the configuration that has no server yet. On an error it leaves none of them open.
func (s *Server) openListeners(loaded *loadedConfig) (map[string]net.Listener, error) {
	opened := map[string]net.Listener{}
	for _, address := range loaded.listAddresses() {
		if s.servers[address] != nil {
			continue
		}
		listener, err := s.shared.options.Listen("tcp", address)
		if err != nil {
			closeAll(opened)
			return nil, fmt.Errorf("open port: %w", err)
		}
		opened[address] = listener
	}
	return opened, nil
}

func closeAll(opened map[string]net.Listener) {
	for _, listener := range opened {
		_ = listener.Close()
	}
}

// closeUnusedListeners closes the listeners on addresses that the new configuration does not use. Exchanges that arrived through them
// may continue for the drain time, and are then refused; the context must not end earlier.
func (s *Server) closeUnusedListeners(ctx context.Context, loaded *loadedConfig) {
	used := loaded.listAddresses()
	for address, server := range s.servers {
		if slices.Contains(used, address) {
			continue
		}
		delete(s.servers, address)
		// This goroutine ends when the exchanges are over, at the latest maxRefusalWait after the drain time.
		go func() {
			ctx, cancel := context.WithTimeout(ctx, s.shared.options.Drain)
			defer cancel()
			if server.Shutdown(ctx) == nil {
				return
			}
			server.end(refusal.New(refusal.PortGone))
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), maxRefusalWait)
			defer cancel()
			if server.Shutdown(ctx) != nil {
				_ = server.Close()
			}
		}()
	}
}

// newPortHandler returns the handler of a listen address. It passes each exchange to the configuration that is active at that moment.
func (s *Server) newPortHandler(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.openExchanges.serve(w, r, s.active.Load().findHandler(address))
	})
}

// startServer serves the listener in a new goroutine, until the returned server is shut down or closed. Canceling ctx ends nothing.
func (s *Server) startServer(ctx context.Context, listener net.Listener, handler http.Handler) *portServer {
	base, end := context.WithCancelCause(context.WithoutCancel(ctx))
	protocols := new(http.Protocols)
	// HTTP/1 only: TLS ends in front of the pod, and the sidecar does not offer HTTP/2 without TLS.
	protocols.SetHTTP1(true)
	server := &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    transport.HeaderBytes,
		// Messages of net/http could hold addresses of people.
		ErrorLog: log.New(io.Discard, "", 0),
		// The chain refuses and records OPTIONS * like any other request.
		DisableGeneralOptionsHandler: true,
	}
	limited := (&connections{limit: s.shared.budget.MaxConnections()}).bind(server, listener)
	go func() {
		if err := server.Serve(limited); !errors.Is(err, http.ErrServerClosed) {
			s.shared.options.Log.Error("Serving ended", "address", listener.Addr().String(), "error", err.Error())
		}
	}()
	return &portServer{Server: server, end: end}
}
