package bundle

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// Rules is what decisions need to know about the rules of a bundle.
type Rules struct {
	// Waivable maps everything that a finding can name as its rule, the ID of a rule or the name of a dimension, to whether an exception may
	// waive it. It may not if the METADATA of the rule or of its package has `waivable: false`.
	Waivable map[string]bool
	// Unweakenable has the IDs of the rules that always deny: neither the enforcement nor a GovernancePolicy makes their action weaker. The
	// METADATA of such a rule or of its package has `weakenable: false`.
	Unweakenable map[string]bool
	// Actions maps the ID of each rule with a group to what all of its findings do: deny, warn or audit. Rules about declarations, which have
	// no group, can say another action for each finding, so they are left out.
	Actions map[string]string
	// Groups maps each group of rules (effect, hygiene) to the IDs of its rules, sorted.
	Groups map[string][]string
	// Splits maps the ID of each rule to whether a split of the declaration resolves its findings (`split: true`, in the METADATA of the rule
	// or in the data of the dimension).
	Splits map[string]bool
}

// newRules collects everything in the bundle that a finding can name as its rule: the rules with METADATA, and the dimensions that a
// declaration can state. It includes dimensions that the policy does not compare, such as those with the action `audit`; no finding names
// these. If a declaration states too little in a compared dimension, the finding names the dimension as its rule, and an exception can
// waive it.
func newRules(compiled *opa.Policy, data *law.Data) Rules {
	rules := Rules{
		Waivable: map[string]bool{}, Unweakenable: map[string]bool{}, Actions: map[string]string{}, Groups: map[string][]string{}, Splits: map[string]bool{},
	}
	for name, d := range data.Dimensions.Dimensions {
		// A declaration cannot state a dimension with the field `-`, so no finding is about what it states there.
		if d.Field != "-" {
			rules.Waivable[name] = true
		}
		rules.Splits[name] = d.Split
	}
	for _, chain := range listRuleChains(compiled) {
		rule := newRule(chain)
		// A dimension can have the same name as this rule. Then the METADATA of the rule decides whether an exception may waive findings.
		rules.Waivable[rule.ID] = !rule.CannotBeWaived
		if rule.CannotBeWeakened {
			rules.Unweakenable[rule.ID] = true
		}
		if rule.Group != "" {
			rules.Actions[rule.ID] = rule.Action
			rules.Groups[rule.Group] = append(rules.Groups[rule.Group], rule.ID)
		}
		// `split: true` in METADATA says that a split of the declaration resolves the findings of the rule.
		rules.Splits[rule.ID] = rules.Splits[rule.ID] || chain[0].Custom["split"] == true
	}
	for _, ids := range rules.Groups {
		slices.Sort(ids)
	}
	return rules
}

// deniesProperty reports whether a METADATA block of a rule or of its package sets the property (`waivable`, `weakenable`) to false.
func deniesProperty(chain []opa.Annotation, property string) bool {
	return slices.ContainsFunc(chain, func(a opa.Annotation) bool { return a.Custom[property] == false })
}
