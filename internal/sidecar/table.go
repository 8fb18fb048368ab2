package sidecar

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// table is the routes of one port or egress entry with their handlers. It is immutable.
type table struct {
	*service
	rows []tableRow
	// unmatched is the route of requests that no route of the shape matches.
	unmatched *exchange.Route
	// refuse and pass are the handlers of unmatched requests, as the mode says.
	refuse, pass http.Handler
	// document serves the disclosure document; nil for egress entries.
	document http.Handler
	origins  *filter.Origins
	// scheme is how messages to the port are signed; nil if the shape says nothing of it, and for egress entries.
	scheme *signature.Scheme
}

// tableRow is a route with its handlers.
type tableRow struct {
	route *exchange.Route
	// govern serves requests of the route. end is the rest of govern, after the filters with which an exchange begins. pass passes requests
	// unchanged.
	govern, end, pass http.Handler
	// preflight serves the questions of browsers; nil for egress entries.
	preflight http.Handler
}

// newTable returns the table of a port or egress entry, which base describes. refusals is that of sidecarconfig.Port.
func (c *loadedConfig) newTable(base *exchange.Route, upstream string, s *service, refusals string) (*table, error) {
	if err := setUpstream(base, upstream); err != nil {
		return nil, err
	}
	base.Format, base.Revision = s.main, s.revision
	base.MaxRequestBytes, base.MaxAnswerBytes = c.limitBodies(s)
	base.SaysRefusals = saysRefusals(refusals, s.main)
	t := &table{service: s, unmatched: base}
	if base.Direction == exchange.Ingress {
		t.scheme = c.newScheme(base.Name, s.signature, s.secret)
		t.origins = filter.NewOrigins(c.shared.options.Now, c.upstream.AskOrigin(base, t.findExample()))
	}
	for i := range s.routes {
		t.rows = append(t.rows, c.newRow(t, i, refusals))
	}
	known := &filter.Routes{
		ListMethods: s.router.ListMethods, Paths: t.listTurnPaths(),
		Fold:  func(path string) string { return c.observer.Fold(base.Direction, base.Name, path) },
		Count: func(r *http.Request) { c.observer.CountUnmatched(base.Direction, base.Name, r) },
	}
	refuse := filter.Chain(filter.RefuseUnmatched(base, known), c.endUnmatched())
	t.refuse = filter.Chain(refuse, c.beginGoverned(base, t.origins))
	t.pass = c.buildPassing(base, known)
	return t, nil
}

// newScheme returns how messages to a port are signed, or nil if the shape says nothing of it. Without a secret, nothing is checked.
func (c *loadedConfig) newScheme(port string, signed *shape.Signature, secret *sidecarconfig.Signature) *signature.Scheme {
	if signed == nil {
		return nil
	}
	scheme := &signature.Scheme{Signature: *signed, Port: port, Now: c.shared.options.Now}
	if secret != nil {
		scheme.BaseURL, scheme.Secrets = secret.URL, c.shared.secrets
		c.shared.secrets.Look(port)
	}
	return scheme
}

// saysRefusals reports whether people learn of refusals by answers. Empty refusals leave the choice to the shape, which can name an answer
// for a route only.
func saysRefusals(refusals string, f dialect.Format) bool {
	return refusals == sidecarconfig.RefusalsAsAnswers || refusals == "" && f.SaysRefusals()
}

