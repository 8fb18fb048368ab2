package filter

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxParameters is the largest number of query parameters. Chat APIs use one or two, such as a version.
const maxParameters = 100

// CheckHeader refuses requests that the route cannot serve: an upgrade, a media type that the format cannot read, a compressed body, a
// malformed query, or a path or query in which hasPersonalData reports a match.
func CheckHeader(rt *exchange.Route, hasPersonalData func(text []byte) bool) Filter {
	return refuseWith(func(r *http.Request) *refusal.Refusal { return findFault(rt, r, hasPersonalData) })
}

// refuseWith returns the filter that refuses the requests for which find returns a refusal.
func refuseWith(find func(r *http.Request) *refusal.Refusal) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if why := find(r); why != nil {
				Refuse(w, r, why)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// findFault returns why the route refuses a request with this header, or nil. It runs the checks in a fixed order and returns the first
// refusal. It may delete an offer of HTTP/2 (see rewriteUpgrade) and change the query (see rewriteQuery).
func findFault(rt *exchange.Route, r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return rewriteUpgrade(r) },
		func() *refusal.Refusal { return checkBody(rt, r) },
		func() *refusal.Refusal { return checkPath(rt, r, hasPersonalData) },
		func() *refusal.Refusal {
			if rt.ReadsQuery { // RewriteBody reads and rewrites the query.
				return nil
			}
			return rewriteQuery(r, hasPersonalData)
		},
	)
}

// CheckSocket refuses requests that the route of a socket cannot serve: those with a malformed query, or a path or query in which
// hasPersonalData reports a match.
func CheckSocket(rt *exchange.Route, hasPersonalData func(text []byte) bool) Filter {
	return refuseWith(func(r *http.Request) *refusal.Refusal { return findSocketFault(rt, r, hasPersonalData) })
}

// findSocketFault returns why CheckSocket refuses a request, or nil. It also encodes the query again (rewriteQuery).
func findSocketFault(rt *exchange.Route, r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return checkPath(rt, r, hasPersonalData) },
		func() *refusal.Refusal { return rewriteQuery(r, hasPersonalData) },
	)
}

// findFirst runs the checks in their order and returns the first refusal, or nil.
func findFirst(checks ...func() *refusal.Refusal) *refusal.Refusal {
	for _, check := range checks {
		if why := check(); why != nil {
			return why
		}
	}
	return nil
}

// FindUpgrade returns the protocols for which a request asks in the header Upgrade, apart from offers of h2c. It returns "" if there are none.
func FindUpgrade(h http.Header) string {
	var asked []string
	for _, protocols := range h["Upgrade"] {
		for protocol := range strings.SplitSeq(protocols, ",") {
			if protocol = strings.TrimSpace(protocol); !strings.EqualFold(protocol, "h2c") {
				asked = append(asked, cmp.Or(protocol, "nothing"))
			}
		}
	}
	return strings.Join(asked, ",")
}

// rewriteUpgrade refuses requests for another protocol, such as WebSocket or a tunnel. It deletes the offer to continue in HTTP/2 (h2c),
// which a server may ignore (RFC 9110, section 7.8): some clients, such as that of Java, send it with each request and continue in HTTP/1.1
// without an agreement. The offer must not reach the upstream, which could accept it.
func rewriteUpgrade(r *http.Request) *refusal.Refusal {
	if r.Method == http.MethodConnect {
		return refusal.New(refusal.Upgrade)
	}
	if FindUpgrade(r.Header) != "" {
		return refusal.New(refusal.Upgrade)
	}
	deleteOffer(r.Header)
	return nil
}

// deleteOffer deletes the offer to continue in HTTP/2 (h2c). Other protocols stay.
func deleteOffer(h http.Header) {
	if asked := FindUpgrade(h); asked != "" {
		h["Upgrade"] = []string{asked}
	} else {
		delete(h, "Upgrade")
	}
	// HTTP2-Settings belongs to the offer (RFC 7540, section 3.2.1).
	delete(h, "Http2-Settings")
}

