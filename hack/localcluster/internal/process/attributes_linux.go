package process

import "syscall"

// attributes gives the child a process group of its own, so that Ctrl-C reaches
// it through Stop and in order, and SIGKILL when the thread that started it
// ends. A child that survives gets a session of its own instead.
func attributes(c Command) *syscall.SysProcAttr {
	if c.Survives {
		return &syscall.SysProcAttr{Setsid: true}
	}
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: c.Namespaces}
}
