package sandbox

import (
	"cmp"
	"time"
)

// Limits are the limits of a worker. A field that is not positive stands for its default.
type Limits struct {
	// Time limits the evaluation of one rule for one input. It is CPU time on Unix, so that a busy machine does not count against the module,
	// and elapsed time elsewhere. Whatever the CPU time, the runner kills a worker that does not respond within responseTimeout, which counts
	// as exceeding the limit. Default: DefaultTime.
	Time time.Duration `json:"time"`
	// CompileTime limits the compilation of one source. Like Time, it is CPU time on Unix. Default: DefaultCompileTime.
	CompileTime time.Duration `json:"compileTime"`
	// Memory limits how much the memory of the worker may grow during one request, in bytes. The worker measures its memory at intervals. On
	// Linux the kernel also refuses, at once, growth beyond twice this limit, counted from the start of the worker over all its requests.
	// Default: DefaultMemory.
	Memory int64 `json:"memory"`
}

const (
	// DefaultTime is about 1000 times the time that the evaluation of a rule of 20 lines takes.
	DefaultTime = 200 * time.Millisecond
	// DefaultCompileTime is about five times the time that the compilation of the largest allowed source takes.
	DefaultCompileTime = 2 * time.Second
	// DefaultMemory is enough for compiling the largest allowed source. It is small compared with the memory of the manager's container (512
	// MiB requested, 672 MiB at most), in which the worker runs.
	DefaultMemory = 64 << 20
)

// withDefaults returns the limits with defaults in place of fields that are not positive.
func (l Limits) withDefaults() Limits {
	return Limits{
		Time:        cmp.Or(max(l.Time, 0), DefaultTime),
		CompileTime: cmp.Or(max(l.CompileTime, 0), DefaultCompileTime),
		Memory:      cmp.Or(max(l.Memory, 0), DefaultMemory),
	}
}
