// Package cgroup reads the limits of the container in which the process runs.
package cgroup

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// limitFiles hold the memory limit of the container, in version 2 and in version 1 of cgroups, as paths below /sys/fs/cgroup.
var limitFiles = []string{"memory.max", "memory/memory.limit_in_bytes"}

// maxMemoryBytes is more than any limit that someone sets: the kernel says a number like 2^63 when there is no limit.
const maxMemoryBytes = 1 << 40

// Open returns the folder with the limits of the container, /sys/fs/cgroup.
func Open() fs.FS { return os.DirFS("/sys/fs/cgroup") }

// FindMemory returns the memory limit of the container in bytes, or 0 if it has none. cgroup is what Open returns.
func FindMemory(cgroup fs.FS) int64 {
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
