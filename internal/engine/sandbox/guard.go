package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	// look is how often a worker looks at what it uses. In that time a module can allocate some 10 MiB.
	look = 5 * time.Millisecond
	// procs is how many threads run Go code in a worker: one for the module, one for the guard and the collection of garbage.
	procs = 2
)

// guard is what keeps a worker within its limits.
type guard struct {
	limits Limits
	heap   []metrics.Sample
	ticker *time.Ticker
}

func newGuard(limits Limits) *guard {
	g := &guard{
		limits: limits,
		heap:   []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}},
		ticker: time.NewTicker(look),
	}
	g.ticker.Stop()
	return g
}

// confine takes from this process, for good, what modules shall not have. Timers open files of their own: the guard's ticker
// is made before.
func (g *guard) confine() error {
	if g.limits.Time <= 0 || g.limits.CompileTime <= 0 || g.limits.Memory <= 0 {
		return errors.New("a limit is missing")
	}
	runtime.GOMAXPROCS(procs)
	// Where the kernel would refuse more, garbage is collected first, at any price.
	debug.SetMemoryLimit(int64(g.used()) + 2*g.limits.Memory)
	return confine(g.limits.Memory)
}

// used is the memory of objects and stacks in bytes, dead ones that were not yet collected included.
func (g *guard) used() uint64 {
	metrics.Read(g.heap)
	sum := uint64(0)
	for _, sample := range g.heap {
		sum += sample.Value.Uint64()
	}
	return sum
}

// run does the work within a time and the limit of memory. Work that exceeds the time is told to stop; when it does not
// within as much time again, or when it exceeds the memory, it is given up and the answer says that the worker ends.
func (g *guard) run(limit time.Duration, work func(stop topdown.Cancel) answer) answer {
	stop := topdown.NewCancel()
	done := make(chan answer, 1)
	begun, before := processTime(), g.used()
	// Ends with the work, or with the process.
	go func() { done <- survive(work, stop) }()
	g.ticker.Reset(look)
	defer g.ticker.Stop()
	for {
		select {
		case a := <-done:
			if stop.Cancelled() {
				return answer{Limit: LimitTime}
			}
			return a
		case <-g.ticker.C:
		}
		spent := processTime() - begun
		switch {
		case g.used() > before+uint64(g.limits.Memory):
			return answer{Limit: LimitMemory, Ends: true}
		case spent > 2*limit:
			return answer{Limit: LimitTime, Ends: true}
		case spent > limit:
			stop.Cancel()
		}
	}
}

// survive turns a panic of OPA into an answer.
func survive(work func(topdown.Cancel) answer, stop topdown.Cancel) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Failure: shorten(fmt.Sprintf("the evaluation panicked: %v", r))}
		}
	}()
	return work(stop)
}
