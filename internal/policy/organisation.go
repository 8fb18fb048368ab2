package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Organisation is what an organisation adds to the law, for all chatbots of a cluster.
type Organisation struct {
	Profiles []v1alpha1.JurisdictionProfile
	Policies []v1alpha1.GovernancePolicy
}

// Faults maps an object of an organisation, as `Kind "name"`, to what is wrong with it.
type Faults map[string]string

// Add appends a fault to those of an object.
func (f Faults) Add(kind, name, message string) {
	key := faultKey(kind, name)
	if f[key] != "" {
		message = f[key] + "; " + message
	}
	f[key] = message
}

// Of returns what is wrong with an object; empty when it has no fault.
func (f Faults) Of(kind, name string) string { return f[faultKey(kind, name)] }

// String returns the faults, sorted, one per line.
func (f Faults) String() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, key+": "+f[key])
	}
	return strings.Join(lines, "\n")
}

func faultKey(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }
