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

// Add adds a message about an object. Several messages about one object are joined by semicolons. One message can state several faults,
// each on its own line.
func (f Faults) Add(kind, name, message string) {
	key := faultKey(kind, name)
	if f[key] != "" {
		message = f[key] + "; " + message
	}
	f[key] = message
}

// Find returns the messages about an object, joined by semicolons (Add); empty when the object has no faults.
func (f Faults) Find(kind, name string) string { return f[faultKey(kind, name)] }

// String returns the text for each object with faults, sorted by kind and name, each beginning on a new line.
func (f Faults) String() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, key+": "+f[key])
	}
	return strings.Join(lines, "\n")
}

func faultKey(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }
