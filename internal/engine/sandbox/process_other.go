//go:build !linux

package sandbox

import "syscall"

// newProcessAttributes returns nil: only Linux can kill the worker at once when its parent dies. Elsewhere a busy worker goes on
// until the end of its request, because only then it notices that its standard input is closed.
func newProcessAttributes() *syscall.SysProcAttr {
	return nil
}
