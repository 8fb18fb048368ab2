package sidecar

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/calls"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// buildPort returns the handler of one declared port: it serves the disclosure document at DisclosurePath, and the routes of the shape.
func (c *loadedConfig) buildPort(p sidecarconfig.Port) (http.Handler, error) {
	base := &exchange.Route{Direction: exchange.Ingress, Name: p.Name, API: p.Shape}
	s, err := c.shared.newService(use{shape.SidePorts, p.Shape, p.Revision, p.Document, p.Parameters, p.Signature})
	if err != nil {
		return nil, err
	}
	t, err := c.newTable(base, p.Upstream, s, p.Refusals)
	if err != nil {
		return nil, err
	}
	ours := &exchange.Route{
		Direction: exchange.Ingress, Name: p.Name, API: filter.APIDisclosure, Format: t.unmatched.Format,
	}
	t.document = c.buildDocument(ours, t.origins)
	return t.chooseHandler(c.config.Mode), nil
}

// buildEgress returns the handler of the loopback address. A request for `/name/…` belongs to the egress entry with that name, and so does
// one for `/name.http/…` or `/name.https/…`, which is called with the other scheme than that of its upstream (contract.EgressName).
func (c *loadedConfig) buildEgress() (http.Handler, error) {
	rt := &exchange.Route{
		Direction: exchange.Egress, Name: "unknown", API: sidecarconfig.DefaultShape, Format: c.shared.fallback,
		MaxRequestBytes: c.config.Limits.RequestBytes,
	}
	unknown := filter.Chain(filter.Chain(filter.RefuseUnknownEntry(), c.endUnmatched()), c.beginGoverned(rt, nil))
	entries := make(map[string]http.Handler, len(c.config.Egress))
	for _, e := range c.config.Egress {
		if err := c.addEntries(entries, e); err != nil {
			return nil, err
		}
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

// addEntries adds the handlers of an egress entry to entries, by the first segment of the path: one for each scheme.
func (c *loadedConfig) addEntries(entries map[string]http.Handler, e sidecarconfig.Egress) error {
	s, err := c.shared.newService(use{shape.SideProcessors, e.Shape, e.Revision, e.Document, e.Parameters, nil})
	if err != nil {
		return err
	}
	c.addModel(e, s.routes)
	settings, err := c.compileCalls(e, s)
	if err != nil {
		return err
	}
	for segment, upstream := range listUpstreams(e) {
		// The app sends the loopback address as Host; a model service expects its own name.
		base := &exchange.Route{Direction: exchange.Egress, Name: e.Name, API: e.Shape, Prefix: "/" + segment, RewritesHost: true, Calls: settings}
		t, err := c.newTable(base, upstream, s, sidecarconfig.RefusalsAsErrors)
		if err != nil {
			return err
		}
		entries[segment] = t.chooseHandler(c.config.Mode)
	}
	return nil
}

// compileCalls returns what the sidecar sees to in calls of a processor, as its shape and the declaration say; nil for nothing. A service of the
// cluster may know who writes: the organization itself runs it.
func (c *loadedConfig) compileCalls(e sidecarconfig.Egress, s *service) (*calls.Settings, error) {
	var lifted []string
	if e.StoresConversations {
		lifted = append(lifted, shape.AgainstStorage)
	}
	if e.TrainsOnData {
		lifted = append(lifted, shape.AgainstTraining)
	}
	host := hostOf(e)
	if contract.IsNear(host) {
		lifted = append(lifted, shape.AgainstIdentification)
	}
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	return calls.Compile(s.egress, name, lifted, c.shared.pseudonyms)
}

// setCalls sets what the sidecar does about the calls of a route of a service, apart from their texts. Only calls of models in JSON have settings.
func (c *loadedConfig) setCalls(rt *exchange.Route, s *service, route *serviceRoute) {
	if !route.isJSON || route.Use != shape.UseTurn {
		rt.Calls = nil
		return
	}
	if rt.Direction == exchange.Egress {
		rt.FindModel = c.newModelFinder(s.model, route.Path[0], rt.Prefix)
	}
}

// newModelFinder returns exchange.Route.FindModel for a route. place is shape.Shape.Model, path a path of the route, and prefix what paths of the
// egress entry begin with.
func (c *loadedConfig) newModelFinder(place, path, prefix string) func(string, []byte) string {
	declared := c.model
	if declared == nil || place == "" {
		return nil
	}
	if member, isMember := strings.CutPrefix(place, "$."); isMember {
		return func(_ string, body []byte) string { return declared.Compare(calls.FindMember(body, member)) }
	}
	index := slices.IndexFunc(strings.Split(path, "/"), func(segment string) bool { return strings.Contains(segment, shape.ModelVariable) })
	if index < 0 {
		return nil
	}
	_, method, _ := strings.Cut(strings.Split(path, "/")[index], shape.ModelVariable)
	return func(path string, _ []byte) string {
		segments := strings.Split(strings.TrimPrefix(path, prefix), "/")
		if index >= len(segments) {
			return ""
		}
		return declared.Compare(strings.TrimSuffix(segments[index], method))
	}
}

// hostOf returns the host of the upstream of an egress entry, with its port if it names one.
func hostOf(e sidecarconfig.Egress) string {
	_, rest, _ := strings.Cut(e.Upstream, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// listUpstreams returns the upstream of an egress entry, and the same with the other scheme, by the first segment of the path.
func listUpstreams(e sidecarconfig.Egress) map[string]string {
	scheme, rest, _ := strings.Cut(e.Upstream, "://")
	other := map[string]string{"http": "https", "https": "http"}[scheme]
	return map[string]string{e.Name: e.Upstream, e.Name + "." + other: other + "://" + rest}
}

// service is a wire format with its routes, as a port or an egress entry has it.
type service struct {
	routes []serviceRoute
	router *shape.Router
	// main is the format of refusals for requests that no route matches.
	main dialect.Format
	// revision is that of the shape.
	revision int
	// requestBytes and answerBytes are the limits of bodies that the shape names; 0 for none.
	requestBytes, answerBytes int64
	// signature is that of the shape.
	signature *shape.Signature
	// egress and model are those of the shape.
	egress []shape.Egress
	model  string
	// secret is use.secret.
	secret *sidecarconfig.Signature
}

// serviceRoute is a route with the wire format of its requests and answers.
type serviceRoute struct {
	*shape.Route
	format dialect.Format
	// readsQuery means that the texts of its requests are in the query.
	readsQuery bool
	// secrets are the segments of its paths that are not searched for personal data.
	secrets shape.Secrets
	// hasPackets means that it is a socket with packets of socket.io.
	hasPackets bool
	// isJSON means that its requests are JSON.
	isJSON bool
}

// use says which shape a port or an egress entry has.
type use struct {
	// side is shape.SidePorts or shape.SideProcessors.
	side       string
	name       string
	revision   int
	document   []byte
	parameters map[string]string
	// secret says with which secret messages to a port are checked; nil if the declaration names none.
	secret *sidecarconfig.Signature
}

// findShape returns the shape, with the values of its parameters and the routes of its side. It returns an error if this build does not
// have a preset in the revision.
func (u use) findShape() (*shape.Shape, error) {
	find := shape.FindPreset
	if len(u.document) > 0 {
		find = func(name string) (*shape.Shape, error) { return shape.LoadBare(name, u.document) }
	}
	found, err := find(u.name)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("this sidecar has no shape %q: use the image of the release that wrote the configuration", u.name)
	}
	if u.revision != 0 && u.revision != found.Revision {
		return nil, fmt.Errorf("this sidecar has revision %d of the shape %q, and not %d: use the image of the release that wrote the configuration",
			found.Revision, u.name, u.revision)
	}
	with, err := found.With(u.parameters)
	if err != nil {
		return nil, err
	}
	return with.At(u.side), nil
}

// newService returns the service of a shape.
func (sh *shared) newService(u use) (*service, error) {
	if format, found := sh.options.Formats[u.name]; found {
		return newTurn(format, cmp.Or(u.parameters[sidecarconfig.ParameterPath], "/"))
	}
	s, err := u.findShape()
	if err != nil {
		return nil, err
	}
	v := &service{
		revision: s.Revision, signature: s.Signature, secret: u.secret, requestBytes: int64(s.RequestBytes), answerBytes: int64(s.AnswerBytes),
		egress: s.Egress, model: s.Model,
	}
	if v.main, err = shaped.Compile(s); err != nil {
		return nil, fmt.Errorf("compile shape %s: %w", u.name, err)
	}
	for i := range s.Routes {
		route := &s.Routes[i]
		of := s.Of(route)
		format, err := shaped.Compile(of)
		if err != nil {
			return nil, fmt.Errorf("compile route %s of shape %s: %w", route.Name, u.name, err)
		}
		secrets, err := shape.NewSecrets(route)
		if err != nil {
			return nil, err
		}
		v.routes = append(v.routes, serviceRoute{
			Route: route, format: format, secrets: secrets,
			readsQuery: of.Request.Fields == shape.FieldsInQuery, hasPackets: of.Stream.Framing == shape.FramingSocketIO,
			isJSON: of.Request.Fields == "",
		})
	}
	v.router, err = shape.NewRouter(s)
	return v, err
}

// newTurn returns a service whose only route is a turn at the path.
func newTurn(format dialect.Format, path string) (*service, error) {
	routes := []shape.Route{{Name: shape.UseTurn, Method: shape.List{http.MethodPost}, Path: shape.List{path}, Use: shape.UseTurn}}
	router, err := shape.NewRouter(&shape.Shape{Routes: routes})
	return &service{routes: []serviceRoute{{Route: &routes[0], format: format}}, router: router, main: format}, err
}

// setUpstream sends the exchanges of the route to the base URL.
func setUpstream(rt *exchange.Route, baseURL string) error {
	u, err := url.Parse(baseURL)
	if err != nil {
		return fmt.Errorf("read upstream of %s: %w", rt.Name, err)
	}
	rt.Scheme, rt.Host, rt.Base = u.Scheme, u.Host, strings.TrimSuffix(u.Path, "/")
	return nil
}