// checkPath refuses a path in which hasPersonalData reports a match, if clients choose a part of it.
func checkPath(rt *exchange.Route, r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	if !rt.HasVariables {
		return nil
	}
	path := r.URL.Path
	if rt.Secrets != nil {
		sent := rt.Secrets.LeaveOut(strings.TrimPrefix(r.URL.EscapedPath(), rt.Prefix))
		var err error
		if path, err = url.PathUnescape(sent); err != nil {
			return refusal.New(refusal.PathAmbiguous)
		}
	}
	if hasPersonalData([]byte(strings.ReplaceAll(path, "/", " "))) {
		return refusal.New(refusal.PathPersonal)
	}
	return nil
}

// isAmbiguous reports whether servers may read different paths out of the text: it has escapes, segments that begin with a dot, doubled
// slashes, parameters, a fragment, or characters that a path cannot have.
func isAmbiguous(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/.") {
		return true
	}
	return strings.ContainsFunc(path, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`%\;#`, c)
	})
}

// CheckUnread refuses requests of a route that passes bodies unread for what CheckHeader refuses them, apart from the body.
func CheckUnread(rt *exchange.Route, hasPersonalData func(text []byte) bool) Filter {
	return refuseWith(func(r *http.Request) *refusal.Refusal { return findUnreadFault(rt, r, hasPersonalData) })
}

// findUnreadFault returns why CheckUnread refuses a request, or nil.
func findUnreadFault(rt *exchange.Route, r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return rewriteUpgrade(r) },
		func() *refusal.Refusal { return checkPath(rt, r, hasPersonalData) },
		func() *refusal.Refusal { return rewriteQuery(r, hasPersonalData) },
	)
}

// CheckAsset refuses requests for assets with an upgrade or a body. Their paths and queries are not searched for personal data: names of
// assets hold the digits of hashes, and only the app itself receives them.
func CheckAsset() Filter { return refuseWith(findAssetFault) }

// findAssetFault returns why CheckAsset refuses a request, or nil.
func findAssetFault(r *http.Request) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return rewriteUpgrade(r) },
		func() *refusal.Refusal { return checkEmpty(r) },
	)
}

// checkBody refuses a body that the format cannot read. Only a turn must have one.
func checkBody(rt *exchange.Route, r *http.Request) *refusal.Refusal {
	switch {
	case rt.ReadsQuery:
		return checkEmpty(r)
	case !mustRead(rt, r):
		return nil
	}
	return checkType(rt, r.Header)
}

// mustRead reports whether the request has texts in its body or query, or must have some.
func mustRead(rt *exchange.Route, r *http.Request) bool {
	return rt.Use == shape.UseTurn || r.ContentLength != 0 || rt.ReadsQuery && r.URL.RawQuery != ""
}

// checkType refuses a body whose media type the format cannot read, and one in a content coding that Decode has left.
func checkType(rt *exchange.Route, h http.Header) *refusal.Refusal {
	if types := h["Content-Type"]; len(types) != 1 || !rt.Format.AcceptRequest(types[0]) {
		return refusal.New(refusal.ContentType)
	}
	if _, ok := coding.Of(h); !ok {
		why := refusal.New(refusal.ContentEncoding)
		// RFC 9110, section 15.5.16: the header says which codings would have been accepted.
		why.Header = http.Header{"Accept-Encoding": {coding.Accepted}}
		return why
	}
	return nil
}

// rewriteQuery refuses a query that is malformed, has too many parameters or contains personal data. It encodes any other query again from
// the parsed parameters, so that the upstream reads the same parameters.
func rewriteQuery(r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	if r.URL.RawQuery == "" && !r.URL.ForceQuery {
		return nil
	}
	if strings.Count(r.URL.RawQuery, "&") >= maxParameters {
		return refusal.Because(refusal.Query, "The query has more than "+strconv.Itoa(maxParameters)+" parameters.")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refusal.New(refusal.Query)
	}
	for name, texts := range values {
		// Search the name too: it can be personal data, or context for the values, such as `phone`.
		if hasPersonalData([]byte(name + " " + strings.Join(texts, " "))) {
			return refusal.Because(refusal.Query, "The query contains personal data.").
				WithRemedy("Put personal data into the messages of the body, where the sidecar redacts it.")
		}
	}
	r.URL.RawQuery, r.URL.ForceQuery = values.Encode(), false
	return nil
}
