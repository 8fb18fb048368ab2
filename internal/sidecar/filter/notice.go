package filter

import (
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Link relations: the first two are registered (RFC 6903), the others are ours (RFC 8288, section 2.1.2).
const (
	relPrivacy    = "privacy-policy"
	relTerms      = "terms-of-service"
	relWithdrawal = "https://chaperone.dev/rel/withdrawal"
	relHandoff    = "https://chaperone.dev/rel/handoff"
)

// listLinks returns the targets by relation, in a fixed order.
func listLinks(c sidecarconfig.Config) [][2]string {
	var all [][2]string
	add := func(rel, target string) {
		if target != "" {
			all = append(all, [2]string{rel, target})
		}
	}
	if c.Notice != nil {
		add(relPrivacy, c.Notice.PrivacyNoticeURL)
		add(relTerms, c.Notice.TermsURL)
		add(relWithdrawal, c.Notice.WithdrawalURL)
	}
	if c.Handoff != nil {
		add(relHandoff, c.Handoff.URL)
	}
	return all
}

// Notice adds the declared links to the header of every response (RFC 8288).
func Notice(config sidecarconfig.Config) Filter {
	var values []string
	for _, link := range listLinks(config) {
		values = append(values, "<"+link[1]+`>; rel="`+link[0]+`"`)
	}
	if len(values) == 0 {
		return Pass
	}
	// All answers share the slice. Without spare capacity, an append copies it.
	values = slices.Clip(values)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Link"] = values
			next.ServeHTTP(w, r)
		})
	}
}
