package filter

import (
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Link relations. RFC 6903 registers privacy-policy and terms-of-service; the URLs are extension relations of Chaperone
// (RFC 8288, section 2.1.2).
const (
	relPrivacy    = "privacy-policy"
	relTerms      = "terms-of-service"
	relWithdrawal = "https://chaperone.dev/rel/withdrawal"
	relHandoff    = "https://chaperone.dev/rel/handoff"
)

// link is a typed link of RFC 8288: a relation and an absolute URL.
type link struct{ relation, url string }

// listLinks returns the links that the configuration declares, in a fixed order.
func listLinks(c sidecarconfig.Config) []link {
	var links []link
	if c.Notice != nil {
		links = append(links,
			link{relPrivacy, c.Notice.PrivacyNoticeURL},
			link{relTerms, c.Notice.TermsURL},
			link{relWithdrawal, c.Notice.WithdrawalURL})
	}
	if c.Handoff != nil {
		links = append(links, link{relHandoff, c.Handoff.URL})
	}
	return slices.DeleteFunc(links, func(l link) bool { return l.url == "" })
}

// AddLinks adds a Link header (RFC 8288) with the declared links to every response, unless an earlier filter has refused the request, for
// example because the chatbot is suspended. Without declared links, AddLinks returns Pass.
func AddLinks(config sidecarconfig.Config) Filter {
	var values []string
	for _, l := range listLinks(config) {
		values = append(values, "<"+l.url+`>; rel="`+l.relation+`"`)
	}
	if len(values) == 0 {
		return Pass
	}
	// All responses share the slice. Without spare capacity, an append to the header of one response must copy the slice.
	values = slices.Clip(values)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Link"] = values
			next.ServeHTTP(w, r)
		})
	}
}
