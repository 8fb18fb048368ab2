package sidecar

import (
	"sync"
	"time"
)

const (
	// readTime is how long the first exchange waits for others, so that many are finished at once. A process that is killed loses what waits.
	readTime = 100 * time.Millisecond
	// manyUnread and manyCopies are how many exchanges wait no longer: all, and those with copies, of which the observer allows few.
	manyUnread, manyCopies = 64, 8
	// maxUnread bounds the exchanges that wait without copies. Each keeps the header of its request, so that all keep 8 MiB at most.
	maxUnread = 256
)

// readings finishes exchanges that passed unchanged, some time after they have ended and in one goroutine, so that it takes at most one core
// and delays no answer. It is safe for concurrent use.
type readings struct {
	// open counts the exchanges that are not finished yet. Before the process ends, it waits for their records.
	open *openExchanges

	// mu guards everything below.
	mu sync.Mutex
	// waiting are the exchanges that run has not taken, and spare is memory for it, without content. copies is the number of those with
	// copies.
	waiting, spare []passedExchange
	copies         int
	// timer starts run. It is nil while run has nothing to do.
	timer *time.Timer
	// settled are closed when the exchanges that wait now are finished.
	settled []chan struct{}
}

// add has the exchange finished later. It returns false, and does nothing, if too many exchanges wait. It always takes an exchange with
// copies: the observer bounds their number.
func (rd *readings) add(e passedExchange) bool {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	switch {
	case e.ended.Scope.Passed.IsCopied:
		rd.copies++
	case len(rd.waiting) >= maxUnread:
		return false
	}
	rd.open.add(1)
	rd.waiting = append(rd.waiting, e)
	if rd.timer == nil {
		// The goroutine of run ends when it has finished the exchanges that wait when it begins.
		rd.timer = time.AfterFunc(readTime, rd.run)
	}
	if rd.waitMany() {
		rd.hurry()
	}
	return true
}

// waitMany reports whether so many exchanges wait that no others should be waited for. The caller holds rd.mu.
func (rd *readings) waitMany() bool { return len(rd.waiting) >= manyUnread || rd.copies >= manyCopies }

// hurry has run begin at once, unless it is running. The caller holds rd.mu.
func (rd *readings) hurry() {
	if rd.timer != nil && rd.timer.Stop() {
		rd.timer.Reset(0)
	}
}

// run finishes the exchanges that wait. If others have ended in the meantime, it is called again.
func (rd *readings) run() {
	rd.mu.Lock()
	batch, settled := rd.waiting, rd.settled
	rd.waiting, rd.copies, rd.settled = rd.spare, 0, nil
	rd.mu.Unlock()
	for _, e := range batch {
		e.finish()
		rd.open.add(-1)
	}
	clear(batch)
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.spare = batch[:0]
	if len(rd.waiting) == 0 {
		settled, rd.settled = append(settled, rd.settled...), nil
	}
	for _, done := range settled {
		close(done)
	}
	switch {
	case len(rd.waiting) == 0:
		rd.timer = nil
	case rd.waitMany(), len(rd.settled) > 0:
		rd.timer.Reset(0)
	default:
		rd.timer.Reset(readTime)
	}
}

// settle finishes the exchanges that wait, so that counts have them, but takes no longer than the limit. Those that end in the meantime may
// wait on.
func (rd *readings) settle(limit time.Duration) {
	rd.mu.Lock()
	if rd.timer == nil {
		rd.mu.Unlock()
		return
	}
	done := make(chan struct{})
	rd.settled = append(rd.settled, done)
	rd.hurry()
	rd.mu.Unlock()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// flush finishes the exchanges that wait, but takes no longer than the limit. It returns the number of those that are not finished.
func (rd *readings) flush(limit time.Duration) int {
	rd.mu.Lock()
	rd.hurry()
	rd.mu.Unlock()
	return rd.open.wait(limit)
}
