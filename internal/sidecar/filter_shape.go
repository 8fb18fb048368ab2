package sidecar

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// maxParameters bounds the query; the interface itself needs one or two (a version).
const maxParameters = 100

// shape admits only the one path, method and media type that can be read. The decision is made on the bytes of the request
// line, not on a cleaned form of them, so nobody downstream can read another path than was decided on.
func (g *generation) shape(rt *route) filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f := g.misshapen(rt, r); f != nil {
				refuse(w, r, f)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (g *generation) misshapen(rt *route, r *http.Request) *finding {
	for _, check := range []func() *finding{
		func() *finding { return apiFinding(rt.api) },
		func() *finding { return upgradeFinding(r) },
		func() *finding { return pathFinding(rt, r) },
		func() *finding { return methodFinding(r) },
		func() *finding { return typeFinding(r.Header) },
		func() *finding { return g.queryFinding(r) },
	} {
		if f := check(); f != nil {
			return f
		}
	}
	return nil
}

func apiFinding(api string) *finding {
	if api == sidecarconfig.APIOpenAIChat {
		return nil
	}
	return &finding{
		rule: ruleAPIUnsupported, what: "This version of the sidecar cannot read " + api + ".",
		remedy: "Declare a port with the interface " + sidecarconfig.APIOpenAIChat + ".",
	}
}

func upgradeFinding(r *http.Request) *finding {
	if len(r.Header["Upgrade"]) == 0 && r.Method != http.MethodConnect {
		return nil
	}
	return &finding{rule: ruleUpgrade, what: "The connection cannot be upgraded.", remedy: "Use plain HTTP requests."}
}

func pathFinding(rt *route, r *http.Request) *finding {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if path == rt.path && rt.path != "" {
		return nil
	}
	if ambiguous(path) {
		return &finding{
			rule: rulePathAmbiguous, what: "The path can be read in more than one way.",
			remedy: "Send the path as it is documented, without escapes, dots and doubled slashes.",
		}
	}
	remedy := "Use the declared path " + rt.path + "."
	if rt.path == "" {
		remedy = "Begin the path with the name of a declared model service."
	}
	return &finding{rule: rulePathUnknown, what: "Nothing is served at this path.", remedy: remedy}
}

func ambiguous(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/.") {
		return true
	}
	return strings.ContainsFunc(path, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`%\;#`, c)
	})
}

func methodFinding(r *http.Request) *finding {
	if r.Method == http.MethodPost {
		return nil
	}
	return &finding{rule: ruleMethod, what: "The method is not POST.", remedy: "Send chat requests with POST."}
}

// typeFinding admits JSON in UTF-8 that is not compressed.
func typeFinding(h http.Header) *finding {
	if types := h["Content-Type"]; len(types) != 1 || !isJSON(types[0]) {
		return &finding{
			rule: ruleContentType, what: "The body is not declared as JSON.",
			remedy: "Send one header Content-Type: application/json.",
		}
	}
	if !plainEncoding(h) {
		return &finding{
			rule: ruleContentEncoding, what: "The body is encoded.",
			remedy: "Send the body without Content-Encoding.",
		}
	}
	return nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

func plainEncoding(h http.Header) bool {
	for _, encoding := range h["Content-Encoding"] {
		if !strings.EqualFold(encoding, "identity") {
			return false
		}
	}
	return true
}

// queryFinding parses the query strictly and encodes it anew, so that what is passed on is what was read. Personal data in it
// is refused.
func (g *generation) queryFinding(r *http.Request) *finding {
	if r.URL.RawQuery == "" && !r.URL.ForceQuery {
		return nil
	}
	bad := &finding{rule: ruleQuery, what: "The query is malformed or too long.", remedy: "Send plain name=value pairs."}
	if strings.Count(r.URL.RawQuery, "&") >= maxParameters {
		return bad
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad
	}
	for name, list := range values {
		if g.set.Finds([]byte(name + " " + strings.Join(list, " "))) {
			return &finding{rule: ruleQuery, what: "The query holds personal data.", remedy: "Put it into the messages, where it is redacted."}
		}
	}
	r.URL.RawQuery, r.URL.ForceQuery = values.Encode(), false
	return nil
}
