//go:build !linux

package node

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
)

var errNoNode = errors.New("a node needs Linux, and this is " + runtime.GOOS)

// Machine is a running node: there is none on this system.
type Machine struct{ Network Network }

// Check returns what keeps this machine from running a node: it is no Linux.
func Check(Requirements) []error { return []error{errNoNode} }

// Start returns an error, as everything below.
func Start(Options) (*Machine, error) { return nil, errNoNode }

// Done belongs to a Machine, and there is none.
func (*Machine) Done() <-chan struct{} { return nil }

// Failure belongs to a Machine, and there is none.
func (*Machine) Failure() error { return errNoNode }

// Stop belongs to a Machine, and there is none.
func (*Machine) Stop() {}

// Enter returns an error.
func Enter(context.Context, string, string, ...string) (*exec.Cmd, error) { return nil, errNoNode }

// Init returns an error.
func Init() (int, error) { return 1, errNoNode }

// Sweep returns an error.
func Sweep(string, *os.File) error { return errNoNode }

// Probe returns an error.
func Probe(string) []error { return []error{errNoNode} }
