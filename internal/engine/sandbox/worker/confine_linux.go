package worker

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// confine limits the resources of this process; the process cannot raise the limits again.
//   - Memory: it can grow by twice what the guard allows, which stops single large allocations that the guard notices too late.
//   - Files and sockets: it cannot open any. OPA embeds the time zone data, so it needs no files.
//   - Output: it cannot write to files or dump core.
//
// When the node runs out of memory, the kernel kills the worker first.
func confine(memory int64) error {
	private, err := privateBytes()
	if err != nil {
		return err
	}
	// Not all systems let a process set its own score. The limits hold without it.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	for _, limit := range []struct {
		resource int
		value    uint64
	}{
		{syscall.RLIMIT_DATA, private + 2*uint64(memory)},
		{syscall.RLIMIT_NOFILE, 0},
		{syscall.RLIMIT_FSIZE, 0},
		{syscall.RLIMIT_CORE, 0},
	} {
		if err := syscall.Setrlimit(limit.resource, &syscall.Rlimit{Cur: limit.value, Max: limit.value}); err != nil {
			return fmt.Errorf("set resource limit %d: %w", limit.resource, err)
		}
	}
	return nil
}

// privateBytes returns the memory that counts against RLIMIT_DATA: all private writable memory, used or not.
func privateBytes() (uint64, error) {
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(status)
	if len(fields) < 6 {
		return 0, fmt.Errorf("/proc/self/statm has %d fields", len(fields))
	}
	pages, err := strconv.ParseUint(string(fields[5]), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}
