package worker

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

const (
	// checkInterval is how often a worker checks what it uses. In that time a module can allocate some 10 MiB.
	checkInterval = 5 * time.Millisecond
	// procs is how many threads run Go code in a worker: one for the module, one for the guard and the collection of garbage.
	procs = 2
)

// guard is what keeps a worker within its limits.
type guard struct {
	limits sandbox.Limits
	heap   []metrics.Sample
	ticker *time.Ticker
}

func newGuard(limits sandbox.Limits) *guard {
	g := &guard{
		limits: limits,
		heap:   []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}},
		ticker: time.NewTicker(checkInterval),
	}
	g.ticker.Stop()
	return g
}

// confine takes from this process, for good, what modules must not have. The guard's ticker exists by then: timers open files.
func (g *guard) confine() error {
	if g.limits.Time <= 0 || g.limits.CompileTime <= 0 || g.limits.Memory <= 0 {
		return errors.New("a limit is missing")
	}
	runtime.GOMAXPROCS(procs)
	// Where the kernel would refuse more, garbage is collected first, at any price.
	debug.SetMemoryLimit(int64(g.measureMemory()) + 2*g.limits.Memory)
	return confine(g.limits.Memory)
}

// measureMemory returns the memory of objects and stacks in bytes, dead ones that were not yet collected included.
func (g *guard) measureMemory() uint64 {
	metrics.Read(g.heap)
	sum := uint64(0)
	for _, sample := range g.heap {
		sum += sample.Value.Uint64()
	}
	return sum
}

// run does the work within a time and the memory limit. Work that exceeds the time is told to stop. When it does not stop within as
// much time again, or when it exceeds the memory, run abandons it, and the response says that the worker ends.
func (g *guard) run(limit time.Duration, work func(stop topdown.Cancel) sandbox.Response) sandbox.Response {
	stop := topdown.NewCancel()
	done := make(chan sandbox.Response, 1)
	started, before := processTime(), g.measureMemory()
	// Ends with the work, or with the process.
	go func() { done <- recoverFrom(work, stop) }()
	g.ticker.Reset(checkInterval)
	defer g.ticker.Stop()
	for {
		select {
		case response := <-done:
			if stop.Cancelled() {
				return sandbox.Response{Limit: sandbox.LimitTime}
			}
			return response
		case <-g.ticker.C:
		}
		spent := processTime() - started
		switch {
		case g.measureMemory() > before+uint64(g.limits.Memory):
			return sandbox.Response{Limit: sandbox.LimitMemory, Ends: true}
		case spent > 2*limit:
			return sandbox.Response{Limit: sandbox.LimitTime, Ends: true}
		case spent > limit:
			stop.Cancel()
		}
	}
}

// recoverFrom turns a panic of OPA into a response.
func recoverFrom(work func(topdown.Cancel) sandbox.Response, stop topdown.Cancel) (response sandbox.Response) {
	defer func() {
		if r := recover(); r != nil {
			response = sandbox.Response{Failure: sandbox.Shorten(fmt.Sprintf("the evaluation panicked: %v", r))}
		}
	}()
	return work(stop)
}
