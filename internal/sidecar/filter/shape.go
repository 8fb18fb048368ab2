package filter

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// maxParameters bounds the query; the interface itself needs one or two (a version).
const maxParameters = 100

// Shape admits only the one path, method and media type that can be read. It decides on the bytes of the request line, not on
// a cleaned form of them, so that no later reader can see another path. Personal data that finds reports in a query is refused.
func Shape(rt *exchange.Route, finds func(text []byte) bool) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if why := checkShape(rt, r, finds); why != nil {
				Refuse(w, r, why)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// checkShape returns the first reason to refuse a request for what its header says.
func checkShape(rt *exchange.Route, r *http.Request, finds func([]byte) bool) *refusal.Refusal {
	for _, check := range []func() *refusal.Refusal{
		func() *refusal.Refusal { return checkAPI(rt) },
		func() *refusal.Refusal { return checkUpgrade(r) },
		func() *refusal.Refusal { return checkPath(rt, r) },
		func() *refusal.Refusal { return checkMethod(r) },
		func() *refusal.Refusal { return checkType(rt, r.Header) },
		func() *refusal.Refusal { return rewriteQuery(r, finds) },
	} {
		if why := check(); why != nil {
			return why
		}
	}
	return nil
}

func checkAPI(rt *exchange.Route) *refusal.Refusal {
	if !rt.Unsupported {
		return nil
	}
	return refusal.Because(refusal.APIUnsupported, "This version of the sidecar cannot read "+rt.API+".").
		WithRemedy("Declare a port with the interface " + sidecarconfig.APIOpenAIChat + ".")
}

func checkUpgrade(r *http.Request) *refusal.Refusal {
	if len(r.Header["Upgrade"]) == 0 && r.Method != http.MethodConnect {
		return nil
	}
	return refusal.New(refusal.Upgrade)
}

func checkPath(rt *exchange.Route, r *http.Request) *refusal.Refusal {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if path == rt.Path && rt.Path != "" {
		return nil
	}
	if isAmbiguous(path) {
		return refusal.New(refusal.PathAmbiguous)
	}
	remedy := "Use the declared path " + rt.Path + "."
	if rt.Path == "" {
		remedy = "Begin the path with the name of a declared model service."
	}
	return refusal.New(refusal.PathUnknown).WithRemedy(remedy)
}

// isAmbiguous reports whether a later reader could see another path.
func isAmbiguous(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/.") {
		return true
	}
	return strings.ContainsFunc(path, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`%\;#`, c)
	})
}

func checkMethod(r *http.Request) *refusal.Refusal {
	if r.Method == http.MethodPost {
		return nil
	}
	return refusal.New(refusal.Method)
}

// checkType refuses a body whose media type the format does not read, and a compressed body.
func checkType(rt *exchange.Route, h http.Header) *refusal.Refusal {
	if types := h["Content-Type"]; len(types) != 1 || !rt.Format.AcceptRequest(types[0]) {
		return refusal.New(refusal.ContentType)
	}
	if !IsPlain(h) {
		return refusal.New(refusal.ContentEncoding)
	}
	return nil
}

// IsPlain reports whether a body has no content coding other than identity: it is not compressed.
func IsPlain(h http.Header) bool {
	for _, encoding := range h["Content-Encoding"] {
		if !strings.EqualFold(encoding, "identity") {
			return false
		}
	}
	return true
}

// rewriteQuery parses the query strictly and encodes it again, so that what is passed on is what was read.
func rewriteQuery(r *http.Request, finds func([]byte) bool) *refusal.Refusal {
	if r.URL.RawQuery == "" && !r.URL.ForceQuery {
		return nil
	}
	if strings.Count(r.URL.RawQuery, "&") >= maxParameters {
		return refusal.New(refusal.Query)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refusal.New(refusal.Query)
	}
	for name, list := range values {
		if finds([]byte(name + " " + strings.Join(list, " "))) {
			return refusal.Because(refusal.Query, "The query holds personal data.").
				WithRemedy("Put it into the messages, where it is redacted.")
		}
	}
	r.URL.RawQuery, r.URL.ForceQuery = values.Encode(), false
	return nil
}
