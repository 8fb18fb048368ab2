package main

import (
	"os"
	"testing"
)

// TestMain runs the sidecar instead of the tests if RUN_SIDECAR is set. So the tests start the sidecar as another process without
// building it first.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_SIDECAR") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}
