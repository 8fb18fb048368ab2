//go:build unix && !linux

package process

import "syscall"

// attributes gives the child a process group of its own. Only Linux also ends it
// when the parent is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
