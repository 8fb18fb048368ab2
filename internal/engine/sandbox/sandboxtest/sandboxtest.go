// Package sandboxtest provides tests with a worker for the modules of organisations. The worker is the test binary itself, started a second
// time. It is enough for a test to import this package; no TestMain is needed.
package sandboxtest

import (
	"log"
	"os"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

// init runs the worker, instead of the tests, if a runner has started the test binary as a worker. Without this init function, each package
// with such tests would need a TestMain.
func init() {
	if worker.IsRequested(os.Args) {
		log.Fatal(worker.Serve(os.Stdin, os.Stdout))
	}
}

// Command returns the command line that starts the test binary as a worker, for sandbox.Options.
func Command(t testing.TB) []string {
	t.Helper()
	command, err := worker.Command()
	if err != nil {
		t.Fatal(err)
	}
	return command
}
