package faults

import "syscall"

// processAttributes gives a process a group of its own, and an end when the test is killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
