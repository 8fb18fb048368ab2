package main

import (
	"io/fs"
	"runtime/debug"

	"github.com/chaperone-dev/chaperone/internal/cgroup"
)

// limitHeap keeps the heap below the memory limit of the container, of which limits are. The variable GOMEMLIMIT takes precedence.
func limitHeap(getenv func(string) string, limits fs.FS) {
	if memory := cgroup.FindMemory(limits); memory > 0 && getenv("GOMEMLIMIT") == "" {
		// A sixteenth is left for what the collector does not count.
		debug.SetMemoryLimit(memory / 16 * 15)
	}
}
