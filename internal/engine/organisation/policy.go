package organisation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// ruleBook collects the IDs of all rules while the policies of an organisation are resolved.
type ruleBook struct {
	// waivable maps the ID of each rule, built-in or the organisation's, to whether an exception may waive it. Its keys are all IDs, so it
	// also shows whether a rule exists. The names of dimensions are such IDs too, because findings can name a dimension as their rule.
	waivable map[string]bool
	// dimensions has the names of all dimensions.
	dimensions map[string]bool
	// unweakenable has the IDs of the rules that always deny.
	unweakenable map[string]bool
	// groups maps each group of built-in rules to the IDs of its rules, sorted.
	groups map[string][]string
	// owners maps the ID of each of the organisation's rules to the name of its policy.
	owners map[string]string
}

// listUnweakenable returns the IDs of the rules that always deny, joined by commas (joinRules).
func (b *ruleBook) listUnweakenable() string {
	return joinRules(b.waivable, func(rule string) bool { return b.unweakenable[rule] })
}

// listUnweakenableOf returns the IDs of the rules in the group that always deny, sorted.
func (b *ruleBook) listUnweakenableOf(group string) []string {
	return slices.DeleteFunc(slices.Clone(b.groups[group]), func(rule string) bool { return !b.unweakenable[rule] })
}

// reserve adds a rule of a policy to the rule book, unless the ID of the rule is taken. An exception may waive every rule of a policy.
// reserve returns the name of the policy whose rule has the ID, or "" if a built-in rule has the ID.
func (b *ruleBook) reserve(rule, policyName string) string {
	if _, isTaken := b.waivable[rule]; !isTaken {
		b.waivable[rule], b.owners[rule] = true, policyName
	}
	return b.owners[rule]
}

// resolvePolicies adds the policies to the Additions, sorted by name: if several policies have a rule with the same ID, the first policy
// owns the ID. It first reserves the rules of all policies, because a policy can set the action of a rule of another policy.
func (c *resolveCall) resolvePolicies(ctx context.Context) error {
	c.next.policies = map[string]v1alpha1.GovernancePolicy{}
	all := slices.Clone(c.next.organisation.Policies)
	slices.SortFunc(all, func(a, b v1alpha1.GovernancePolicy) int { return strings.Compare(a.Name, b.Name) })
	book := &ruleBook{
		waivable: maps.Clone(c.bundle.Rules.Waivable), unweakenable: c.bundle.Rules.Unweakenable,
		groups: c.bundle.Rules.Groups, owners: map[string]string{}, dimensions: map[string]bool{},
	}
	for name := range c.bundle.Law.Dimensions.Dimensions {
		book.dimensions[name] = true
	}
	for i := range all {
		if err := c.reserveRules(ctx, book, &all[i]); err != nil {
			return err
		}
	}
	for i := range all {
		g, err := c.resolvePolicy(ctx, book, &all[i])
		if err != nil {
			return err
		}
		c.additions.policies = append(c.additions.policies, g)
	}
	c.additions.waivable, c.additions.dimensions = book.waivable, book.dimensions
	return nil
}

// reserveRules adds the rules of a policy to the rule book. A policy that does not compile has no rules; resolvePolicy reports its fault.
func (c *resolveCall) reserveRules(ctx context.Context, book *ruleBook, p *v1alpha1.GovernancePolicy) error {
	program, isTransient, err := c.compile(ctx, p)
	if isTransient {
		return fmt.Errorf("compile GovernancePolicy %q: %w", p.Name, err)
	}
	for _, rule := range listRules(program) {
		book.reserve(rule.ID, p.Name)
	}
	return nil
}

// listRules returns the rules of a program, or none if it is nil.
func listRules(program *sandbox.Program) []sandbox.Rule {
	if program == nil {
		return nil
	}
	return program.Rules()
}

// resolvePolicy returns the newest version of a policy, ready for decisions. If that version is faulty, it reports the fault and returns
// the last usable version instead. Without a last usable version, it returns a policy that cannot be used and still covers the same
// declarations, so that the outcome for them is Undecided.
func (c *resolveCall) resolvePolicy(ctx context.Context, book *ruleBook, newest *v1alpha1.GovernancePolicy) (governance, error) {
	versions := []v1alpha1.GovernancePolicy{*newest}
	if last, ok := c.last.policies[newest.Name]; ok {
		versions = append(versions, last)
	}
	for i := range versions {
		g, isTransient, err := c.preparePolicy(ctx, book, &versions[i])
		if isTransient {
			return governance{}, fmt.Errorf("compile GovernancePolicy %q: %w", newest.Name, err)
		}
		if err == nil {
			c.next.policies[g.name] = versions[i]
			return g, nil
		}
		// People see and can mend only the newest version, so only its fault is reported here.
		if i == 0 {
			c.faults.Add(kindPolicy, newest.Name, err.Error())
		}
	}
	// The unusable policy needs only the fields that tell which declarations it covers. The error is dropped, because the faults have been
	// reported above.
	unusable, _ := newGovernance(newest, nil, c.bundle.Law.Codes(), book)
	unusable.unusableReason = fmt.Sprintf("GovernancePolicy %q cannot be used: %s", newest.Name, c.faults.Find(kindPolicy, newest.Name))
	return unusable, nil
}

// preparePolicy compiles a version of a policy and prepares it for decisions. isTransient is true for an error that the policy does not
// cause.
func (c *resolveCall) preparePolicy(
	ctx context.Context, book *ruleBook, p *v1alpha1.GovernancePolicy,
) (g governance, isTransient bool, err error) {
	program, isTransient, err := c.compile(ctx, p)
	if err != nil {
		return governance{}, isTransient, err
	}
	// reserveRules reserved the rules of the newest version only. The last usable version may have other rules, so reserve them here.
	for _, rule := range listRules(program) {
		if owner := book.reserve(rule.ID, p.Name); owner != p.Name {
			err := fmt.Errorf("spec.modules: rule %q is already defined by GovernancePolicy %q: give it another name", rule.ID, owner)
			return governance{}, false, err
		}
	}
	g, err = newGovernance(p, program, c.bundle.Law.Codes(), book)
	return g, false, err
}
