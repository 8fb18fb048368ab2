package sidecar

import (
	"hash/maphash"
	"sync"
	"time"
)

// maxTold bounds the conversations that are remembered: 4096 of 24 bytes, a small bot's day.
const maxTold = 4096

// told remembers when a conversation was last given the statement. Whether it was given at all, the history in the request
// shows; the interface carries no times and no conversation id, so repetition works for clients that send one
// (Chaperone-Conversation). When it is full the oldest is forgotten, and that conversation is told again. Ids are kept as
// hashes, in memory only.
type told struct {
	now  func() time.Time
	seed maphash.Seed

	mu    sync.Mutex
	when  map[uint64]time.Time
	order []uint64
	next  int
}

func newTold(now func() time.Time) *told {
	return &told{now: now, seed: maphash.MakeSeed(), when: map[uint64]time.Time{}}
}

// isDue reports whether the conversation of an exchange must be told now: until an answer in its history shows the statement,
// and again after the given hours (0 for never). The id alone is no evidence, clients use one for several conversations.
func (t *told) isDue(sc *scope, repeatHours int) bool {
	if !sc.request.Disclosed {
		return true
	}
	if sc.conversation == "" || repeatHours == 0 {
		return false
	}
	t.mu.Lock()
	last, found := t.when[maphash.String(t.seed, sc.conversation)]
	t.mu.Unlock()
	return !found || t.now().Sub(last) >= time.Duration(repeatHours)*time.Hour
}

// remember notes an exchange in which a person was given the statement.
func (t *told) remember(sc *scope) {
	if sc.conversation == "" || !sc.disclosed {
		return
	}
	key := maphash.String(t.seed, sc.conversation)
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.when[key]; !known {
		t.makeRoom(key)
	}
	t.when[key] = t.now()
}

func (t *told) makeRoom(key uint64) {
	if len(t.order) < maxTold {
		t.order = append(t.order, key)
		return
	}
	delete(t.when, t.order[t.next])
	t.order[t.next] = key
	t.next = (t.next + 1) % maxTold
}
