package filter

import (
	"net/http"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Sayings remembers, in memory only, what the sidecar has said last in conversations with an ID in place of the chatbot, for clients that
// fetch it with another request. It forgets it when a message of the conversation goes on. It holds no text of a person, and is safe for
// concurrent use.
type Sayings struct {
	mu sync.Mutex
	// last has the refusal that was said, or nil if a message has gone on since. mu guards it.
	last recent[*refusal.Refusal]
}

// NewSayings returns a Sayings that remembers nothing yet.
func NewSayings() *Sayings { return &Sayings{last: newRecent[*refusal.Refusal]()} }

// note notes what the sidecar says in the conversation of the exchange, if requests of another route show it.
func (s *Sayings) note(sc *exchange.Scope, why *refusal.Refusal) {
	id := identifyAnywhere(sc)
	if !isShownLater(sc.Route) || sc.Route.Fetches || id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.last.put(id, why) // Nothing is to be done for a conversation that is forgotten.
}

// isShownLater reports whether requests of another route show what the sidecar says.
func isShownLater(rt *exchange.Route) bool { return rt.SaysLater || rt.Recalls }

// find returns what the sidecar has said last in the conversation of the exchange, or nil.
func (s *Sayings) find(sc *exchange.Scope) *refusal.Refusal {
	id := identifyAnywhere(sc)
	if id == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	why, _ := s.last.get(id)
	return why
}

// ForgetSaid forgets what the sidecar has said in a conversation when a message of it goes on.
func ForgetSaid(rt *exchange.Route, s *Sayings) Filter {
	if !isShownLater(rt) {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			sc.PathSession = findPathSession(sc.Route, r)
			s.forget(sc)
			next.ServeHTTP(w, r)
		})
	}
}

// forget forgets what the sidecar has said in the conversation of the exchange.
func (s *Sayings) forget(sc *exchange.Scope) {
	id := identifyAnywhere(sc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if why, _ := s.last.get(id); why != nil {
		_ = s.last.put(id, nil) // The conversation is known, so that none is forgotten.
	}
}

// RecallSaid has the past of a conversation end with what the sidecar has said last in it, where the shape has a place for that: the app
// does not know it, and some clients show only what the app knows. suspended says whether the chatbot is suspended now.
func RecallSaid(rt *exchange.Route, s *Sayings, v *Voice, suspended bool, now func() time.Time) Filter {
	if !rt.Format.Recalls() {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			sc.PathSession = findPathSession(rt, r)
			if why := s.find(sc); why != nil && (suspended || !why.IsFor(refusal.Suspended)) {
				sc.Recalled = v.recall(sc, why, v.languages.choose(r.Header), now())
			}
			next.ServeHTTP(w, r)
		})
	}
}

// recall returns the refusal as a text in the language with the index, or nil if it concerns the person no more.
func (v *Voice) recall(sc *exchange.Scope, why *refusal.Refusal, index int, at time.Time) *dialect.Said {
	text := v.findText(why, index)
	if text == "" {
		return nil
	}
	return &dialect.Said{Text: text, Session: sc.PathSession, At: at}
}
