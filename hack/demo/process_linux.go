package main

import (
	"fmt"
	"math/rand/v2"
	"syscall"
)

// chooseSidecarHost returns a random loopback address, because the ports of a sidecar are fixed and two demos may run at once.
func chooseSidecarHost() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
}

// processAttributes puts a child in its own process group and ends it when the demo dies.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
