package sandbox

import "syscall"

// attributes end a worker also when its parent is killed while the worker is busy. Otherwise it ends when its input does.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
