package main

import (
	"io/fs"
	"runtime/debug"

	"github.com/chaperone-dev/chaperone/internal/cgroup"
)

// gcPercent lets the heap grow by less than the runtime's own 100 percent. What lives in the heap are the caches, which are large and change
// little, so that a collection more costs little time and saves much memory.
const gcPercent = 50

// limitHeap sets how often the garbage collector runs. The variables GOGC and GOMEMLIMIT take precedence. limits are those of the container.
func limitHeap(getenv func(string) string, limits fs.FS) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if memory := cgroup.FindMemory(limits); memory > 0 && getenv("GOMEMLIMIT") == "" {
		// A sixteenth is left for what the collector does not count.
		debug.SetMemoryLimit(memory / 16 * 15)
	}
}
