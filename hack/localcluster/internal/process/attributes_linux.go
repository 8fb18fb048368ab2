package process

import "syscall"

// attributes gives the child a process group of its own, so that Ctrl-C reaches
// it through Stop and in order, and SIGKILL when the thread that started it
// ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
