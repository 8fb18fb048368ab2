package filter

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// disclosureDocument is the answer at DisclosurePath.
type disclosureDocument struct {
	Language  string            `json:"language"`
	Statement string            `json:"statement"`
	Links     map[string]string `json:"links"`
	Suspended bool              `json:"suspended"`
}

// ServeDisclosure serves the disclosure document to GET requests. It refuses other methods, and every request if s is nil, with
// refusal.NoDisclosure.
func ServeDisclosure(s *Statements, config sidecarconfig.Config) http.Handler {
	targets := map[string]string{}
	for _, link := range listLinks(config) {
		// A link is its relation and its target.
		targets[link[0]] = link[1]
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s == nil || r.Method != http.MethodGet {
			Refuse(w, r, refusal.New(refusal.NoDisclosure))
			return
		}
		i := s.choose(r.Header)
		body, err := json.Marshal(disclosureDocument{
			Language: s.tags[i], Statement: s.texts[i], Links: targets, Suspended: config.Suspended,
		})
		if err != nil {
			Refuse(w, r, refusal.Because(refusal.Internal, "The statement cannot be written."))
			return
		}
		exchange.From(r).Disclosed = true
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		h.Set("Content-Language", s.tags[i])
		h.Set("Vary", "Accept-Language")
		_, _ = w.Write(body)
	})
}
