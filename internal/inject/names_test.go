package inject_test

import (
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/inject"
)

func TestModelURLVariablesAreSorted(t *testing.T) {
	names := inject.ModelURLVariables()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("%q is not sorted or has doubles", names)
	}
}
