// Command kubectl-chaperone checks chatbots against the law of the places they serve. On the PATH it is a plugin of kubectl:
// `kubectl chaperone check FILE`. Its use cases are in internal/cli.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"

	"k8s.io/utils/clock"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/conformance/cases"
)

// gcPercent is the growth of the heap, in percent, after which garbage is collected.
const gcPercent = 400

func main() {
	// The program starts itself as a child process, the worker, which evaluates the Rego modules of organisations. Serve always returns an
	// error, also when its parent process ends.
	if worker.IsRequested(os.Args) {
		log.Fatal(worker.Serve(os.Stdin, os.Stdout))
	}
	// A command ends before garbage matters. Preparing the law makes a lot of it, and with the default a quarter of the CPU goes into collecting.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	command, err := worker.Command()
	if err != nil {
		log.Fatal(err)
	}
	// No signal is caught, so that Ctrl-C ends the program also while it waits for standard input. There is nothing to clean up: the worker
	// ends with the program.
	code := cli.Run(context.Background(), os.Args[1:], cli.Options{
		In:          os.Stdin,
		Out:         os.Stdout,
		Err:         os.Stderr,
		IsTerminal:  isTerminal(os.Stdin) && isTerminal(os.Stderr),
		Clock:       clock.RealClock{},
		Policies:    policies.FS,
		Cases:       cases.FS,
		Worker:      command,
		Definitions: crd.Definitions(),
		Version:     readVersion(),
	})
	os.Exit(code)
}

// isTerminal reports whether the file is a terminal. A device that is none, such as /dev/null, counts as one; a question then ends at once.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func readVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
