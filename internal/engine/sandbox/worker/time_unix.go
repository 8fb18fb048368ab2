//go:build unix

package worker

import (
	"syscall"
	"time"
)

// readProcessTime returns the CPU time that this process has used, in user and system mode. It returns 0 on an error, which the system call
// has only for wrong arguments.
func readProcessTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
