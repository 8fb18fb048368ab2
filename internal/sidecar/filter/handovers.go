package filter

import (
	"net/url"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/handover"
)

const (
	// maxIdleHandover is how long a handover lasts in which nobody says anything, if the desk does not end it.
	maxIdleHandover = time.Hour
	// minElsewhere is how long the person is not handed over again where the human answers outside of the chat.
	minElsewhere = 10 * time.Minute
	// maxHandoversPerMinute bounds what a desk gets of one sidecar, so that nobody floods it.
	maxHandoversPerMinute = 120
)

// Handovers remembers, in memory only, which conversations with an ID are handed over, and how often the app has failed to answer in each. It
// holds no text, and is safe for concurrent use.
type Handovers struct {
	now func() time.Time

	mu sync.Mutex
	// states has what is known of each conversation. mu guards it, and what follows.
	states recent[handoverState]
	// minute is when the present minute began, and opened how many handoffs it has.
	minute time.Time
	opened int
}

// handoverState is what is known of a conversation.
type handoverState struct {
	// id is that of the handoff; "" if there is none.
	id     string
	reason handover.Reason
	// resource is that of the handoff at the desk; nil if the human answers outside of the chat.
	resource *url.URL
	// requestedAt, acceptedAt and usedAt are the times of the handoff, of its acceptance by a human, and of the last message.
	requestedAt, acceptedAt, usedAt time.Time
	// last is the ID of the last answer of the human that the person got.
	last string
	// failures is the number of answers in a row that failed.
	failures int
}

// NewHandovers returns a Handovers that remembers nothing yet. now is its clock.
func NewHandovers(now func() time.Time) *Handovers {
	return &Handovers{now: now, states: newRecent[handoverState]()}
}

// find returns what is known of the conversation with the ID, without a handover that is over.
func (h *Handovers) find(id string) handoverState {
	if id == "" {
		return handoverState{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	state, _ := h.states.get(id)
	return state.without(h.now())
}

// without returns the state without a handover that is over.
func (s handoverState) without(now time.Time) handoverState {
	limit := maxIdleHandover
	if s.resource == nil {
		limit = minElsewhere
	}
	if s.id != "" && now.Sub(s.usedAt) >= limit {
		return handoverState{failures: s.failures}
	}
	return s
}

// update changes what is known of the conversation with the ID, which may be "".
func (h *Handovers) update(id string, change func(*handoverState)) {
	if id == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	state, _ := h.states.get(id)
	change(&state)
	_ = h.states.put(id, state) // Nothing is to be done for a conversation that is forgotten.
}

// noteEnd counts an answer that failed, and forgets the failures before one that did not.
func (h *Handovers) noteEnd(id string, hasFailed bool) {
	switch {
	case hasFailed:
		h.update(id, func(s *handoverState) { s.failures++ })
	case h.find(id).failures > 0:
		h.update(id, func(s *handoverState) { s.failures = 0 })
	}
}

// mayOpen reports whether the desk may get one more handoff now.
func (h *Handovers) mayOpen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.now(); now.Sub(h.minute) >= time.Minute {
		h.minute, h.opened = now, 0
	}
	h.opened++
	return h.opened <= maxHandoversPerMinute
}

// noteAccepted notes that a human has accepted the handoff with the ID.
func (h *Handovers) noteAccepted(conversation, handoff string, at time.Time) {
	h.update(conversation, func(s *handoverState) {
		if s.id == handoff {
			s.acceptedAt = at
		}
	})
}
