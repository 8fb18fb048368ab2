package conformance_test

import (
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy/rego"
	"github.com/chaperone-dev/chaperone/policies"
)

// neverFound are rules of dimensions that no declaration can fall short of, with the reason. They need a case that meets them.
func neverFound() map[string]string {
	const carried = "the sidecar carries it out, and the API has no weaker answer than none"
	return map[string]string{
		"transparency.disclosure": carried,
		"personal_data.minimise":  carried,
		"retention.deleteAtEnd":   carried,
		"fairness.monitoring":     carried,
	}
}

// rules are all rules of the policy, sorted by their ids.
func rules(t *testing.T) []rego.Rule {
	t.Helper()
	contents, err := rego.ReadContents(t.Context(), policies.FS)
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

// Every rule id has a case that finds it and a case that meets it, and the corpus names no rule that does not exist.
func TestEveryRuleHasCases(t *testing.T) {
	found, met := map[string]bool{}, map[string]bool{}
	for _, c := range corpus(t) {
		for _, rule := range c.Rules {
			found[rule] = true
		}
		for _, rule := range c.Meets {
			met[rule] = !slices.Contains(c.Rules, rule) || met[rule]
		}
	}
	ids := ruleIDs(t)
	if len(ids) < 60 {
		t.Fatalf("only %d rules were found: %v", len(ids), ids)
	}
	for _, id := range ids {
		reason, never := neverFound()[id]
		if !found[id] && !never {
			t.Errorf("no case finds %s", id)
		}
		if found[id] && never {
			t.Errorf("a case finds %s, which is listed as never found: %s", id, reason)
		}
		if !met[id] {
			t.Errorf("no case meets %s", id)
		}
		delete(found, id)
		delete(met, id)
	}
	for id := range found {
		t.Errorf("a case expects %s, which is no rule", id)
	}
	for id := range met {
		t.Errorf("a case says that it meets %s, which is no rule", id)
	}
}
