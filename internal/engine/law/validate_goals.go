package law

import (
	"maps"
	"regexp"
	"slices"
)

var goalPattern = regexp.MustCompile(`^G-[0-9]{2}$`)

// listThemes returns the themes that goals may have.
func listThemes() []string {
	return []string{
		"privacy", "liability", "consumers", "intellectual-property", "regulation", "contract", "security", "cross-border",
		"enforcement", "risk",
	}
}

// checkGoals checks all goals.
func (f *faults) checkGoals(data *Data) {
	for _, id := range slices.Sorted(maps.Keys(data.Goals)) {
		f.place = "goal " + id
		f.checkGoal(id, data.Goals[id], data.Dimensions.Dimensions)
	}
}

// checkGoal checks one goal. The dimensions and kinds that it names must exist, and it must name at least one means that achieves it.
func (f *faults) checkGoal(id string, g Goal, dimensions map[string]Dimension) {
	if !goalPattern.MatchString(id) {
		f.add("the id is not G- and two digits")
	}
	f.checkOneOf("theme", g.Theme, listThemes())
	if g.Text == "" {
		f.add("goal must not be empty")
	}
	for _, name := range g.Dimensions {
		if _, exists := dimensions[name]; !exists {
			f.add("dimension %q is not in dimensions.yaml", name)
		}
	}
	// The sidecar also carries out `suspend`, which listSidecarKinds omits because no dimension sets it.
	for _, kind := range g.SidecarKinds {
		f.checkOneOf("runtime", kind, append(listSidecarKinds(), "suspend"))
	}
	if len(g.Dimensions)+len(g.SidecarKinds) == 0 && g.WorkloadControl+g.Evidence+g.Output == "" {
		f.add("nothing achieves the goal")
	}
}
