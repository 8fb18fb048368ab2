package filter

import (
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// Conversations remembers when the sidecar last gave the statement in each conversation, so that it can repeat the statement after some
// hours. The OpenAI API carries neither times nor a conversation ID, so repetition works only for clients that send an ID in the header
// Chaperone-Conversation. Conversations keeps hashes of the IDs, in memory only, in about 200 KiB. A conversation that it forgets gets the
// statement again. It is safe for concurrent use.
type Conversations struct {
	now func() time.Time

	mu sync.Mutex
	// shownAt has the time of the last statement of each conversation. mu guards it.
	shownAt recent[time.Time]
}

// NewConversations returns a Conversations that remembers nothing yet. now is its clock.
func NewConversations(now func() time.Time) *Conversations {
	return &Conversations{now: now, shownAt: newRecent[time.Time]()}
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
	last, found := c.shownAt.get(sc.Conversation)
	c.mu.Unlock()
	return !found || c.now().Sub(last) >= time.Duration(repeatHours)*time.Hour
}

// remember stores the present time for the conversation of an exchange whose answer showed the statement. It ignores other exchanges and
// those without a conversation ID.
func (c *Conversations) remember(sc *exchange.Scope) {
	if sc.Conversation == "" || !sc.Disclosed {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shownAt.put(sc.Conversation, c.now())
}
