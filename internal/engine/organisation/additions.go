package organisation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// Additions are the policies and rules that an organisation adds to the law, ready for decisions. They never change, except that a rule
// that exceeds a limit is disabled.
type Additions struct {
	policies []governance
	// unusableProfiles maps a code to the reason why the profile of this code cannot be used. The outcome for declarations with the code
	// is Undecided.
	unusableProfiles map[string]string
	// waivable maps the ID of each rule, built-in or the organisation's, to whether an exception may waive it. The names of dimensions are
	// such IDs too: a finding about what a declaration states in a dimension names the dimension as its rule.
	waivable map[string]bool
	// dimensions has the names of all dimensions of the legal data.
	dimensions map[string]bool
	// basis identifies the law, and rulesBasis the rules that exceptions can name (Basis).
	basis, rulesBasis string
	runner            *sandbox.Runner
	// disabled is shared with the Resolver, so a disabled rule remains disabled in the Additions that the Resolver makes later.
	disabled *disabledRules
}

// IsEmpty reports whether there are no policies and no unusable profiles, so that Demand has nothing to demand. Usable profiles do not
// count, because their points are part of the law.
func (a *Additions) IsEmpty() bool { return len(a.policies) == 0 && len(a.unusableProfiles) == 0 }

// IsWaivable reports whether an exception may waive a rule. It returns false for a rule that does not exist.
func (a *Additions) IsWaivable(rule string) bool { return a.waivable[rule] }

// ExplainNotWaivable returns the reason why an exception may not name a rule, or "" if it may.
func (a *Additions) ExplainNotWaivable(rule string) string {
	waivable, ok := a.waivable[rule]
	switch {
	case !ok:
		return fmt.Sprintf("%q is not a rule: %s", rule, suggestRules(rule, a.waivable))
	case !waivable:
		return fmt.Sprintf("%q cannot be waived: the other rules cannot be enforced without it; an exception can waive every rule except %s",
			rule, joinRules(a.waivable, func(rule string) bool { return !a.waivable[rule] }))
	}
	return ""
}

// ExplainUnknownDimension returns the reason why a name is not a dimension of the legal data, or "" if it is one.
func (a *Additions) ExplainUnknownDimension(name string) string {
	if a.dimensions[name] {
		return ""
	}
	return fmt.Sprintf("%q is not a dimension of the legal data: %s", name, suggestRules(name, a.dimensions))
}

// joinRules returns the selected rules, sorted and joined by commas. The keys of rules are the IDs of all rules. If all rules of a topic
// are selected, `<topic>.*` stands for them.
func joinRules(rules map[string]bool, isSelected func(rule string) bool) string {
	// A topic, the part of an ID before the first dot, is partial if isSelected is false for one of its rules.
	isPartial := map[string]bool{}
	for rule := range rules {
		topic, _, _ := strings.Cut(rule, ".")
		isPartial[topic] = isPartial[topic] || !isSelected(rule)
	}
	var entries []string
	for rule := range rules {
		topic, _, _ := strings.Cut(rule, ".")
		switch {
		case !isPartial[topic]:
			entries = append(entries, topic+".*")
		case isSelected(rule):
			entries = append(entries, rule)
		}
	}
	slices.Sort(entries)
	return strings.Join(slices.Compact(entries), ", ")
}

// Rules returns the IDs of the rules of a GovernancePolicy, sorted. It returns none if the policy is not in force.
func (a *Additions) Rules(policyName string) []string {
	var ids []string
	for _, g := range a.policies {
		if g.name != policyName {
			continue
		}
		for _, rule := range listRules(g.program) {
			ids = append(ids, rule.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Disabled returns, by rule ID, a sentence about the limit that each disabled rule of a GovernancePolicy exceeded.
func (a *Additions) Disabled(policyName string) map[string]string {
	for _, g := range a.policies {
		if g.name == policyName {
			return a.disabled.get(g.sourceKey)
		}
	}
	return nil
}
