package transport

import (
	"mime"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// assetTypes are the media types of what web pages are made of, besides those that begin with `image/` or `font/`. None of them carries the
// data of a conversation by itself, as JSON, plain text and event streams do.
var assetTypes = []string{
	"text/html", "text/css", "text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript",
	"application/wasm", "application/manifest+json", "application/font-woff", "application/font-woff2", "application/x-font-ttf",
	"application/x-font-otf", "application/x-font-woff", "application/vnd.ms-fontobject",
}

// AssetHandler returns the last handler of a route for what web pages are made of. Answers pass unread, with their headers for caches, if
// their type is one of assetTypes.
func (u *Upstream) AssetHandler(rt *exchange.Route) http.Handler {
	proxy := u.newProxy(rt)
	proxy.Rewrite = func(pr *httputil.ProxyRequest) { rewriteAssetRequest(pr, rt) }
	proxy.ModifyResponse = u.checkAsset
	return proxy
}

// rewriteAssetRequest sends the request to the app as a proxy does: conditions, ranges and accepted codings stay.
func rewriteAssetRequest(pr *httputil.ProxyRequest, rt *exchange.Route) {
	pr.Out.URL = rt.Locate(pr.In.URL)
	pr.Out.URL.RawQuery, pr.Out.URL.ForceQuery = pr.In.URL.RawQuery, pr.In.URL.ForceQuery
	rewriteForwarding(pr, rt)
	// Trailers do not pass, and the request has no body. See rewriteRequest.
	delete(pr.Out.Header, "Te")
	delete(pr.Out.Header, "Expect")
}

// checkAsset passes an asset on, and refuses every other answer. Errors and redirects are rewritten like those of other routes, unless an
// error is a page.
func (u *Upstream) checkAsset(res *http.Response) error {
	sc := exchange.From(res.Request)
	filter.DeleteReserved(res.Header)
	// The HTTP transport sets trailers at the end of the body, which nothing inspects.
	res.Trailer = nil
	switch {
	case isRedirect(res.StatusCode):
		return u.rewriteRedirect(sc, res)
	case isAsset(res):
		return nil
	case res.StatusCode >= 400:
		return u.rewriteFailure(sc, res)
	}
	return refusal.Because(refusal.AnswerType, "The answer is no page, script, style, font or image, so it could be a part of a conversation.").
		WithRemedy("The team that runs the chatbot must declare a shape that has a route for this path whose use is history, opening, control or pass.")
}

// isAsset reports whether an answer is an asset by its status and its type.
func isAsset(res *http.Response) bool {
	types := res.Header["Content-Type"]
	switch {
	case res.StatusCode < 200:
		return false
	case res.StatusCode == http.StatusNotModified, res.StatusCode == http.StatusNoContent:
		return true
	case len(types) == 0: // Only an answer without content needs no type.
		return res.ContentLength == 0
	case len(types) > 1:
		return false
	}
	// The error is that of the parameters, which do not matter.
	media, _, _ := mime.ParseMediaType(types[0])
	return media == "application/json" && isSourceMap(res.Request.URL.Path) || strings.HasPrefix(media, "image/") || strings.HasPrefix(media, "font/") || slices.Contains(assetTypes, media)
}

// isSourceMap reports whether a path is that of the source map of a script or a style. The ID of a conversation can end with .map, too.
func isSourceMap(path string) bool {
	name, found := strings.CutSuffix(path, ".map")
	return found && slices.ContainsFunc([]string{".js", ".mjs", ".cjs", ".css"}, func(end string) bool { return strings.HasSuffix(name, end) })
}
