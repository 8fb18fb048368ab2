package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// HeaderAllowedMethod is the header with the method of the request about which a preflight request asks.
const HeaderAllowedMethod = "Access-Control-Request-Method"

// IsPreflight reports whether a browser asks with the request whether a web page may send another one (CORS).
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header[headerOrigin]) == 1 && len(r.Header[HeaderAllowedMethod]) == 1
}

// CheckPreflight refuses preflight requests with an upgrade, with a body, and with personal data in the path or query.
func CheckPreflight(rt *exchange.Route, hasPersonalData func(text []byte) bool) Filter {
	return refuseWith(func(r *http.Request) *refusal.Refusal { return findPreflightFault(rt, r, hasPersonalData) })
}

// findPreflightFault does for preflight requests what findFault does for others.
func findPreflightFault(rt *exchange.Route, r *http.Request, hasPersonalData func([]byte) bool) *refusal.Refusal {
	return findFirst(
		func() *refusal.Refusal { return rewriteUpgrade(r) },
		func() *refusal.Refusal { return checkEmpty(r) },
		func() *refusal.Refusal { return checkPath(rt, r, hasPersonalData) },
		func() *refusal.Refusal { return rewriteQuery(r, hasPersonalData) },
	)
}

// checkEmpty refuses a body, which nothing would read.
func checkEmpty(r *http.Request) *refusal.Refusal {
	if r.ContentLength == 0 {
		return nil
	}
	return refusal.Because(refusal.BodyMalformed, "The request has a body, which nothing reads.").WithRemedy("Send the request without a body.")
}
