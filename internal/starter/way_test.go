package starter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/starter"
)

// Each way is a change of one value, and with all of them the declaration is not denied any more.
func TestFindWays(t *testing.T) {
	f := newFixture(t)
	found, err := f.searcher.Find(t.Context(), "helper", starter.Places{Jurisdictions: []string{"eu"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		spoil func(*v1alpha1.ChatbotDeploymentSpec)
		want  []report.Way
	}{
		"a number that is too large": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Rights.ResponseDays = new(v1alpha1.Days(90)) },
			want: []report.Way{{
				Rule: "rights.responseDays", Field: "spec.rights.responseDays",
				Changes: []report.FieldChange{{Field: "spec.rights.responseDays", Value: "30"}},
			}},
		},
		"a practice that is forbidden": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Purpose.Practices = []v1alpha1.Practice{"social-scoring"} },
			want: []report.Way{{
				Rule: "prohibited.practices", Field: "spec.purpose.practices",
				Changes: []report.FieldChange{{Field: "spec.purpose.practices", Value: "[]", Remove: []string{"social-scoring"}}},
			}},
		},
		"a transfer without a ground: the usual one that leaves no warning": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Processors[0].Country, s.Processors[0].Host = "IN", "model.example"
			},
			want: []report.Way{{
				Rule: "residency.mechanisms", Field: "spec.processors[0].transfer",
				Changes: []report.FieldChange{{Field: "spec.processors[0].transfer", Value: "[standard-clauses]"}},
			}},
		},
		"what only a vendor does: if it is true": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Processors[0].TrainsOnData = nil },
			want: []report.Way{{
				Rule: "consent.training", Field: "spec.processors[].trainsOnData",
				Changes: []report.FieldChange{{Field: "spec.processors[0].trainsOnData", Value: "false"}},
				Claim:   "no processor trains on the conversations",
			}},
		},
		"an age that a law protects: a measure comes before another age": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Consent.LawfulBasis, s.Consent.WithdrawalURL = []v1alpha1.LawfulBasis{"consent"}, "https://shop.example/withdraw"
				s.Audience = &v1alpha1.Audience{Who: []v1alpha1.Capacity{"consumers"}, MinimumAge: new(int32(12))}
			},
			want: []report.Way{{
				Rule: "consent.childAge", Field: "spec.audience.minimumAge",
				Changes: []report.FieldChange{{Field: "spec.audience.parentalConsent", Value: "declared"}},
			}},
		},
		"an assessment: without a day, which nobody knows before it is done": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Jurisdictions, s.Accountability.Deployer.Country = []v1alpha1.Code{"eu", "cn"}, "CN"
				s.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"health"}}
			},
			want: []report.Way{{
				Rule: "accountability.assessments", Field: "spec.assessments",
				Changes: []report.FieldChange{{Field: "spec.assessments", Assess: []string{"algorithm-assessment", "dpia", "security-audit", "transfer-impact"}}},
			}, {
				Rule: "accountability.named", Field: "spec.accountability",
				Changes: []report.FieldChange{
					{Field: "spec.accountability.dataProtectionOfficer", Value: "dpo@shop.example"},
					{Field: "spec.accountability.localRepresentative", Value: "representative@shop.example"},
				},
			}, {
				Rule: "personal_data.childProfiling", Field: "spec.personalData.childProfiling",
				Changes: []report.FieldChange{{Field: "spec.personalData.childProfiling", Value: "prohibited"}},
			}},
		},
		"a code that does not exist": {
			spoil: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Accountability.Roles = []v1alpha1.Word{"wizard"}
			},
			want: []report.Way{{
				Rule: "declaration.unknown_role", Field: "spec.accountability.roles[0]",
				Changes: []report.FieldChange{{Field: "spec.accountability.roles[0]"}},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			declaration := f.read(t, found.String())
			test.spoil(&declaration.Spec)
			in := facts.NewDeclarationInput(declaration, facts.Environment{}, day())
			verdict := f.engine.Declaration(t.Context(), in)
			if verdict.Outcome != policy.OutcomeDeny {
				t.Fatalf("the outcome is %s, want Deny", verdict.Outcome)
			}
			ways, err := f.searcher.FindWays(t.Context(), in, verdict)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, ways.Ways); diff != "" {
				t.Errorf("ways (-want +got):\n%s", diff)
			}
			if ways.Outcome == policy.OutcomeDeny || ways.Outcome == policy.OutcomeUndecided {
				t.Errorf("the outcome with all changes is %s", ways.Outcome)
			}
		})
	}
}
