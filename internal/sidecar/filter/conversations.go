package filter

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// maxConversations bounds the conversations that Conversations remembers: 4096 of 24 bytes each, a small bot's day.
const maxConversations = 4096

// Conversations remembers when the sidecar last gave the statement in each conversation. The history in the request shows whether it
// gave the statement at all. The OpenAI API carries no times and no conversation id, so repetition works only for clients that send an id
// (Chaperone-Conversation). When the memory is full, Conversations forgets the oldest conversation, which then gets the statement again.
// It keeps ids as hashes, in memory only. It is safe for concurrent use.
type Conversations struct {
	now  func() time.Time
	seed maphash.Seed

	mu    sync.Mutex
	when  map[uint64]time.Time
	order []uint64
	next  int
}

// NewConversations returns an empty memory with the clock.
func NewConversations(now func() time.Time) *Conversations {
	return &Conversations{now: now, seed: maphash.MakeSeed(), when: map[uint64]time.Time{}}
}

// isDue reports whether an exchange must carry the statement: until an answer in its history shows it, and again after the
// given hours (0 for never). An id alone does not prove that it was shown; clients use one for several conversations.
func (c *Conversations) isDue(sc *exchange.Scope, repeatHours int) bool {
	if !sc.Request.Disclosed {
		return true
	}
	if sc.Conversation == "" || repeatHours == 0 {
		return false
	}
	c.mu.Lock()
	last, found := c.when[maphash.String(c.seed, sc.Conversation)]
	c.mu.Unlock()
	return !found || c.now().Sub(last) >= time.Duration(repeatHours)*time.Hour
}

// remember notes the time of an exchange in which a person was given the statement.
func (c *Conversations) remember(sc *exchange.Scope) {
	if sc.Conversation == "" || !sc.Disclosed {
		return
	}
	key := maphash.String(c.seed, sc.Conversation)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.when[key]; !found {
		c.makeRoom(key)
	}
	c.when[key] = c.now()
}

// makeRoom adds the key of a conversation to the order. If the memory is full, the key takes the place of the oldest one, which makeRoom
// forgets.
func (c *Conversations) makeRoom(key uint64) {
	if len(c.order) < maxConversations {
		c.order = append(c.order, key)
		return
	}
	delete(c.when, c.order[c.next])
	c.order[c.next] = key
	c.next = (c.next + 1) % maxConversations
}
