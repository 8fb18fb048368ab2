package main

import (
	"io/fs"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// limitFiles hold the memory limit of the container, in version 2 and in version 1 of cgroups, as paths below /sys/fs/cgroup.
var limitFiles = []string{"memory.max", "memory/memory.limit_in_bytes"}

// maxMemoryBytes is more than any limit that someone sets: the kernel says a number like 2^63 when there is no limit.
const maxMemoryBytes = 1 << 40

// gcPercent lets the heap grow by less than the runtime's own 100 percent. What lives in the heap are the caches, which are large and change
// little, so that a collection more costs little time and saves much memory.
const gcPercent = 50

// limitHeap sets how often the garbage collector runs. The variables GOGC and GOMEMLIMIT take precedence. cgroup is the folder /sys/fs/cgroup.
func limitHeap(getenv func(string) string, cgroup fs.FS) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if memory := findMemory(cgroup); memory > 0 && getenv("GOMEMLIMIT") == "" {
		// A sixteenth is left for what the collector does not count.
		debug.SetMemoryLimit(memory / 16 * 15)
	}
}

// findMemory returns the memory limit of the container in bytes, or 0 if it has none.
func findMemory(cgroup fs.FS) int64 {
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
	return 0
}

// openCgroup returns the folder with the limits of the container.
func openCgroup() fs.FS { return os.DirFS("/sys/fs/cgroup") }
