// Package sandboxtest gives tests a worker for the modules of organisations: their own test binary, started again. A test that needs
// one imports this package; no TestMain has to know of it.
package sandboxtest

import (
	"log"
	"os"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

// init serves as the worker when a runner starts the test binary as one. It must run before the tests. The
// only other place for it would be the TestMain of each package.
func init() {
	if worker.IsRequested(os.Args) {
		log.Fatal(worker.Serve(os.Stdin, os.Stdout))
	}
}

// Command returns the command that starts the worker.
func Command(t testing.TB) []string {
	t.Helper()
	command, err := worker.Command()
	if err != nil {
		t.Fatal(err)
	}
	return command
}
