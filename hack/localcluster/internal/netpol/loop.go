package netpol

import (
	"context"
	"strings"
	"time"

	"k8s.io/klog/v2"
)

const (
	// settle is how long a change waits for others. A rollout changes several pods
	// at once; a test that waits for a policy does not notice 50 ms.
	settle = 50 * time.Millisecond
	// firstRetry and lastRetry bound the wait after a failure, which doubles.
	firstRetry = 200 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// loop applies the newest ruleset until its context ends.
type loop struct {
	// changed has a token when something changed since the last look.
	changed chan struct{}
	ruleset func() (string, error)
	apply   func(ctx context.Context, ruleset string) error
	// enforcing is called once, after the first ruleset is in force.
	enforcing func() error

	applied string
	retry   time.Duration
}

// notify never blocks: one token stands for any number of changes.
func (l *loop) notify() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// run returns nil when ctx ends, and an error only of enforcing.
func (l *loop) run(ctx context.Context) error {
	told := false
	for {
		again := l.step(ctx)
		if l.applied != "" && !told {
			if err := l.enforcing(); err != nil {
				return err
			}
			told = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again:
		case <-l.changed:
			select {
			case <-ctx.Done():
			case <-time.After(settle):
			}
		}
	}
}

// step applies the ruleset if it differs from the last one. After a failure it
// returns when to try again.
func (l *loop) step(ctx context.Context) <-chan time.Time {
	err := l.replace(ctx)
	if err == nil || ctx.Err() != nil {
		l.retry = 0
		return nil
	}
	l.retry = min(max(2*l.retry, firstRetry), lastRetry)
	klog.FromContext(ctx).Error(err, "Keeping the old rules", "retryAfter", l.retry)
	return time.After(l.retry)
}

func (l *loop) replace(ctx context.Context) error {
	ruleset, err := l.ruleset()
	if err != nil || ruleset == l.applied {
		return err
	}
	// What is in force after a failure is not certain, so the next try applies
	// whatever it finds.
	l.applied = ""
	if err := l.apply(ctx, ruleset); err != nil {
		return err
	}
	l.applied = ruleset
	klog.FromContext(ctx).Info("Applied ruleset", "lines", strings.Count(ruleset, "\n"))
	return nil
}
