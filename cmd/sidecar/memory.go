package main

import (
	"cmp"
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/chaperone-dev/chaperone/internal/cgroup"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
)

// gcPercent lets the heap grow to three times the live memory before a garbage collection. That takes a few MiB and saves a tenth of
// the CPU time.
const gcPercent = 200

// findMemory returns the memory that the process may use: the flag, or the limit of the container if the flag is 0, or
// budget.DefaultMemoryBytes if there is no limit. limits are those of the container.
func findMemory(flag int64, limits fs.FS) int64 {
	if flag > 0 {
		return flag
	}
	return cmp.Or(cgroup.FindMemory(limits), budget.DefaultMemoryBytes)
}

// limitHeap sets how often the garbage collector runs: rarely, but more often as the process comes near to its memory. A sixteenth is left
// for what the collector does not count. The variable GOMEMLIMIT takes precedence.
func limitHeap(memory int64) {
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory / 16 * 15)
	}
}
