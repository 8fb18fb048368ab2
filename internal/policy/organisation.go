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

// Faults says what is wrong with objects of an organisation: `Kind "name"` to the message.
type Faults map[string]string

// Add puts a fault of an object behind those that it has.
func (f Faults) Add(kind, name, message string) {
	key := faultKey(kind, name)
	if f[key] != "" {
		message = f[key] + "; " + message
	}
	f[key] = message
}

// Of returns what is wrong with an object, empty when nothing is.
func (f Faults) Of(kind, name string) string { return f[faultKey(kind, name)] }

// String lists the faults, sorted, one a line.
func (f Faults) String() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, key+": "+f[key])
	}
	return strings.Join(lines, "\n")
}

func faultKey(kind, name string) string { return fmt.Sprintf("%s %q", kind, name) }
