package organisation

import (
	"fmt"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// Additions are what an organisation adds to the law, ready for decisions. They never change, except that a rule that exceeds a limit
// is disabled.
type Additions struct {
	policies []governance
	// unusable says, by code, which profile of the code cannot be used and why. It makes each decision about the code Undecided.
	unusable map[string]string
	// waivable has all rules, the organisation's among them, each with whether an exception may waive it.
	waivable map[string]bool
	runner   *sandbox.Runner
	disabled *disabledRules
}

// IsEmpty reports whether the organisation adds nothing to decisions. Profiles are in the law.
func (a *Additions) IsEmpty() bool { return len(a.policies) == 0 && len(a.unusable) == 0 }

// IsWaivable reports whether an exception may waive a rule. A rule that does not exist is not waivable.
func (a *Additions) IsWaivable(rule string) bool { return a.waivable[rule] }

// ExplainNotWaivable says why an exception may not name a rule; empty when it may.
func (a *Additions) ExplainNotWaivable(rule string) string {
	waivable, ok := a.waivable[rule]
	switch {
	case !ok:
		return fmt.Sprintf("%q is not a rule: %s", rule, suggestRules(rule, a.waivable))
	case !waivable:
		return fmt.Sprintf("%q cannot be waived: without it, nothing says what is let through", rule)
	}
	return ""
}

// Rules returns the ids of the rules of a GovernancePolicy, sorted; none when it is not in force.
func (a *Additions) Rules(policyName string) []string {
	var ids []string
	for _, g := range a.policies {
		for _, rule := range rulesOf(g.program) {
			if g.name == policyName {
				ids = append(ids, rule.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Disabled returns the disabled rules of a GovernancePolicy, each with the limit that it exceeded.
func (a *Additions) Disabled(policyName string) map[string]string {
	for _, g := range a.policies {
		if g.name == policyName {
			return a.disabled.get(g.content)
		}
	}
	return nil
}
