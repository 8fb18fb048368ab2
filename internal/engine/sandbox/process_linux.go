package sandbox

import "syscall"

// newProcessAttributes returns attributes with which the kernel kills the worker when its parent dies. Without them a busy worker
// would go on until the end of its request, because only then it notices that its standard input is closed.
func newProcessAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
