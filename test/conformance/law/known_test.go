package law_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// knownFile is the list of differences that are known, and knownHead the comment at its head.
const (
	knownFile = "known.yaml"
	knownHead = `# Differences between what is decided and what is right, with the reason why each is still there. The list must shrink: the test fails for a
# difference that is not here, and for one here that no longer exists. ` + "`go test ./test/conformance/law -update`" + ` takes out what no longer exists, and
# writes what is new without a reason, which the test refuses. A place without a day means both days.
`
)

// knownDifference is a difference that is known, at one or more places.
type knownDifference struct {
	// Kind and Rule are those of the difference.
	Kind string `json:"kind"`
	Rule string `json:"rule"`
	// Reason says what is wrong in the legal data or in the rules.
	Reason string `json:"reason"`
	// Where are names of cases; with a day where it is not both.
	Where []string `json:"where"`
}

func readKnown(t *testing.T) []knownDifference {
	t.Helper()
	var known []knownDifference
	readYAML(t, knownFile, &known)
	return known
}

// expand returns the places of the known difference, each with its day.
func (k knownDifference) expand() []string {
	var places []string
	for _, where := range k.Where {
		if strings.Contains(where, " ") {
			places = append(places, where)
			continue
		}
		for _, day := range days() {
			places = append(places, where+" "+day)
		}
	}
	return places
}

// contract is the reverse of expand.
func contract(places []string) []string {
	var short []string
	for _, place := range slices.Sorted(slices.Values(places)) {
		name, day, _ := strings.Cut(place, " ")
		onBoth := !slices.ContainsFunc(days(), func(other string) bool { return !slices.Contains(places, name+" "+other) })
		if !onBoth {
			short = append(short, place)
		} else if day == today {
			short = append(short, name)
		}
	}
	return short
}

// listDifferences returns the differences as a list of known ones, with the reasons of those that were known before.
func listDifferences(differences []difference, before []knownDifference) []knownDifference {
	type key struct{ kind, rule string }
	// A denial that became a warning is still there for the same reason.
	places, reasons, ofRule := map[key][]string{}, map[key]string{}, map[string]string{}
	for _, d := range differences {
		k := key{d.Kind, d.Rule}
		if !slices.Contains(places[k], d.String()) {
			places[k] = append(places[k], d.String())
		}
	}
	for _, known := range before {
		reasons[key{known.Kind, known.Rule}], ofRule[known.Rule] = known.Reason, known.Reason
	}
	var list []knownDifference
	for k, where := range places {
		list = append(list, knownDifference{Kind: k.kind, Rule: k.rule, Reason: cmp.Or(reasons[k], ofRule[k.rule]), Where: contract(where)})
	}
	slices.SortFunc(list, func(a, b knownDifference) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), cmp.Compare(len(b.expand()), len(a.expand())), strings.Compare(a.Rule, b.Rule))
	})
	return list
}

// places returns all places of the list as text, one a line.
func places(list []knownDifference) []string {
	var all []string
	for _, known := range list {
		for _, place := range known.expand() {
			all = append(all, fmt.Sprintf("%s %s: %s", known.Kind, known.Rule, place))
		}
	}
	return slices.Sorted(slices.Values(all))
}

func writeKnown(t *testing.T, list []knownDifference) {
	t.Helper()
	text, err := yaml.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(knownFile, []byte(knownHead+string(text)), 0o600); err != nil {
		t.Fatal(err)
	}
}
