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

// ruleBook lists all rules while the policies of an organisation are resolved.
type ruleBook struct {
	// waivable maps all rules, built-in and the organisation's, to whether an exception may waive them.
	waivable map[string]bool
	// owners maps the organisation's rules to their policies.
	owners map[string]string
}

// claim gives a rule to a policy unless the rule exists, and returns its owner, empty for a built-in rule.
func (b *ruleBook) claim(rule, policyName string) string {
	if _, taken := b.waivable[rule]; !taken {
		b.waivable[rule], b.owners[rule] = true, policyName
	}
	return b.owners[rule]
}

// resolvePolicies makes the policies ready, in the order of their names. A faulty policy is replaced by its last usable version. The
// rules of all policies are claimed first: one policy may set the action of another one's rule.
func (s *resolution) resolvePolicies(ctx context.Context) error {
	s.next.policies = map[string]v1alpha1.GovernancePolicy{}
	all := slices.Clone(s.next.desired.Policies)
	slices.SortFunc(all, func(a, b v1alpha1.GovernancePolicy) int { return strings.Compare(a.Name, b.Name) })
	book := &ruleBook{waivable: maps.Clone(s.bundle.Rules.Waivable), owners: map[string]string{}}
	for i := range all {
		if err := s.claimRules(ctx, book, &all[i]); err != nil {
			return err
		}
	}
	for i := range all {
		g, err := s.resolvePolicy(ctx, book, &all[i])
		if err != nil {
			return err
		}
		s.additions.policies = append(s.additions.policies, g)
	}
	s.additions.waivable = book.waivable
	return nil
}

// claimRules claims the rules of a policy. A policy that does not compile has none.
func (s *resolution) claimRules(ctx context.Context, book *ruleBook, p *v1alpha1.GovernancePolicy) error {
	program, transient, err := s.compile(ctx, p)
	if transient {
		return fmt.Errorf("compile GovernancePolicy %q: %w", p.Name, err)
	}
	for _, rule := range rulesOf(program) {
		book.claim(rule.ID, p.Name)
	}
	return nil
}

func rulesOf(program *sandbox.Program) []sandbox.Rule {
	if program == nil {
		return nil
	}
	return program.Rules()
}

// resolvePolicy makes the first usable version of a policy ready. Without one, decisions that the policy covers
// are Undecided, as far as its selection can be read.
func (s *resolution) resolvePolicy(ctx context.Context, book *ruleBook, desired *v1alpha1.GovernancePolicy) (governance, error) {
	versions := []v1alpha1.GovernancePolicy{*desired}
	if last, ok := s.last.policies[desired.Name]; ok {
		versions = append(versions, last)
	}
	for i := range versions {
		g, transient, err := s.makeReady(ctx, book, &versions[i])
		if transient {
			return governance{}, fmt.Errorf("compile GovernancePolicy %q: %w", desired.Name, err)
		}
		if err == nil {
			s.next.policies[g.name] = versions[i]
			return g, nil
		}
		if i == 0 {
			s.faults.Add(kindPolicy, desired.Name, err.Error())
		}
	}
	unusable, _ := newGovernance(desired, nil, s.bundle.Law.Codes(), book.waivable)
	unusable.unusable = fmt.Sprintf("GovernancePolicy %q cannot be used: %s", desired.Name, s.faults.Of(kindPolicy, desired.Name))
	return unusable, nil
}

// makeReady compiles a policy and returns it ready for decisions. transient is true for an error that the policy does not cause.
func (s *resolution) makeReady(ctx context.Context, book *ruleBook, p *v1alpha1.GovernancePolicy) (g governance, transient bool, err error) {
	program, transient, err := s.compile(ctx, p)
	if err != nil {
		return governance{}, transient, err
	}
	for _, rule := range rulesOf(program) {
		if owner := book.claim(rule.ID, p.Name); owner != p.Name {
			return governance{}, false, fmt.Errorf("spec.modules: rule %q is already that of GovernancePolicy %q: give it another name", rule.ID, owner)
		}
	}
	g, err = newGovernance(p, program, s.bundle.Law.Codes(), book.waivable)
	return g, false, err
}
