package sandbox

import "syscall"

// newProcessAttributes has the kernel kill a busy worker when its parent dies. An idle worker ends when its input does.
func newProcessAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
