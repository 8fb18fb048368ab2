package filter

import (
	"net/http"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Begun remembers which conversations have begun, by hashes of their IDs, in memory only. It is safe for concurrent use.
type Begun struct {
	mu sync.Mutex
	// conversations are those that began last. mu guards it.
	conversations recent[struct{}]
}

// NewBegun returns a Begun that remembers nothing yet.
func NewBegun() *Begun { return &Begun{conversations: newRecent[struct{}]()} }

// note notes that the conversation with the ID, which may be "", has begun.
func (b *Begun) note(id string) {
	if id == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conversations.put(id, struct{}{})
}

// has reports whether the conversation with the ID has begun, as far as is remembered.
func (b *Begun) has(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, found := b.conversations.get(id)
	return found
}

// Desk lets conversations begin as long as a human can take over. It is safe for concurrent use.
type Desk struct {
	handoff *sidecarconfig.Handoff
	begun   *Begun
}

// NewDesk returns the Desk of a configuration, or nil if people need not reach a human.
func NewDesk(config sidecarconfig.Config, b *Begun) *Desk {
	if config.Handoff == nil {
		return nil
	}
	return &Desk{config.Handoff, b}
}

// RequireDesk refuses the first message of a conversation while no human can take over. A request without any text passes. For a nil Desk it
// returns Pass. It must come after RewriteBody.
func RequireDesk(d *Desk) Filter {
	if d == nil {
		return Pass
	}
	return refuseWith(func(r *http.Request) *refusal.Refusal {
		sc := exchange.From(r)
		sc.PathSession = findPathSession(sc.Route, r)
		read := sc.Request
		read.HasText = hasText(r)
		why := d.Check(identify(sc, r), read)
		if why == nil {
			path := findConversationPath(sc, r)
			sc.NoteBegun = func(session string) { d.begun.note(path + " " + sc.Route.Name + " " + session) }
		}
		return why
	})
}

// Check returns why a message must not go on, or nil. id is that of the conversation, or "". A conversation has begun if a message of it went on
// before, as far as the sidecar remembers, or if the history that the request repeats has an answer.
func (d *Desk) Check(id string, read transform.Request) *refusal.Refusal {
	hasBegun := read.Continues || id != "" && d.begun.has(id)
	switch {
	case !read.HasText:
		return nil
	case d.handoff.Unavailable && !hasBegun:
		return newDeskRefusal(d.handoff)
	}
	d.begun.note(id)
	return nil
}

func newDeskRefusal(handoff *sidecarconfig.Handoff) *refusal.Refusal {
	return newHumanRefusal(refusal.HandoffUnavailable, handoff,
		" The team that runs the chatbot must see that the desk (spec.oversight.handoff.url) answers.")
}
