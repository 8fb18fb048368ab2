package webhook_test

import (
	"log"
	"os"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// TestMain makes the test binary a worker when an engine of a test starts it as one.
func TestMain(m *testing.M) {
	if sandbox.IsWorker(os.Args) {
		log.Fatal(sandbox.Serve(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}
