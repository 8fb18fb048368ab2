package conformance_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/policies"
)

// The kinds of cases.
const (
	// denying: the rule is found, whether it denies or warns.
	denying = "denying"
	// passing: it is not.
	passing = "passing"
	// boundary: the last value that passes, or exactly the set that is required.
	boundary = "boundary"
	// missing: the declaration says nothing where the rule looks.
	missing = "missing"
)

func kinds() []string { return []string{denying, passing, boundary, missing} }

// rules are all rules of the policy, sorted by their ids.
func rules(t *testing.T) []bundle.Rule {
	t.Helper()
	contents, err := bundle.ReadCatalogue(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	return contents.Rules
}

// dimensions are the ids of the rules that compare a dimension of the law.
func dimensions(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, rule := range rules(t) {
		if rule.Dimension != nil {
			names = append(names, rule.ID)
		}
	}
	return names
}

func ruleIDs(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, rule := range rules(t) {
		ids = append(ids, rule.ID)
	}
	return ids
}

// shows are the rules for which the case is one of its kind: the one that it is about, and those besides that it meets where all
// objects do that say as much, or as little.
func (c testCase) shows() []string {
	met := slices.DeleteFunc(slices.Clone(c.Meets), func(rule string) bool { return slices.Contains(c.Rules, rule) })
	about := func(rule string) bool { return rule == c.rule }
	switch c.Kind {
	case denying:
		return slices.DeleteFunc(slices.Clone(c.Rules), func(rule string) bool { return !about(rule) })
	case boundary:
		return slices.DeleteFunc(met, func(rule string) bool { return !about(rule) })
	case missing:
		return append(met, slices.DeleteFunc(slices.Clone(c.Rules), func(rule string) bool { return !about(rule) })...)
	}
	return met
}

// A case shows what it says it shows.
func TestEveryCaseIsOfItsKind(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.name, func(t *testing.T) {
			if !slices.Contains(kinds(), c.Kind) {
				t.Fatalf("kind is %q, want one of %q", c.Kind, kinds())
			}
			found, met := slices.Contains(c.Rules, c.rule), slices.Contains(c.Meets, c.rule)
			switch {
			case c.Refused != "":
				found = true
			case c.Kind == missing && !found && !met:
				t.Error("what is missing neither brings the finding nor meets the rule")
			case c.Kind == boundary && !met:
				t.Error("the last value that passes must meet the rule")
			}
			if c.Kind != missing && found != (c.Kind == denying) {
				t.Errorf("the kind is %s, and the rule is found: %t", c.Kind, found)
			}
			if found && met {
				t.Error("the rule is found and met")
			}
		})
	}
}

// Every rule id has a case of each kind, unless it is exempt, and the corpus names no rule that does not exist.
func TestEveryRuleHasCases(t *testing.T) {
	cases := corpus(t)
	ids := ruleIDs(t)
	if len(ids) < 60 {
		t.Fatalf("only %d rules were found: %v", len(ids), ids)
	}
	shown := map[string][]string{}
	for _, c := range cases {
		for _, rule := range c.shows() {
			shown[rule] = append(shown[rule], c.Kind)
		}
		for _, rule := range slices.Concat(c.Rules, c.Meets) {
			if !slices.Contains(ids, rule) && !strings.HasPrefix(rule, "organisation.") {
				t.Errorf("%s: %s is no rule", c.name, rule)
			}
		}
	}
	for _, id := range ids {
		for _, kind := range kinds() {
			reason, exempt := exempted(id, kind)
			switch has := slices.Contains(shown[id], kind); {
			case !has && !exempt:
				t.Errorf("%s has no case of kind %s", id, kind)
			case has && exempt:
				t.Errorf("%s has a case of kind %s, from which it is exempt: %s", id, kind, reason)
			}
		}
	}
}

// Every dimension that can deny has a case in which it does, with law that was read in a source, unless no answer falls short.
func TestEveryDimensionThatCanDenyDenies(t *testing.T) {
	content, err := fs.ReadFile(law(t), "data/dimensions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Dimensions map[string]struct{ Action, Field string }
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	denied := map[string]bool{}
	for _, c := range corpus(t) {
		if c.Outcome == "Deny" && slices.Contains(c.Rules, c.rule) {
			denied[c.rule] = true
		}
	}
	for name, d := range file.Dimensions {
		if _, exempt := exempted(name, denying); d.Action == "deny" && d.Field != "-" && !exempt && !denied[name] {
			t.Errorf("%s denies in no case", name)
		}
	}
}

// Every rule with its own logic that can deny has a case in which it does, and every other such rule a case in which it is found.
func TestEveryRuleOfItsOwnDoesWhatItCan(t *testing.T) {
	outcomes := map[string][]string{}
	for _, c := range corpus(t) {
		if slices.Contains(c.Rules, c.rule) {
			outcomes[c.rule] = append(outcomes[c.rule], c.Outcome)
		}
	}
	ofTheirOwn := 0
	for _, rule := range rules(t) {
		if rule.Dimension != nil {
			continue
		}
		ofTheirOwn++
		switch {
		case rule.Action == "deny" && !slices.Contains(outcomes[rule.ID], "Deny"):
			t.Errorf("%s denies in no case, only %q", rule.ID, outcomes[rule.ID])
		case len(outcomes[rule.ID]) == 0:
			t.Errorf("%s is found in no case", rule.ID)
		}
	}
	if ofTheirOwn < 40 {
		t.Errorf("only %d rules have their own logic", ofTheirOwn)
	}
}
