package filter

import (
	"context"
	"net/http"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Announce stores the statement in the scope, if it is due before a message that the app sends to a messaging service; the transport sends
// it. Placements in the header do not count: the service does not show headers. The language is that of the person, as the service has told
// it last. While the statement is on its way, other messages to the same conversation wait, so that several at once get it once. For nil
// Statements Announce returns Pass. It must come after RewriteBody.
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
			end, ok := c.beginAhead(r.Context(), sc.StatementKey)
			if !ok {
				Refuse(w, r, newWaitRefusal(r.Context()))
				return
			}
			defer end()
			if !c.isDue(sc, s.repeatHours) {
				end()
				next.ServeHTTP(w, r)
				return
			}
			sc.Ahead = s.translate(c, identifyPerson(sc))
			sc.NoteAhead = func(conversation string) {
				c.note(sc.StatementKey)
				if conversation != "" {
					c.note(identifyChat(sc.Route, conversation))
				}
				end()
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
// open to whom the message goes, or what it says.
func checkAnnounced(sc *exchange.Scope, r *http.Request) *refusal.Refusal {
	if sc.StatementKey == "" {
		return refusal.Because(refusal.BodyShape, "The message names no conversation in which the sidecar could show the disclosure.")
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

// beginAhead waits until no other exchange sends the statement to the conversation with the key, and then has all others wait until end is
// called, for the first time. It returns ok false if the context ends first.
func (c *Conversations) beginAhead(ctx context.Context, key string) (end func(), ok bool) {
	for {
		mine := make(chan struct{})
		c.mu.Lock()
		other, isBusy := c.ahead[key]
		if !isBusy {
			c.ahead[key] = mine
		}
		c.mu.Unlock()
		if !isBusy {
			return sync.OnceFunc(func() { c.endAhead(key, mine) }), true
		}
		select {
		case <-other:
		case <-ctx.Done():
			return func() {}, false
		}
	}
}

// endAhead lets the others go on that wait for mine.
func (c *Conversations) endAhead(key string, mine chan struct{}) {
	c.mu.Lock()
	delete(c.ahead, key)
	c.mu.Unlock()
	close(mine)
}
