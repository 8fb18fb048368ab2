package sandbox

import (
	"cmp"
	"time"
)

// Limits bound what a module may use up. A zero field stands for its default.
type Limits struct {
	// Time is how long one rule may take about one object: CPU time where the system tells it (a busy machine is not the
	// module's fault), elapsed time elsewhere. Default: DefaultTime.
	Time time.Duration `json:"time"`
	// CompileTime is the same for compiling one source. Default: DefaultCompileTime.
	CompileTime time.Duration `json:"compileTime"`
	// Memory is how far the worker may grow beyond what it had before, in bytes. On Linux the kernel refuses what is beyond
	// twice of it at once. Default: DefaultMemory.
	Memory int64 `json:"memory"`
}

const (
	// DefaultTime is some 1000 times what a rule of 20 lines takes.
	DefaultTime = 200 * time.Millisecond
	// DefaultCompileTime is some five times what the compiler takes for the largest source.
	DefaultCompileTime = 2 * time.Second
	// DefaultMemory is enough to compile the largest source, and leaves the manager (512 MiB) its own.
	DefaultMemory = 64 << 20
)

func (l Limits) orDefaults() Limits {
	return Limits{
		Time:        cmp.Or(max(l.Time, 0), DefaultTime),
		CompileTime: cmp.Or(max(l.CompileTime, 0), DefaultCompileTime),
		Memory:      cmp.Or(max(l.Memory, 0), DefaultMemory),
	}
}
