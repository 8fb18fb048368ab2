package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Organisation holds all objects of a cluster by which an organisation adds to the law.
type Organisation struct {
	Profiles []v1alpha1.JurisdictionProfile
	Policies []v1alpha1.GovernancePolicy
}

// Faults maps an object of an organisation, written as `Kind "name"`, to a text that says what is wrong with it.
type Faults map[string]string

// Add adds a fault of an object. Several faults of one object are joined by semicolons.
func (f Faults) Add(kind, name, message string) {
	key := faultKey(kind, name)
	if f[key] != "" {
		message = f[key] + "; " + message
	}
	f[key] = message
}

// Find returns the faults of an object, joined by semicolons; empty when the object has none.
func (f Faults) Find(kind, name string) string { return f[faultKey(kind, name)] }

// String returns one line per object with faults, sorted by kind and name.
func (f Faults) String() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, key+": "+f[key])
	}
	return strings.Join(lines, "\n")
}

func faultKey(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }
