package sandbox

import "syscall"

// newProcessAttributes returns attributes with which the kernel kills the worker when its parent dies. Without them only an idle worker
// would end, because its standard input is closed.
func newProcessAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
