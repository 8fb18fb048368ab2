package transport

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// isRedirect reports whether a status sends the client to the URL in the header Location.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// rewriteRedirect passes a redirect on if it leads back to the host that the client called, and thus to the sidecar. It refuses every other
// one: the client would repeat its request, with all personal data, at a server that the sidecar does not govern. Clients do not show the
// body of a redirect, so it is dropped.
func (u *Upstream) rewriteRedirect(sc *exchange.Scope, res *http.Response) error {
	// Refresh is a second way to send browsers elsewhere.
	delete(res.Header, "Refresh")
	// The body is dropped, and its type with it.
	delete(res.Header, "Content-Type")
	u.rewriteHeader(res.Header, &sc.AnswerRedactions)
	locations := res.Header["Location"]
	// The app's own client reads the location relative to the address of the sidecar, which serves other paths than the model service.
	isModel := sc.Route.RewritesHost
	if isModel || len(locations) != 1 || !leadsBack(locations[0], res.Request.Host) {
		return refusal.Because(refusal.AnswerType, "The chatbot or model service answered with a redirect to another host.").
			WithRemedy("The developer of the chatbot or model service must answer without a redirect, or redirect to a path on the same host.")
	}
	replaceBody(res, nil)
	return nil
}

// leadsBack reports whether the location of a redirect stays on the host of the request, which may have a port.
func leadsBack(location, host string) bool {
	// Browsers read a backslash as a slash, so \\elsewhere.example is another host for them.
	if location == "" || strings.Contains(location, `\`) {
		return false
	}
	u, err := url.Parse(location)
	if err != nil {
		return false
	}
	if u.Scheme == "" && u.Host == "" {
		// Browsers take every location that begins with two slashes for another host, also ///elsewhere.example.
		return !strings.HasPrefix(location, "//")
	}
	return (u.Scheme == "" || u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}
