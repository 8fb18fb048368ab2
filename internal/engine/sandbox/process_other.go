//go:build !linux

package sandbox

import "syscall"

// newProcessAttributes sets none: a worker ends when its input does, after its current request.
func newProcessAttributes() *syscall.SysProcAttr {
	return nil
}
