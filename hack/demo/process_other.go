//go:build !linux

package main

import "syscall"

// sidecarHost returns the one loopback address that every system has.
func sidecarHost() string { return "127.0.0.1" }

// processAttributes puts a child in its own process group.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
