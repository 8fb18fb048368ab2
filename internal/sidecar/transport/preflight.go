package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// askTime bounds the time in which the app answers a preflight request of the sidecar: the client waits for its refusal meanwhile.
const askTime = 2 * time.Second

// PreflightHandler returns the last handler in the chain of the preflight requests of a route. The app decides about them. The sidecar
// remembers in origins what the app said.
func (u *Upstream) PreflightHandler(rt *exchange.Route, origins *filter.Origins) http.Handler {
	proxy := u.newProxy(rt)
	proxy.ModifyResponse = func(res *http.Response) error { return u.rewritePreflight(res, origins) }
	return proxy
}

// rewritePreflight passes the status and the inspected header of the app's response to a preflight request on. Browsers do not read the
// body, and fail on redirects.
func (u *Upstream) rewritePreflight(res *http.Response, origins *filter.Origins) error {
	if res.StatusCode < 200 || res.StatusCode >= 300 && res.StatusCode < 400 {
		return refusal.Because(refusal.AnswerType, "The chatbot answered the question of a browser (CORS) with a redirect or an upgrade.").
			WithRemedy("The developer of the chatbot must answer OPTIONS with status 204 or 200.")
	}
	filter.DeleteReserved(res.Header)
	u.rewriteHeader(res.Header, &exchange.From(res.Request).AnswerRedactions)
	delete(res.Header, "Content-Type")
	origins.Learn(res.Request, res.StatusCode, res.Header)
	replaceBody(res, nil)
	return nil
}

// AskOrigin returns a function that asks the app, as a browser does before a request (CORS preflight), whether pages of the origin of a refused
// request may read what the app responds. It asks for a path that the app has, because the sidecar must perhaps not pass the path of the
// request on.
func (u *Upstream) AskOrigin(rt *exchange.Route, path string) filter.AskOrigin {
	return func(ctx context.Context, r *http.Request) (int, http.Header, error) {
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		question := &http.Request{
			Method: http.MethodOptions, URL: rt.Locate(&url.URL{Path: path}), Host: r.Host,
			Header: http.Header{
				"Origin":                         r.Header["Origin"],
				"Access-Control-Request-Method":  {http.MethodPost},
				"Access-Control-Request-Headers": {"content-type"},
			},
		}
		res, err := u.Transport.RoundTrip(question.WithContext(ctx))
		if err != nil {
			return 0, nil, err
		}
		// Read a small body to its end, so that the connection can be used again. Only the header matters, also after an error.
		_, _ = io.CopyN(io.Discard, res.Body, HeaderBytes)
		return res.StatusCode, res.Header, res.Body.Close()
	}
}
