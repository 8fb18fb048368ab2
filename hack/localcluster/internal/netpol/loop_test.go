package netpol

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorder is nft and the cluster for a loop; it notes when what was applied.
type recorder struct {
	loop
	now     string
	failure error
	start   time.Time
	got     []call
}

// call is one run of nft, at a time since the start.
type call struct {
	At      time.Duration
	Ruleset string
}

// runLoop runs a loop in the bubble of a synctest until the test ends.
func runLoop(t *testing.T, enforcing func() error) (*recorder, <-chan error) {
	t.Helper()
	r := &recorder{now: "first", start: time.Now()}
	r.loop = loop{
		changed:   make(chan struct{}, 1),
		ruleset:   func() (string, error) { return r.now, nil },
		enforcing: enforcing,
		apply: func(_ context.Context, ruleset string) error {
			r.got = append(r.got, call{time.Since(r.start), ruleset})
			return r.failure
		},
	}
	ended := make(chan error, 1)
	// Ends with the test's context.
	go func() { ended <- r.run(t.Context()) }()
	synctest.Wait()
	return r, ended
}

// change is what an informer does.
func (r *recorder) change(ruleset string) {
	r.now = ruleset
	r.notify()
	synctest.Wait()
}

func (r *recorder) expect(t *testing.T, want ...call) {
	t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, r.got); diff != "" {
		t.Errorf("runs of nft (-want +got):\n%s", diff)
	}
}

func TestChangesAreCollectedAndEqualRulesetsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		r, _ := runLoop(t, func() error { told++; return nil })
		r.change("second")
		r.change("third")
		time.Sleep(time.Second)
		r.change("third")
		time.Sleep(time.Second)
		r.expect(t, call{0, "first"}, call{settle, "third"})
		if told != 1 {
			t.Errorf("told %d times that it enforces, want once", told)
		}
	})
}

func TestFailuresAreTriedAgainEverLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		r, _ := runLoop(t, func() error { told++; return nil })
		r.failure = errors.New("no memory")
		r.change("second")
		time.Sleep(time.Second)
		r.expect(t, call{0, "first"}, call{50 * time.Millisecond, "second"},
			call{250 * time.Millisecond, "second"}, call{650 * time.Millisecond, "second"})
		r.got = nil
		time.Sleep(time.Minute)
		if n := len(r.got); n < 6 || n > 12 {
			t.Errorf("%d tries in a minute, want one in %s at last", n, lastRetry)
		}
		// What failed may have come into force all the same: going back is a change.
		r.got, r.failure, r.start = nil, nil, time.Now()
		r.change("first")
		time.Sleep(time.Hour)
		r.expect(t, call{settle, "first"})
		if told != 1 {
			t.Errorf("told %d times that it enforces, want once", told)
		}
	})
}

func TestReadyFileThatCannotBeWrittenEndsTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := errors.New("read-only")
		_, ended := runLoop(t, func() error { return want })
		if err := <-ended; !errors.Is(err, want) {
			t.Errorf("ended with %v, want %v", err, want)
		}
	})
}
