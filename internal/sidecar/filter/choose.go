package filter

import (
	"bytes"
	"io"
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// ChooseRoute returns the handler that reads the body of a request, finds its route by it, and passes the request to serve. It refuses the
// request if the route is nil. It must come after LimitLoad.
func ChooseRoute(serve func(*exchange.Route) http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sc := exchange.From(r)
		var in bytes.Buffer
		if why := readBody(r, &in); why != nil {
			Refuse(w, r, why)
			return
		}
		chosen := sc.Route.ChooseByBody(r, in.Bytes())
		// The body is checked as the header of the request has chosen the route: a route that is signed in another way cannot take it over.
		if chosen == nil || chosen.Signature != sc.Route.Signature {
			Refuse(w, r, refusal.New(refusal.RouteUnknown))
			return
		}
		sc.Route = chosen
		r.Body = io.NopCloser(&in)
		serve(chosen).ServeHTTP(w, r)
	})
}
