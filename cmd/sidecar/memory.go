package main

import (
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
)

// limitFiles hold the memory limit of the container, in version 2 and in version 1 of cgroups, as paths below /sys/fs/cgroup.
var limitFiles = []string{"memory.max", "memory/memory.limit_in_bytes"}

// maxMemoryBytes is more than any limit that someone sets: the kernel says a number like 2^63 when there is no limit.
const maxMemoryBytes = 1 << 40

// gcPercent lets the heap grow to three times the live memory before a garbage collection. That takes a few MiB and saves a tenth of
// the CPU time.
const gcPercent = 200

// findMemory returns the memory that the process may use: the flag, or the limit of the container if the flag is 0, or
// budget.DefaultMemoryBytes if there is no limit. cgroup is the folder /sys/fs/cgroup.
func findMemory(flag int64, cgroup fs.FS) int64 {
	if flag > 0 {
		return flag
	}
	for _, file := range limitFiles {
		text, err := fs.ReadFile(cgroup, file)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && limit > 0 && limit < maxMemoryBytes {
			return limit
		}
	}
	return budget.DefaultMemoryBytes
}

// limitHeap sets how often the garbage collector runs: rarely, but more often as the process comes near to its memory. A sixteenth is left
// for what the collector does not count. The variable GOMEMLIMIT takes precedence.
func limitHeap(memory int64) {
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory / 16 * 15)
	}
}
