package filter

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Announce stores the statement in the scope, if it is due before a message that the app sends to a messaging service; the transport sends
// it. Placements in the header do not count: the service does not show headers. The language is that of the person, as the service has told
// it last. For nil Statements Announce returns Pass. It must come after RewriteBody.
func Announce(s *Statements, c *Conversations) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			identifyStatement(sc, r)
			if sc.StatementKey == "" {
				Refuse(w, r, refusal.Because(refusal.BodyShape, "The message names no conversation in which the sidecar could show the disclosure."))
				return
			}
			if s.inEveryAnswer || c.isDue(sc, s.repeatHours) {
				sc.Ahead = s.texts[s.languages.chooseFor(c.findLanguage(sc.StatementKey), nil)]
			}
			next.ServeHTTP(w, r)
		})
	}
}
