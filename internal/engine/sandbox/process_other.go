//go:build !linux

package sandbox

import "syscall"

// newProcessAttributes returns nil: only Linux can kill the worker at once when its parent dies. Elsewhere the worker ends after its
// current request, because its standard input is closed.
func newProcessAttributes() *syscall.SysProcAttr {
	return nil
}
