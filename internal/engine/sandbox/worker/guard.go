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
	// checkInterval is the time between two checks of the limits. A module can allocate about 10 MiB in this time.
	checkInterval = 5 * time.Millisecond
	// threads is the number of threads that run Go code: one for the module, and one for the guard and the garbage collector.
	threads = 2
)

// guard keeps the requests to a worker within their limits.
type guard struct {
	limits sandbox.Limits
	// memorySamples are the metrics of memory whose sum measureMemory returns.
	memorySamples []metrics.Sample
	// ticker runs during a request, and ticks when the limits have to be checked.
	ticker *time.Ticker
}

// newGuard returns a guard whose ticker is stopped.
func newGuard(limits sandbox.Limits) *guard {
	g := &guard{
		limits:        limits,
		memorySamples: []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}},
		ticker:        time.NewTicker(checkInterval),
	}
	g.ticker.Stop()
	return g
}

// confine takes from this process, for good, the rights that modules must not have (on Linux only), and limits its threads and memory. It
// has to run after newGuard, because the first timer of a process opens files. It returns an error if a limit is missing or cannot be set.
func (g *guard) confine() error {
	if g.limits.Time <= 0 || g.limits.CompileTime <= 0 || g.limits.Memory <= 0 {
		return errors.New("a limit is missing")
	}
	runtime.GOMAXPROCS(threads)
	// The Go runtime gets a limit a little below that of the kernel, so that the garbage collector works harder before the kernel refuses
	// memory. Both limits leave twice the memory limit of the guard free (see confine), but measureMemory counts less memory than the
	// kernel.
	debug.SetMemoryLimit(int64(g.measureMemory()) + 2*g.limits.Memory)
	return confine(g.limits.Memory)
}

// measureMemory returns the memory of objects and stacks, in bytes. It includes garbage that has not been collected yet.
func (g *guard) measureMemory() uint64 {
	metrics.Read(g.memorySamples)
	sum := uint64(0)
	for _, sample := range g.memorySamples {
		sum += sample.Value.Uint64()
	}
	return sum
}

// run does the work within a time limit and the memory limit, and returns the response of the work. It tells work that exceeds the time
// limit to stop. It abandons work that exceeds twice the time limit, or the memory limit; the response then says that the worker ends.
func (g *guard) run(timeLimit time.Duration, work func(stop topdown.Cancel) sandbox.Response) sandbox.Response {
	stop := topdown.NewCancel()
	done := make(chan sandbox.Response, 1)
	startTime, startMemory := readProcessTime(), g.measureMemory()
	// This goroutine ends with the work, or with the process if the work is abandoned.
	go func() { done <- recoverFrom(work, stop) }()
	g.ticker.Reset(checkInterval)
	defer g.ticker.Stop()
	for {
		select {
		case response := <-done:
			// Work that was told to stop may have failed with any error, so its response is dropped.
			if stop.Cancelled() {
				return sandbox.Response{Limit: sandbox.LimitTime}
			}
			return response
		case <-g.ticker.C:
		}
		spent := readProcessTime() - startTime
		switch {
		case g.measureMemory() > startMemory+uint64(g.limits.Memory):
			return sandbox.Response{Limit: sandbox.LimitMemory, Ends: true}
		case spent > 2*timeLimit:
			return sandbox.Response{Limit: sandbox.LimitTime, Ends: true}
		case spent > timeLimit:
			stop.Cancel()
		}
	}
}

// recoverFrom does the work, and returns a response with a failure if the work panics.
func recoverFrom(work func(topdown.Cancel) sandbox.Response, stop topdown.Cancel) (response sandbox.Response) {
	defer func() {
		if r := recover(); r != nil {
			response = sandbox.Response{Failure: sandbox.Shorten(fmt.Sprintf("the evaluation panicked: %v", r))}
		}
	}()
	return work(stop)
}
