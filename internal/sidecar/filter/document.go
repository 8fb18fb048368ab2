package filter

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// disclosureDocument is the JSON that the sidecar serves at DisclosurePath.
type disclosureDocument struct {
	// Language is the BCP 47 tag of Statement.
	Language  string `json:"language"`
	Statement string `json:"statement"`
	// Links maps link relations (RFC 8288) to URLs.
	Links     map[string]string `json:"links"`
	Suspended bool              `json:"suspended"`
}

// ServeDisclosure returns the handler of DisclosurePath, which serves the disclosure document to GET requests. It refuses other methods,
// and every request if s is nil because the configuration has no disclosure. Both refusals are NoDisclosure. Its remedy names both reasons.
func ServeDisclosure(s *Statements, config sidecarconfig.Config) http.Handler {
	urls := map[string]string{}
	for _, l := range listLinks(config) {
		urls[l.relation] = l.url
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s == nil || r.Method != http.MethodGet {
			Refuse(w, r, refusal.New(refusal.NoDisclosure))
			return
		}
		i := s.languages.choose(r.Header)
		body, err := json.Marshal(disclosureDocument{
			Language: s.languages.tags[i], Statement: s.texts[i], Links: urls, Suspended: config.Suspended,
		})
		if err != nil {
			Refuse(w, r, refusal.Because(refusal.Internal, "The statement cannot be written."))
			return
		}
		sc, h := exchange.From(r), w.Header()
		sc.Disclosed = true
		if sc.FindSharing != nil { // A page of another origin asks (CORS).
			maps.Copy(h, sc.FindSharing())
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		h.Set("Content-Language", s.languages.tags[i])
		h.Add("Vary", "Accept-Language")
		_, _ = w.Write(body)
	})
}
