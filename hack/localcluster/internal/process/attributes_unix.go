//go:build unix && !linux

package process

import "syscall"

// attributes gives the child a process group of its own, or a session when it
// survives. Only Linux also ends it when the parent is killed.
func attributes(c Command) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: !c.Survives, Setsid: c.Survives}
}
