package inject_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
)

// TestNumbersAreTheSidecars compares the numbers in pods with those that the sidecar uses.
func TestNumbersAreTheSidecars(t *testing.T) {
	if want := fmt.Sprintf(":%d", inject.AdminPort); sidecar.DefaultAdmin != want {
		t.Errorf("the sidecar serves probes at %q, pods ask at %q", sidecar.DefaultAdmin, want)
	}
	if want := fmt.Sprintf("127.0.0.1:%d", inject.EgressPort); sidecar.DefaultEgress != want {
		t.Errorf("the sidecar serves model traffic at %q, pods send it to %q", sidecar.DefaultEgress, want)
	}
	if want := fmt.Sprintf("http://127.0.0.1:%d", inject.EgressPort); inject.EgressURL != want {
		t.Errorf("EgressURL is %q, want %q", inject.EgressURL, want)
	}
}

func TestModelURLVariablesAreSorted(t *testing.T) {
	names := inject.ModelURLVariables()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%q is not sorted or has doubles", names)
	}
}
