//go:build !linux

package faults

import "syscall"

// processAttributes gives a process a group of its own.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
