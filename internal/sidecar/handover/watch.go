package handover

import (
	"context"
	"net/url"
	"sync"
	"time"
)

const (
	// firstPause and longestPause are between two looks at a handoff. Each pause is longer than the one before.
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// maxWatched is how many handoffs are watched at the same time.
	maxWatched = 512
	// watchTime is how long a handoff is watched, and how long after the promised wait.
	watchTime = 30 * time.Minute
	// maxMissed is how many looks in a row may fail before a handoff is given up.
	maxMissed = 5
)

// Case is a handoff that the desk has taken.
type Case struct {
	// ID is that of the handoff, and Exchange that of the exchange with the person's wish.
	ID, Exchange string
	Reason       Reason
	// Resource is where the desk says how far the handoff is; nil if it does not say.
	Resource *url.URL
	// RequestedAt is when the desk took it. AcceptedAt is zero until a human has accepted it.
	RequestedAt, AcceptedAt time.Time
	// Wait is the promised longest wait; 0 for none.
	Wait time.Duration
	// Accepted is called once, when a human has accepted.
	Accepted func(at time.Time)
}

// Outcome is what becomes of a case. Each case has at most one with IsLate and without AcceptedAt, and at most one with AcceptedAt.
type Outcome struct {
	Case
	// Waited is the time from the request to the acceptance, or until now.
	Waited time.Duration
	// IsLate means that Waited is longer than the promise.
	IsLate bool
}

// Watch learns when humans accept handoffs. It is safe for concurrent use.
type Watch struct {
	now    func() time.Time
	report func(Outcome)
	// ended ends all goroutines.
	ended context.Context
	pause time.Duration

	mu sync.Mutex
	// open is the number of goroutines. mu guards it.
	open int
}

// NewWatch returns a Watch that calls report for each outcome until the context is done.
func NewWatch(ctx context.Context, now func() time.Time, report func(Outcome)) *Watch {
	return &Watch{now: now, report: report, ended: ctx, pause: firstPause}
}

// Add watches a case. One that the desk does not describe has no outcome, unless the desk has said at once that a human has accepted it.
func (w *Watch) Add(d *Desk, c Case) {
	if !c.AcceptedAt.IsZero() {
		w.accept(c, c.AcceptedAt)
		return
	}
	if c.Resource == nil || !w.take() {
		return
	}
	// The goroutine ends with the case, at the latest after watchTime and the promised wait, or with the server.
	go func() {
		defer w.giveBack()
		w.follow(d, c)
	}()
}

func (w *Watch) take() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == maxWatched {
		return false
	}
	w.open++
	return true
}

func (w *Watch) giveBack() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open--
}

// follow looks at the handoff until a human has accepted it.
func (w *Watch) follow(d *Desk, c Case) {
	missed, isLate := 0, c.Wait == 0
	for pause := w.pause; missed < maxMissed; pause = min(2*pause, longestPause) {
		if until := c.RequestedAt.Add(c.Wait).Sub(w.now()); !isLate && until < pause { // See at once whether the promise is kept.
			pause = max(until, w.pause)
		}
		select {
		case <-w.ended.Done():
			return
		case <-time.After(pause):
		}
		isOver, err := w.look(d, c)
		if isOver {
			return
		}
		if missed++; err == nil {
			missed = 0
		}
		waited := w.now().Sub(c.RequestedAt)
		if !isLate && waited > c.Wait {
			isLate = true
			w.report(Outcome{Case: c, Waited: waited, IsLate: true})
		}
		if waited > c.Wait+watchTime {
			return
		}
	}
}

// look asks the desk how far the handoff is, and reports whether it is accepted or over.
func (w *Watch) look(d *Desk, c Case) (isOver bool, err error) {
	p, err := d.Read(w.ended, c.Resource, "")
	if err == nil && !p.AcceptedAt.IsZero() {
		w.accept(c, p.AcceptedAt)
		return true, nil
	}
	return err == nil && !p.EndedAt.IsZero(), err
}

// accept reports that a human has accepted the case. A time of the desk that is not between the request and now stands for now.
func (w *Watch) accept(c Case, at time.Time) {
	if now := w.now(); at.Before(c.RequestedAt) || at.After(now) {
		at = now
	}
	c.AcceptedAt = at
	if c.Accepted != nil {
		c.Accepted(at)
	}
	waited := at.Sub(c.RequestedAt)
	w.report(Outcome{Case: c, Waited: waited, IsLate: c.Wait > 0 && waited > c.Wait})
}
