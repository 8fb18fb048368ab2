package filter

import (
	"net/http"
	"sync"

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
	if !sc.Route.SaysLater || sc.Route.Fetches || id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last.put(id, why)
}

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
	if !rt.SaysLater {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.forget(exchange.From(r))
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
		s.last.put(id, nil)
	}
}
