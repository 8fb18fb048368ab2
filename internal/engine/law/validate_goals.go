package law

import (
	"maps"
	"regexp"
	"slices"
)

var goalPattern = regexp.MustCompile(`^G-[0-9]{2}$`)

// goalThemes are the themes of the goals.
func goalThemes() []string {
	return []string{
		"privacy", "liability", "consumers", "intellectual-property", "regulation", "contract", "security", "cross-border",
		"enforcement", "risk",
	}
}

// checkGoals checks that every goal is carried by something that exists.
func (f *faults) checkGoals(data *Data) {
	for _, id := range slices.Sorted(maps.Keys(data.Goals)) {
		f.where = "goal " + id
		f.checkGoal(id, data.Goals[id], data.Dimensions.Dimensions)
	}
}

func (f *faults) checkGoal(id string, g Goal, dimensions map[string]Dimension) {
	if !goalPattern.MatchString(id) {
		f.add("the id is not G- and two digits")
	}
	f.checkOneOf("theme", g.Theme, goalThemes())
	if g.Goal == "" {
		f.add("goal must not be empty")
	}
	for _, name := range g.Dimensions {
		if _, known := dimensions[name]; !known {
			f.add("dimension %q is not in dimensions.yaml", name)
		}
	}
	for _, kind := range g.Runtime {
		f.checkOneOf("runtime", kind, append(listSidecarKinds(), "suspend"))
	}
	if len(g.Dimensions)+len(g.Runtime)+len(g.Workload)+len(g.Evidence)+len(g.Answer) == 0 {
		f.add("nothing carries it")
	}
}
