package redteam

import "syscall"

// processAttributes gives the demo a process group of its own, and an end in order when the test is killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
