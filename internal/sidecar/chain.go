package sidecar

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/openai"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// filter wraps the rest of a chain.
type filter func(http.Handler) http.Handler

// generation is one configuration made ready. It is immutable; exchanges that began under it end under it.
type generation struct {
	config sidecarconfig.Config
	// hash identifies the file.
	hash   string
	limits sidecarconfig.Limits
	codec  *openai.Codec
	// set finds personal data.
	set *redact.Set
	// speech is nil when nothing is disclosed.
	speech    *speech
	transport *http.Transport
	// shared outlives the generation.
	shared *shared
	// ports maps listen addresses to chains; egress serves the app's own calls.
	ports  map[string]http.Handler
	egress http.Handler
}

// shared is what all generations of one server use.
type shared struct {
	options Options
	audit   *audit
	metrics *metrics
	told    *told
	buffers *copyBuffers
}

// newGeneration makes a configuration ready. It opens nothing.
func newGeneration(file []byte, sh *shared) (*generation, error) {
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
	g := &generation{
		config: config, hash: sidecarconfig.Hash(file), limits: config.Limits.OrDefaults(),
		set: set, speech: newSpeech(config.Disclose), shared: sh,
	}
	g.codec = openai.NewCodec(set, g.speech.statements()...)
	g.transport = newTransport(g.limits)
	g.ports = make(map[string]http.Handler, len(config.Ports))
	for _, port := range config.Ports {
		if g.ports[port.Listen], err = g.port(port); err != nil {
			return nil, err
		}
	}
	g.egress, err = g.egressChains()
	return g, err
}

// chat is the order in which an exchange with people is handled.
func (g *generation) chat(rt *route) http.Handler {
	return chain(g.upstream(rt), []filter{
		g.record(rt),
		g.bound(),
		g.identity(),
		g.suspend(),
		g.shape(rt),
		g.notice(),
		g.request(),
		g.disclose(),
	})
}

// model is the order for calls of the app to its model: nobody is spoken to, so nothing is disclosed.
func (g *generation) model(rt *route) http.Handler {
	return chain(g.upstream(rt), []filter{
		g.record(rt),
		g.bound(),
		g.identity(),
		g.suspend(),
		g.shape(rt),
		g.request(),
	})
}

// document is the order for the statement that a client fetches before it asks.
func (g *generation) document(rt *route) http.Handler {
	return chain(g.statement(), []filter{
		g.record(rt),
		g.bound(),
		g.identity(),
		g.notice(),
	})
}

func chain(last http.Handler, filters []filter) http.Handler {
	for _, f := range slices.Backward(filters) {
		last = f(last)
	}
	return last
}

// port serves one governed port.
func (g *generation) port(p sidecarconfig.Port) (http.Handler, error) {
	rt := &route{direction: ingress, name: p.Name, api: p.API, path: p.Path}
	if err := rt.to(p.Upstream, p.Path); err != nil {
		return nil, err
	}
	chat := g.chat(rt)
	document := g.document(&route{direction: ingress, name: p.Name, api: apiDisclosure, path: disclosurePath})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == disclosurePath {
			document.ServeHTTP(w, r)
			return
		}
		chat.ServeHTTP(w, r)
	}), nil
}

// egressChains serves the loopback address; the first path segment names the entry.
func (g *generation) egressChains() (http.Handler, error) {
	unknown := g.model(&route{direction: egress, name: "unknown", api: sidecarconfig.APIOpenAIChat})
	entries := make(map[string]http.Handler, len(g.config.Egress))
	for _, e := range g.config.Egress {
		rt := &route{direction: egress, name: e.Name, api: e.API, path: "/" + e.Name + e.Path, ownHost: true}
		if err := rt.to(e.Upstream, e.Path); err != nil {
			return nil, err
		}
		entries[e.Name] = g.model(rt)
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

// to sets where the route leads.
func (rt *route) to(upstream, path string) error {
	u, err := url.Parse(upstream)
	if err != nil {
		return fmt.Errorf("read upstream of %s: %w", rt.name, err)
	}
	rt.scheme, rt.host, rt.target = u.Scheme, u.Host, strings.TrimSuffix(u.Path, "/")+path
	return nil
}
