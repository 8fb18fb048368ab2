package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// ruleBook makes the policies of an organisation ready.
type ruleBook struct {
	programs *programs
	known    policy.Codes
	// rules are all that exist, and owners the policies of those that are an organisation's.
	rules  map[string]bool
	owners map[string]string
}

// settlePolicies makes the policies ready, in the order of their names; in the place of those with a fault their last usable version.
// The rules of all are known first: one policy may set the action of another one's rule. An error is nobody's fault.
func (s *settled) settlePolicies(ctx context.Context, l *loaded, before adopted, compiled *programs) error {
	s.policies = map[string]v1alpha1.GovernancePolicy{}
	all := slices.Clone(s.wanted.Policies)
	slices.SortFunc(all, func(a, b v1alpha1.GovernancePolicy) int { return strings.Compare(a.Name, b.Name) })
	p := &ruleBook{programs: compiled, known: l.data.codes(), rules: maps.Clone(l.rules.waivable), owners: map[string]string{}}
	for i := range all {
		if err := p.own(ctx, &all[i]); err != nil {
			return err
		}
	}
	for i := range all {
		g, err := s.settlePolicy(ctx, p, &all[i], before)
		if err != nil {
			return err
		}
		s.organisation.policies = append(s.organisation.policies, g)
	}
	s.organisation.rules = p.rules
	return nil
}

// own makes the rules of a policy known. A policy that does not compile has none.
func (p *ruleBook) own(ctx context.Context, of *v1alpha1.GovernancePolicy) error {
	program, transient, err := p.programs.of(ctx, of)
	if transient {
		return fmt.Errorf("compile GovernancePolicy %q: %w", of.Name, err)
	}
	for _, rule := range rulesOf(program) {
		p.take(rule.ID, of.Name)
	}
	return nil
}

// take gives a rule to a policy unless it is somebody's, and returns whose it is.
func (p *ruleBook) take(rule, policyName string) string {
	if _, taken := p.rules[rule]; !taken {
		p.rules[rule], p.owners[rule] = true, policyName
	}
	return p.owners[rule]
}

func rulesOf(program *sandbox.Program) []sandbox.Rule {
	if program == nil {
		return nil
	}
	return program.Rules()
}

// settlePolicy makes the first version of a policy ready that can be used. Where there is none, the policy hinders decisions where it
// applies, as far as that can be read.
func (s *settled) settlePolicy(ctx context.Context, p *ruleBook, wanted *v1alpha1.GovernancePolicy, before adopted) (governance, error) {
	versions := []v1alpha1.GovernancePolicy{*wanted}
	if last, known := before.policies[wanted.Name]; known {
		versions = append(versions, last)
	}
	for i := range versions {
		g, transient, err := p.ready(ctx, &versions[i])
		if transient {
			return governance{}, fmt.Errorf("compile GovernancePolicy %q: %w", wanted.Name, err)
		}
		if err == nil {
			s.policies[g.name] = versions[i]
			return g, nil
		}
		if i == 0 {
			s.faults.Add(kindPolicy, wanted.Name, err.Error())
		}
	}
	unusable, _ := newGovernance(wanted, nil, p.known, p.rules)
	unusable.unusable = fmt.Sprintf("GovernancePolicy %q cannot be used: %s", wanted.Name, s.faults.Of(kindPolicy, wanted.Name))
	return unusable, nil
}

// ready returns the policy for decisions; transient is true for an error that is not the policy's.
func (p *ruleBook) ready(ctx context.Context, of *v1alpha1.GovernancePolicy) (g governance, transient bool, err error) {
	program, transient, err := p.programs.of(ctx, of)
	if err != nil {
		return governance{}, transient, err
	}
	for _, rule := range rulesOf(program) {
		if owner := p.take(rule.ID, of.Name); owner != of.Name {
			return governance{}, false, fmt.Errorf("spec.modules: rule %q is already that of GovernancePolicy %q: give it another name", rule.ID, owner)
		}
	}
	g, err = newGovernance(of, program, p.known, p.rules)
	return g, false, err
}
