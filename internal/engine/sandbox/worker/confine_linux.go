package worker

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// confine lowers the resource limits of this process for good.
//   - Memory: the process can grow by twice the memory limit of the guard. This stops a single large allocation, which the guard would
//     notice too late.
//   - Files and sockets: the process cannot open any. It does not need files, because OPA embeds the time zone database.
//   - Output: the process cannot write to files or dump core.
//
// If the node runs out of memory, the kernel kills the worker before other processes. The memory limit is in bytes.
func confine(memoryLimit int64) error {
	private, err := readPrivateBytes()
	if err != nil {
		return err
	}
	// With this score, the kernel kills the worker before other processes if the node runs out of memory. Some systems do not let a process
	// raise its score; the error is dropped, because the limits below do not need the score.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	for _, limit := range []struct {
		resource int
		value    uint64
	}{
		{syscall.RLIMIT_DATA, private + 2*uint64(memoryLimit)},
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

// readPrivateBytes returns the memory that counts against RLIMIT_DATA: all private writable memory, whether resident or not.
func readPrivateBytes() (uint64, error) {
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(status)
	if len(fields) < 6 {
		return 0, fmt.Errorf("/proc/self/statm has %d fields", len(fields))
	}
	// The sixth field is the number of pages for data and stack (proc(5)).
	pages, err := strconv.ParseUint(string(fields[5]), 10, 64)
	return pages * uint64(os.Getpagesize()), err
}
