//go:build !linux

package main

import "syscall"

// chooseSidecarHost returns the only loopback address that every system has.
func chooseSidecarHost() string { return "127.0.0.1" }

// processAttributes puts a child in its own process group.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
