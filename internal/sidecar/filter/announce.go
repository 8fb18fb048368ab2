package filter

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Announce stores the statement in the scope, if it is due before a message that the app sends to a messaging service; the transport sends
// it. It is due too if the person has asked what the chatbot is. Placements in the header do not count: the service does not show headers. The language is that of the person, as the service has told
// it last. While the statement and the message after it are on their way, other messages to the same conversation wait, so that several at
// once get it once, and go on in the order in which they came. For nil Statements Announce returns Pass. It must come after RewriteBody.
func Announce(s *Statements, c *Conversations) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			identifyStatement(sc, r)
			if why := checkAnnounced(sc, r); why != nil {
				Refuse(w, r, why)
				return
			}
			if s.inEveryAnswer {
				sc.Ahead, sc.NoteAhead = s.translate(c, identifyPerson(sc)), func(string) {}
				next.ServeHTTP(w, r)
				return
			}
			turn, hasWaited := c.ahead.join(sc.StatementKey)
			defer turn.leave()
			if !turn.await(r.Context()) {
				Refuse(w, r, newWaitRefusal(r.Context()))
				return
			}
			isAsked := c.takeAsked(identifyPerson(sc)) > 0
			if isAsked || c.isDue(sc, s.repeatHours) {
				sc.Ahead = s.translate(c, identifyPerson(sc))
				sc.NoteAhead = func(conversation string) {
					c.note(sc.StatementKey)
					if conversation != "" {
						c.note(identifyChat(sc.Route, conversation))
					}
				}
			} else if !hasWaited {
				turn.leave() // No statement is on its way. Those that come now need not wait.
			}
			next.ServeHTTP(w, r)
		})
	}
}

// translate returns the statement in the language of the person in a conversation, or in the default language.
func (s *Statements) translate(c *Conversations, key string) string {
	return s.texts[s.languages.chooseFor(c.findLanguage(key), nil)]
}

// checkAnnounced returns why no statement could be sent before the message, or nil. A member that stands in the body and in the query leaves
// open to whom the message goes, or what it says, and so does a path that names another conversation than the body.
func checkAnnounced(sc *exchange.Scope, r *http.Request) *refusal.Refusal {
	if sc.StatementKey == "" {
		return refusal.Because(refusal.BodyShape, "The message names no conversation in which the sidecar could show the disclosure.")
	}
	if namesOther(sc, r) {
		return refusal.Because(refusal.BodyShape, "The body of the message names another conversation than its path.").
			WithRemedy("Send the message at the path of its conversation.")
	}
	if sc.Route.ReadsQuery || r.URL.RawQuery == "" {
		return nil
	}
	for name := range r.URL.Query() {
		if sc.Route.Format.HasMember(sc.Body, name) {
			return refusal.Because(refusal.BodyShape, "A member of the message stands in its body and in the query.").
				WithRemedy("Send all members of the message in the body.")
		}
	}
	return nil
}

// namesOther reports whether the path of a message names another conversation than its body.
func namesOther(sc *exchange.Scope, r *http.Request) bool {
	if sc.Request.InPath {
		sent, err := url.PathUnescape(sc.Route.Secrets.Find(strings.TrimPrefix(r.URL.EscapedPath(), sc.Route.Prefix)))
		return err != nil || sent != sc.Request.Session
	}
	return sc.PathSession != "" && sc.Request.Session != "" && sc.PathSession != sc.Request.Session
}
