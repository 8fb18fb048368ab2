//go:build !linux

package sandbox

import "syscall"

// newProcessAttributes returns nil, because the death of the parent has no signal here. The worker ends after its current request, when its
// standard input is closed.
func newProcessAttributes() *syscall.SysProcAttr {
	return nil
}
