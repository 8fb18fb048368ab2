package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestListUnneeded(t *testing.T) {
	spec := &v1alpha1.ChatbotDeploymentSpec{
		NotApplicable: []v1alpha1.NotApplicable{{Dimension: "rights.contact"}},
		Confirmed:     []v1alpha1.Confirmation{{Field: "spec.jurisdictions"}},
	}
	dimension, field := policy.Unneeded{Field: "spec.notApplicable[0]", About: "rights.contact"}, policy.Unneeded{Field: "spec.confirmed[0]", About: "spec.jurisdictions"}
	found := func(f policy.Finding) policy.Verdict {
		return policy.Verdict{Outcome: policy.OutcomeWarn, Findings: []policy.Finding{f}}
	}
	for name, tc := range map[string]struct {
		verdict policy.Verdict
		want    []policy.Unneeded
	}{
		"nothing is found":                          {policy.Verdict{Outcome: policy.OutcomeAllow}, []policy.Unneeded{dimension, field}},
		"another dimension and field":               {found(policy.Finding{Rule: "rights.days", Dimension: "rights.days", Field: "spec.rights"}), []policy.Unneeded{dimension, field}},
		"the dimension":                             {found(policy.Finding{Rule: "rights.other", Dimension: "rights.contact", Action: policy.ActionNotApplicable}), []policy.Unneeded{field}},
		"the dimension, as its rule":                {found(policy.Finding{Rule: "rights.contact"}), []policy.Unneeded{field}},
		"the dimension, hidden by another finding":  {found(policy.Finding{Rule: "rights.other", Also: []string{"rights.contact"}}), []policy.Unneeded{field}},
		"an entry that is refused":                  {found(policy.Finding{Field: "spec.notApplicable[0].dimension"}), []policy.Unneeded{field}},
		"the field":                                 {found(policy.Finding{Field: "spec.jurisdictions", Action: policy.ActionAudit}), []policy.Unneeded{dimension}},
		"law ahead about the dimension":             {policy.Verdict{Outcome: policy.OutcomeAllow, Upcoming: []policy.Change{{Rule: "rights.contact"}}}, []policy.Unneeded{field}},
		"no decision, so that nothing can be found": {policy.Verdict{Outcome: policy.OutcomeUndecided}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.verdict.ListUnneeded(spec)); diff != "" {
				t.Errorf("unneeded entries (-want +got):\n%s", diff)
			}
		})
	}
}
