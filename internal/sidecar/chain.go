package sidecar

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/openaichat"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// formats maps the names of APIs to wire formats. Requests for the other sidecarconfig.APIs are refused.
var formats = map[string]dialect.Format{
	sidecarconfig.APIOpenAIChat: openaichat.Format{},
}

// snapshot is one configuration, ready to serve. It is immutable; an exchange keeps the snapshot that it began with.
type snapshot struct {
	config sidecarconfig.Config
	// hash identifies the file.
	hash      string
	transform *transform.Transform
	// statements are nil when nothing is disclosed.
	statements *filter.Statements
	upstream   *transport.Upstream
	// shared outlives the snapshot.
	shared *shared
	// ports maps listen addresses to chains; egress serves the app's own calls.
	ports  map[string]http.Handler
	egress http.Handler
}

// shared is what all snapshots of one server use.
type shared struct {
	options       Options
	audit         *audit
	metrics       *metrics
	conversations *filter.Conversations
	buffers       *transport.CopyBuffers
}

func newShared(options Options) *shared {
	m := newMetrics()
	return &shared{
		options: options, metrics: m, conversations: filter.NewConversations(options.Now), buffers: transport.NewCopyBuffers(),
		audit: &audit{metrics: m, to: options.Audit},
	}
}

// newSnapshot prepares a configuration for serving. It opens no ports.
func newSnapshot(file []byte, sh *shared) (*snapshot, error) {
	config, err := sidecarconfig.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("parse configuration: %w", err)
	}
	if config, err = config.WithUpstreams(sh.options.Upstreams); err != nil {
		return nil, fmt.Errorf("find the app: %w", err)
	}
	set, err := redact.NewSet(config.Redact)
	if err != nil {
		return nil, fmt.Errorf("choose detectors: %w", err)
	}
	s := &snapshot{
		config: config, hash: sidecarconfig.Hash(file), statements: filter.NewStatements(config.Disclose), shared: sh,
	}
	s.transform = transform.New(set, s.statements.Texts()...)
	limits := config.Limits.OrDefaults()
	s.config.Limits = limits
	s.upstream = &transport.Upstream{
		Transport: transport.New(limits), Buffers: sh.buffers, Transform: s.transform, Limits: limits,
	}
	s.ports = make(map[string]http.Handler, len(config.Ports))
	for _, port := range config.Ports {
		if s.ports[port.Listen], err = s.buildPort(port); err != nil {
			return nil, err
		}
	}
	s.egress, err = s.buildEgress()
	return s, err
}

// buildChat returns the chain for exchanges with people.
func (s *snapshot) buildChat(rt *exchange.Route) http.Handler {
	return filter.Chain(s.upstream.Handler(rt), []filter.Filter{
		filter.Record(rt, s.newRecording()),
		filter.Bound(s.config.Limits.RequestBytes),
		filter.Identity(),
		filter.Suspend(s.config.Suspended, s.config.Handoff),
		filter.Shape(rt, s.transform.Finds),
		filter.Notice(s.config),
		filter.Request(s.transform),
		filter.Disclose(s.statements, s.shared.conversations),
	})
}

// buildModel returns the chain for calls of the app to its model. No person reads the responses, so nothing is disclosed.
func (s *snapshot) buildModel(rt *exchange.Route) http.Handler {
	return filter.Chain(s.upstream.Handler(rt), []filter.Filter{
		filter.Record(rt, s.newRecording()),
		filter.Bound(s.config.Limits.RequestBytes),
		filter.Identity(),
		filter.Suspend(s.config.Suspended, s.config.Handoff),
		filter.Shape(rt, s.transform.Finds),
		filter.Request(s.transform),
	})
}

// buildDocument returns the chain for the disclosure document, which a client fetches before the first message.
func (s *snapshot) buildDocument(rt *exchange.Route) http.Handler {
	return filter.Chain(filter.ServeDisclosure(s.statements, s.config), []filter.Filter{
		filter.Record(rt, s.newRecording()),
		filter.Bound(s.config.Limits.RequestBytes),
		filter.Identity(),
		filter.Notice(s.config),
	})
}

// buildGone returns a chain that refuses requests which arrive on a port that has just been closed.
func (s *snapshot) buildGone() http.Handler {
	last := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { filter.Refuse(w, r, refusal.New(refusal.PortGone)) })
	rt := &exchange.Route{Direction: exchange.Ingress, Name: "gone", API: "none", Format: openaichat.Format{}}
	return filter.Chain(last, []filter.Filter{filter.Record(rt, s.newRecording()), filter.Bound(s.config.Limits.RequestBytes)})
}

func (s *snapshot) newRecording() filter.Recording {
	o := s.shared.options
	return filter.Recording{Now: o.Now, Log: o.Log, Journal: s, Conversations: s.shared.conversations}
}

// Write counts a finished exchange and writes its record.
func (s *snapshot) Write(e filter.Ended) {
	duration := s.shared.options.Now().Sub(e.Scope.Started)
	s.shared.metrics.observe(e, duration)
	s.shared.audit.write(s, e, duration)
}

// newRoute returns the route of a port or egress entry, without its upstream.
func (s *snapshot) newRoute(direction, name, api, path string) *exchange.Route {
	format, found := s.shared.options.Formats[api]
	if !found {
		format = openaichat.Format{}
	}
	return &exchange.Route{Direction: direction, Name: name, API: api, Path: path, Format: format, Unsupported: !found}
}

// buildPort returns the handler of one governed port: the disclosure document at its path, and the chat at all others.
func (s *snapshot) buildPort(p sidecarconfig.Port) (http.Handler, error) {
	rt := s.newRoute(exchange.Ingress, p.Name, p.API, p.Path)
	if err := setUpstream(rt, p.Upstream, p.Path); err != nil {
		return nil, err
	}
	chat := s.buildChat(rt)
	document := s.buildDocument(s.newRoute(exchange.Ingress, p.Name, filter.APIDisclosure, filter.DisclosurePath))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == filter.DisclosurePath {
			document.ServeHTTP(w, r)
			return
		}
		chat.ServeHTTP(w, r)
	}), nil
}

// buildEgress returns the handler of the loopback address. The first segment of a path names the egress entry.
func (s *snapshot) buildEgress() (http.Handler, error) {
	unknown := s.buildModel(s.newRoute(exchange.Egress, "unknown", sidecarconfig.APIOpenAIChat, ""))
	entries := make(map[string]http.Handler, len(s.config.Egress))
	for _, e := range s.config.Egress {
		rt := s.newRoute(exchange.Egress, e.Name, e.API, "/"+e.Name+e.Path)
		rt.OwnHost = true
		if err := setUpstream(rt, e.Upstream, e.Path); err != nil {
			return nil, err
		}
		entries[e.Name] = s.buildModel(rt)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := strings.Cut(strings.TrimPrefix(r.RequestURI, "/"), "/")
		if entry, ok := entries[name]; ok {
			entry.ServeHTTP(w, r)
			return
		}
		unknown.ServeHTTP(w, r)
	}), nil
}

// setUpstream sets the upstream of a route.
func setUpstream(rt *exchange.Route, upstream, path string) error {
	u, err := url.Parse(upstream)
	if err != nil {
		return fmt.Errorf("read upstream of %s: %w", rt.Name, err)
	}
	rt.Scheme, rt.Host, rt.Target = u.Scheme, u.Host, strings.TrimSuffix(u.Path, "/")+path
	return nil
}
