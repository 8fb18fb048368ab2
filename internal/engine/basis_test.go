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
