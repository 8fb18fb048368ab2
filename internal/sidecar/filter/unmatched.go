package filter

import (
	"net/http"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Routes are the routes of a port or egress entry.
type Routes struct {
	// ListMethods returns the methods of the routes that have the path. It is empty if nothing is served there.
	ListMethods func(path string) []string
	// Paths are the paths of the routes by which people talk to the chatbot, or the chatbot to its model, as the shape writes them. There may be
	// none.
	Paths []string
	// Fold returns a path without the segments that may identify a person or a thing.
	Fold func(path string) string
	// Count counts a request that no route matches.
	Count func(r *http.Request)
}

// RefuseUnmatched refuses requests that no route matches: an upgrade, or another path, method or type.
// The path counts as it was sent, without decoding or cleaning it, so that the upstream cannot read another path out of it.
func RefuseUnmatched(rt *exchange.Route, routes *Routes) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.Count(r)
		Refuse(w, r, FindUnmatchedFault(rt, routes, r))
	})
}

// FindUnmatchedFault returns why RefuseUnmatched refuses the request. It may change the header of the request.
func FindUnmatchedFault(rt *exchange.Route, routes *Routes, r *http.Request) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return rewriteUpgrade(r) },
		func() *refusal.Refusal { return newMissRefusal(rt, routes, r) },
	)
}

// newMissRefusal returns the refusal that names what a request lacks that no route matches.
func newMissRefusal(rt *exchange.Route, routes *Routes, r *http.Request) *refusal.Refusal {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	methods := routes.ListMethods(strings.TrimPrefix(path, rt.Prefix))
	switch {
	case len(methods) == 0 && isAmbiguous(path):
		return refusal.New(refusal.PathAmbiguous)
	case len(methods) == 0:
		return refusal.New(refusal.PathUnknown).WithRemedy(describeNeededRoute(rt, routes, r, path))
	case !slices.Contains(methods, r.Method):
		why := refusal.Because(refusal.Method, "The request method is not "+strings.Join(methods, " or ")+".").
			WithRemedy("Send requests for this path with " + strings.Join(methods, " or ") + ".")
		why.Header = http.Header{"Allow": {strings.Join(methods, ", ")}}
		return why
	}
	// Path and method fit a route, but the type or the query does not.
	return refusal.New(refusal.RouteUnknown)
}

// maxNamedPaths is the number of paths that a refusal names.
const maxNamedPaths = 3

// describeNeededRoute returns the remedy for a path that no route has.
func describeNeededRoute(rt *exchange.Route, routes *Routes, r *http.Request, path string) string {
	remedy := "Send the request to a path that the page of the shape names."
	if len(routes.Paths) > 0 {
		remedy = "Send messages to " + joinPaths(rt.Prefix, routes.Paths) + "."
	}
	if rt.Direction == exchange.Egress {
		return remedy
	}
	return remedy + " If the chatbot serves this path too, the team that runs it must declare a shape that has a route for " +
		foldMethod(r.Method) + " " + routes.Fold(path) + ", in spec.ports[].shape or spec.ports[].inline of the ChatbotDeployment."
}

// joinPaths returns the first of the paths as `/a, /b or /c`, each after the prefix.
func joinPaths(prefix string, paths []string) string {
	var b strings.Builder
	named := paths[:min(len(paths), maxNamedPaths)]
	for i, path := range named {
		switch {
		case i > 0 && i == len(named)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(prefix + path)
	}
	if strings.Contains(b.String(), "{") {
		b.WriteString(", with a value of your own for what is in braces")
	}
	return b.String()
}

// foldMethod returns a method that HTTP defines, and OTHER for all others.
func foldMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "OTHER"
}

// RefuseUnknownEntry refuses requests on the egress address that name no egress entry.
func RefuseUnknownEntry() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		why := rewriteUpgrade(r)
		switch {
		case why != nil: // an upgrade
		case isAmbiguous(path):
			why = refusal.New(refusal.PathAmbiguous)
		default:
			why = refusal.New(refusal.PathUnknown).
				WithRemedy("Begin the path with a slash and the name of a processor that the ChatbotDeployment declares with a host, such as /model/v1/chat/completions.")
		}
		Refuse(w, r, why)
	})
}

// RefuseRoute refuses all requests of a route.
func RefuseRoute(rt *exchange.Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { Refuse(w, r, newRouteRefusal(rt)) })
}

// newRouteRefusal returns the refusal of all requests of a route.
func newRouteRefusal(rt *exchange.Route) *refusal.Refusal {
	why := refusal.New(refusal.RouteRefused)
	if rt.Reason != "" {
		why.What = rt.Reason
	}
	return why
}
