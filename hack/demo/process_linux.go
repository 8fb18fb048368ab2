package main

import "syscall"

// processAttributes puts a child in a process group of its own and ends it when the demo dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
