//go:build !linux

package redteam

import "syscall"

// processAttributes gives the demo a process group of its own.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
