//go:build !linux

package sandbox

import "syscall"

// attributes has none: a worker ends when its input does, after what it is busy with.
func attributes() *syscall.SysProcAttr {
	return nil
}
