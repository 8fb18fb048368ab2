package filter

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// maxConversations is the number of conversations that Conversations remembers: what a small chatbot has in a day, in about 200 KiB.
const maxConversations = 4096

// Conversations remembers when the sidecar last gave the statement in each conversation, so that it can repeat the statement after some
// hours. The OpenAI API carries neither times nor a conversation ID, so repetition works only for clients that send an ID in the header
// Chaperone-Conversation. Conversations keeps hashes of the IDs, in memory only. When it is full, it forgets the conversation that was
// added first, which then gets the statement again. It is safe for concurrent use.
type Conversations struct {
	now  func() time.Time
	seed maphash.Seed

	// mu guards the fields below.
	mu sync.Mutex
	// shownAt maps the hash of an ID to the time of the last statement.
	shownAt map[uint64]time.Time
	// keys are the keys of shownAt. Until there are maxConversations, they are in the order in which they were added. Then each new
	// key replaces the oldest one, which is at the index oldest.
	keys   []uint64
	oldest int
}

// NewConversations returns a Conversations that remembers nothing yet. now is its clock.
func NewConversations(now func() time.Time) *Conversations {
	return &Conversations{now: now, seed: maphash.MakeSeed(), shownAt: map[uint64]time.Time{}}
}

// isDue reports whether the answer of the exchange must carry the statement. It must if no earlier answer in the request's history shows
// the statement, even if the sidecar remembers the conversation ID: clients use an ID for several conversations. If the history shows the
// statement, it is due again when repeatHours have passed since the conversation last got it, or when that time is unknown. It is never due
// again if repeatHours is 0 or the client sent no conversation ID.
func (c *Conversations) isDue(sc *exchange.Scope, repeatHours int) bool {
	if !sc.Request.Disclosed {
		return true
	}
	if sc.Conversation == "" || repeatHours == 0 {
		return false
	}
	c.mu.Lock()
	last, found := c.shownAt[maphash.String(c.seed, sc.Conversation)]
	c.mu.Unlock()
	return !found || c.now().Sub(last) >= time.Duration(repeatHours)*time.Hour
}

// remember stores the present time for the conversation of an exchange whose answer showed the statement. It ignores other exchanges and
// those without a conversation ID.
func (c *Conversations) remember(sc *exchange.Scope) {
	if sc.Conversation == "" || !sc.Disclosed {
		return
	}
	key := maphash.String(c.seed, sc.Conversation)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.shownAt[key]; !found {
		c.addKey(key)
	}
	c.shownAt[key] = c.now()
}

// addKey adds a key to keys. If keys is full, the key replaces the oldest one, and addKey forgets that conversation.
func (c *Conversations) addKey(key uint64) {
	if len(c.keys) < maxConversations {
		c.keys = append(c.keys, key)
		return
	}
	delete(c.shownAt, c.keys[c.oldest])
	c.keys[c.oldest] = key
	c.oldest = (c.oldest + 1) % maxConversations
}
