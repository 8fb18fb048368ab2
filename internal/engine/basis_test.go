package engine

import (
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// TestBasis adopts one organisation after the other. The basis of a declaration changes when its decision can, and not with every revision.
func TestBasis(t *testing.T) {
	shop := facts.DeclarationInput{NamespaceLabels: map[string]string{"team": "shop"}}
	excepted := shop
	excepted.Exceptions = []facts.Exception{{}}
	warn := func(s *v1alpha1.GovernancePolicySpec) {
		s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{"retention.transcriptMax"}, Action: v1alpha1.EnforcementWarn}}
	}
	warnIn := func(team string) func(*v1alpha1.GovernancePolicySpec) {
		return func(s *v1alpha1.GovernancePolicySpec) {
			warn(s)
			s.NamespaceSelector = newTeamSelector(team)
		}
	}
	broken := newTonePolicy("deny contains {")
	broken.Spec.NamespaceSelector = newTeamSelector("bank")
	tone := newTonePolicy(`warn contains {} if true`)
	tone.Spec.NamespaceSelector = newTeamSelector("bank")
	for name, c := range map[string]struct {
		org policy.Organisation
		in  facts.DeclarationInput
		// changes is true if the decision can differ from that without an organisation.
		changes bool
	}{
		"a policy for all":                           {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newPolicy("p", warn)}}, shop, true},
		"a policy for the namespace":                 {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newPolicy("p", warnIn("shop"))}}, shop, true},
		"a policy for others":                        {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newPolicy("p", warnIn("bank"))}}, shop, false},
		"an unusable policy for others":              {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{broken}}, shop, false},
		"a rule for others":                          {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{tone}}, shop, false},
		"a rule for others that exceptions can name": {policy.Organisation{Policies: []v1alpha1.GovernancePolicy{tone}}, excepted, true},
		"a profile":                                  {policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{newProfile("de", "de", newValue("retention.transcriptMax", "10"))}}, shop, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			before, revision := e.Basis(c.in)
			if _, err := e.Adopt(t.Context(), c.org); err != nil {
				t.Fatal(err)
			}
			after, newRevision := e.Basis(c.in)
			if (after != before) != c.changes || newRevision == revision || newRevision != e.Revision() {
				t.Errorf("basis %q, was %q; revision %q, was %q; want a change of the basis: %t", after, before, newRevision, revision, c.changes)
			}
			if _, err := e.Adopt(t.Context(), policy.Organisation{}); err != nil {
				t.Fatal(err)
			}
			if again, _ := e.Basis(c.in); again != before {
				t.Errorf("basis %q without the organisation, was %q", again, before)
			}
		})
	}
	e := newEngine(t)
	e.Await()
	if basis, _ := e.Basis(shop); basis != "the organisation's profiles and policies have not been read yet" {
		t.Errorf("basis %q while the organisation is awaited", basis)
	}
}

// TestBasisOfActions: an action that a rule has anyway changes no decision, unless it stands against that of another policy.
func TestBasisOfActions(t *testing.T) {
	shop := facts.DeclarationInput{NamespaceLabels: map[string]string{"team": "shop"}}
	const rule = "workload.resources_set" // It warns.
	set := func(name, rule string, action v1alpha1.Enforcement) v1alpha1.GovernancePolicy {
		return newPolicy(name, func(s *v1alpha1.GovernancePolicySpec) {
			s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{v1alpha1.RuleID(rule)}, Action: action}}
		})
	}
	nothing := newPolicy("p", func(*v1alpha1.GovernancePolicySpec) {})
	weaker := set("q", rule, v1alpha1.EnforcementAudit)
	approvers := newPolicy("p", func(s *v1alpha1.GovernancePolicySpec) {
		s.Approvers = []v1alpha1.Approvers{{Rules: []v1alpha1.RuleID{rule}, Groups: []string{"officers"}}}
	})
	for name, c := range map[string]struct {
		before, after []v1alpha1.GovernancePolicy
		changes       bool
	}{
		"the rule's own action":                      {[]v1alpha1.GovernancePolicy{nothing}, []v1alpha1.GovernancePolicy{set("p", rule, v1alpha1.EnforcementWarn)}, false},
		"another action":                             {[]v1alpha1.GovernancePolicy{nothing}, []v1alpha1.GovernancePolicy{set("p", rule, v1alpha1.EnforcementDeny)}, true},
		"its own action against a weaker one":        {[]v1alpha1.GovernancePolicy{nothing, weaker}, []v1alpha1.GovernancePolicy{set("p", rule, v1alpha1.EnforcementWarn), weaker}, true},
		"an action that each finding has for itself": {[]v1alpha1.GovernancePolicy{nothing}, []v1alpha1.GovernancePolicy{set("p", "intellectual_property.no_derivatives_licence", v1alpha1.EnforcementDeny)}, true},
		"the action of a finding of the law":         {[]v1alpha1.GovernancePolicy{nothing}, []v1alpha1.GovernancePolicy{set("p", "retention.transcriptMax", v1alpha1.EnforcementDeny)}, true},
		"who approves what, which is no action":      {[]v1alpha1.GovernancePolicy{nothing}, []v1alpha1.GovernancePolicy{approvers}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			adopt := func(policies []v1alpha1.GovernancePolicy) string {
				if faults, err := e.Adopt(t.Context(), policy.Organisation{Policies: policies}); err != nil || len(faults) > 0 {
					t.Fatal(faults, err)
				}
				basis, _ := e.Basis(shop)
				return basis
			}
			if before, after := adopt(c.before), adopt(c.after); (before != after) != c.changes {
				t.Errorf("basis %q, was %q; want a change: %t", after, before, c.changes)
			}
		})
	}
}