// newRow returns the row of the route at the index. refusals is that of sidecarconfig.Port.
func (c *loadedConfig) newRow(t *table, index int, refusals string) tableRow {
	route := &t.routes[index]
	rt := *t.unmatched
	rt.Format, rt.Match, rt.Use, rt.HasVariables = route.format, route.Name, route.Use, route.HasVariables()
	rt.Reason, rt.ReadsQuery, rt.HasPackets, rt.SessionSegment = route.Reason, route.readsQuery, route.hasPackets, route.FindSession()
	rt.AnswersElsewhere, rt.Secrets = route.AnswersElsewhere, route.secrets
	rt.SaysRefusals = saysRefusals(refusals, route.format)
	rt.Fetches, rt.SaysLater = route.Fetches, t.hasRoute(func(r *shape.Route) bool { return r.Fetches })
	rt.Recalls = slices.ContainsFunc(t.routes, func(r serviceRoute) bool { return r.format.Recalls() })
	rt.Polls, rt.HasTalk = route.Polls, t.hasRoute(func(r *shape.Route) bool { return r.Use == shape.UseTurn || r.Use == shape.UseSocket })
	c.setCalls(&rt, t.service, route)
	rt.IsUnread = !route.IsRead() && route.Use != shape.UseRefuse
	if route.Signed {
		rt.Signature = t.scheme
	}
	if t.router.HasWhen(index) { // The route has a condition on the body. Requests that do not meet it can belong to a later route.
		rt.ChooseByBody = func(r *http.Request, body []byte) *exchange.Route { return t.chooseByBody(r, index, body) }
	}
	row := tableRow{route: &rt, pass: c.buildPassing(&rt, nil)}
	if rt.Direction == exchange.Ingress {
		row.preflight = c.buildPreflight(&rt, t.origins)
	}
	row.end = c.buildEnd(&rt, route.Route)
	last := row.end
	if rt.ChooseByBody != nil {
		last = filter.ChooseRoute(t.findEnd)
	}
	begin := c.beginGoverned(&rt, t.origins)
	switch route.Use {
	case shape.UsePass:
		const hidesID = false // A suspended chatbot refuses the exchange.
		begin = c.beginPassed(&rt, hidesID)
	case shape.UseFiles:
		begin = c.beginUpload(&rt, t.origins)
	}
	row.govern = filter.Chain(last, begin)
	return row
}

// hasRoute reports whether a route of the table is of the kind.
func (t *table) hasRoute(is func(*shape.Route) bool) bool {
	return slices.ContainsFunc(t.routes, func(r serviceRoute) bool { return is(r.Route) })
}

// buildEnd returns the rest of the chain of a route, after the filters with which its exchanges begin.
func (c *loadedConfig) buildEnd(rt *exchange.Route, route *shape.Route) http.Handler {
	switch route.Use {
	case shape.UseRefuse:
		return filter.RefuseRoute(rt)
	case shape.UsePass:
		return filter.Chain(c.upstream.Pass(rt), c.endPassed(rt))
	case shape.UseFiles:
		return filter.Chain(c.upstream.UploadHandler(rt), c.endUpload(rt))
	case shape.UseAsset:
		return filter.Chain(c.upstream.AssetHandler(rt), c.endAsset())
	}
	if rt.Direction == exchange.Ingress {
		return c.buildPortEnd(rt, route)
	}
	return c.buildProcessorEnd(rt, route)
}

// buildPortEnd does the work of buildEnd for a route of a port whose exchanges are read.
func (c *loadedConfig) buildPortEnd(rt *exchange.Route, route *shape.Route) http.Handler {
	switch route.Use {
	case shape.UseSocket:
		return c.buildSocket(rt)
	case shape.UseTurn:
		return filter.Chain(c.upstream.Handler(rt), c.endTurn(rt))
	case shape.UseControl:
		return filter.Chain(c.upstream.Handler(rt), c.endControl(rt))
	}
	return filter.Chain(c.upstream.Handler(rt), c.endPast(rt))
}

// buildProcessorEnd does the work of buildEnd for a route to a processor whose exchanges are read.
func (c *loadedConfig) buildProcessorEnd(rt *exchange.Route, route *shape.Route) http.Handler {
	switch route.Use {
	case shape.UseReply:
		return filter.Chain(c.upstream.ReplyHandler(rt), c.endReply(rt))
	case shape.UseHistory:
		return filter.Chain(c.upstream.Handler(rt), append(c.endModel(rt), filter.RefusePolling(c.asker)))
	}
	return filter.Chain(c.upstream.Handler(rt), c.endModel(rt))
}

// findExample returns a path of the shape, for refusals and for questions to the app. A path with variables is no example. If all paths
// have some, findExample returns the root.
func (t *table) findExample() string {
	for i := range t.routes {
		if !t.routes[i].HasVariables() {
			return t.routes[i].Path[0]
		}
	}
	return "/"
}

