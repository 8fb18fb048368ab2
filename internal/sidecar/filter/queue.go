package filter

import (
	"context"
	"slices"
	"sync"
)

// queues has, for each conversation to which a messaging service is just being sent the statement, the messages that wait for it, in the
// order in which they came. It is safe for concurrent use.
type queues struct {
	mu sync.Mutex
	// waiting has the places of each queue, the one whose turn it is first. mu guards the map.
	waiting map[string][]*place
}

// place is that of a message in a queue.
type place struct {
	queues *queues
	key    string
	// turn is closed when it is the turn of the message.
	turn chan struct{}
}

// newQueues returns empty queues.
func newQueues() *queues { return &queues{waiting: map[string][]*place{}} }

// join takes the last place of the queue with the key. It reports whether others have places before it.
func (q *queues) join(key string) (p *place, mustWait bool) {
	p = &place{queues: q, key: key, turn: make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	mustWait = len(q.waiting[key]) > 0
	if !mustWait {
		close(p.turn)
	}
	q.waiting[key] = append(q.waiting[key], p)
	return p, mustWait
}

// await waits for the turn of the message. It returns false if the context ends first.
func (p *place) await(ctx context.Context) bool {
	select {
	case <-p.turn:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave gives the place up. If it was the turn of the message, it is that of the next one. Leaving again does nothing.
func (p *place) leave() {
	p.queues.mu.Lock()
	defer p.queues.mu.Unlock()
	waiting := p.queues.waiting[p.key]
	at := slices.Index(waiting, p)
	if at < 0 {
		return
	}
	waiting = slices.Delete(waiting, at, at+1)
	if len(waiting) == 0 {
		delete(p.queues.waiting, p.key)
		return
	}
	p.queues.waiting[p.key] = waiting
	if at == 0 {
		close(waiting[0].turn)
	}
}