// listTurnPaths returns the paths of the routes by which people talk to the chatbot, or the chatbot to its model or to people, each once.
func (t *table) listTurnPaths() []string {
	var paths []string
	for i := range t.routes {
		if !slices.Contains([]string{shape.UseTurn, shape.UseSocket, shape.UseReply}, t.routes[i].Use) {
			continue
		}
		for _, path := range t.routes[i].Path {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// findEnd returns the handler that serves the rest of an exchange of the route.
func (t *table) findEnd(rt *exchange.Route) http.Handler {
	return t.rows[slices.IndexFunc(t.rows, func(row tableRow) bool { return row.route == rt })].end
}

// newHead returns what the header of a request says about its route.
func (t *table) newHead(r *http.Request) shape.Head {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	head := shape.Head{Method: r.Method, Path: strings.TrimPrefix(path, t.unmatched.Prefix), Query: query}
	head.Upgrade = filter.FindUpgrade(r.Header)
	head.Type = strings.Join(r.Header["Content-Type"], ", ")
	return head
}

// find returns the row of a request, or nil if no route matches. The body of the request may still choose another row.
func (t *table) find(r *http.Request) *tableRow {
	head := t.newHead(r)
	index, found := 0, false
	if t.isPreflight(r) {
		index, found = t.router.FindPath(r.Header.Get(filter.HeaderAllowedMethod), head.Path)
	} else {
		index, found = t.router.Find(&head, 0)
	}
	if !found {
		return nil
	}
	return &t.rows[index]
}

// isPreflight reports whether the request is the question of a browser to the app.
func (t *table) isPreflight(r *http.Request) bool {
	return t.unmatched.Direction == exchange.Ingress && filter.IsPreflight(r)
}

// serve governs a request.
func (t *table) serve(w http.ResponseWriter, r *http.Request) {
	row := t.find(r)
	switch {
	case t.isDocument(r):
		t.document.ServeHTTP(w, r)
	case row == nil:
		t.refuse.ServeHTTP(w, r)
	case t.isPreflight(r):
		row.preflight.ServeHTTP(w, r)
	default:
		row.govern.ServeHTTP(w, r)
	}
}

// isDocument reports whether the request is for the disclosure document.
func (t *table) isDocument(r *http.Request) bool {
	return t.document != nil && r.RequestURI == filter.DisclosurePath
}

// passOn passes a request on unchanged.
func (t *table) passOn(w http.ResponseWriter, r *http.Request) {
	if row := t.find(r); row != nil {
		row.pass.ServeHTTP(w, r)
		return
	}
	t.pass.ServeHTTP(w, r)
}

// chooseHandler returns the handler of the port or egress entry as the mode of the configuration says.
func (t *table) chooseHandler(mode string) http.Handler {
	switch mode {
	case sidecarconfig.ModeObserve:
		return http.HandlerFunc(t.passOn)
	case sidecarconfig.ModePassUndeclared:
		pass := filter.CloseDetours()(t.pass)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if t.isDocument(r) || t.find(r) != nil || t.leadsToRoute(r) || asksForTunnel(r) {
				t.serve(w, r)
				return
			}
			pass.ServeHTTP(w, r)
		})
	}
	return http.HandlerFunc(t.serve)
}

// asksForTunnel reports whether the request asks for a protocol other than WebSocket. After it, further requests could pass as bytes. Sockets
// of the app pass like its other undeclared requests: many apps need one.
func asksForTunnel(r *http.Request) bool {
	asked := filter.FindUpgrade(r.Header)
	return asked != "" && !strings.EqualFold(asked, "websocket")
}

// leadsToRoute reports whether a server could take the request for one of a route. Such a request is governed, and refused if it
// does not spell the path as the shape does, so that another spelling is no way around a route.
func (t *table) leadsToRoute(r *http.Request) bool {
	sent, _, _ := strings.Cut(r.RequestURI, "?")
	cleaned := strings.TrimPrefix(path.Clean("/"+r.URL.Path), t.unmatched.Prefix)
	return t.router.LeadsTo(r.Method, strings.TrimPrefix(sent, t.unmatched.Prefix)) || t.router.LeadsTo(r.Method, cleaned)
}

// chooseByBody uses the body to choose among the routes from the index on, of which the first matches the header of the request. It returns nil
// if none of them fits.
func (t *table) chooseByBody(r *http.Request, index int, body []byte) *exchange.Route {
	head := t.newHead(r)
	for found := true; found; index, found = t.router.Find(&head, index+1) {
		if t.router.MatchBody(index, body) {
			return t.rows[index].route
		}
	}
	return nil
}
