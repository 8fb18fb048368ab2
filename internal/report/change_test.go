package report_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/report"
)

func TestChange(t *testing.T) {
	act := []legal.Source{{Code: "eu", Act: "Act", Article: "Art. 1", Confidence: "recalled", From: "2027-01-01", URL: "https://law.example"}}
	tests := map[string]struct {
		change policy.Change
		want   string
	}{
		"law that begins": {
			change: policy.Change{Date: "2027-01-01", Kind: "law", Rule: "rights.unknown", Value: []any{30}, Sources: act},
			want:   "From 2027-01-01 eu requires 30 (rights.unknown). From memory: have counsel verify. [Act Art. 1, from 2027-01-01, https://law.example]",
		},
		"law that begins: each place's own value, in words, and what could rule it out": {
			change: policy.Change{
				Date: "2027-01-01", Kind: "law", Rule: "accountability.registrations", Type: "allOf", Value: []any{[]any{"a", "b"}}, Unstated: []string{"spec.riskClass"},
				Sources: []legal.Source{{Code: "eu", Act: "Act", From: "2027-01-01", Value: `["b"]`}},
			},
			want: "From 2027-01-01 eu requires these filings or registrations: b (accountability.registrations). " +
				"Whether it applies depends on what the declaration does not state: spec.riskClass. [Act, from 2027-01-01]",
		},
		"a number of ours": {
			change: policy.Change{
				Date: "2027-01-01", Kind: "law", Rule: "security.authorityHours", Type: "atMost", Unit: "hours", Value: []any{72},
				Sources: []legal.Source{{Code: "cn", Act: "Act", From: "2027-01-01", Value: "72", Confidence: "default", Force: "default"}},
			},
			want: "From 2027-01-01 for cn Chaperone requires notice of breaches to the authority within 72 hours (security.authorityHours). " +
				"[Act (as Chaperone reads it), from 2027-01-01]",
		},
		"what is no duty": {
			change: policy.Change{
				Date: "2027-01-01", Kind: "law", Rule: "liability.evidenceMin", Type: "atLeast", Unit: "days", Value: []any{3653},
				Sources: []legal.Source{{Code: "eu", Act: "Act", From: "2027-01-01", Value: "3653"}},
			},
			want: "From 2027-01-01 in eu claims can be brought for 3653 days (10 years) (liability.evidenceMin). [Act, from 2027-01-01]",
		},
		"law that ends and leaves something": {
			change: policy.Change{
				Date: "2027-01-01", Kind: "law", Rule: "rights.responseDays", Type: "atMost", Unit: "days", Value: []any{45},
				Sources: []legal.Source{{Code: "eu", Act: "Act", From: "2018-05-25", Value: "30"}},
			},
			want: "From 2027-01-01 eu does not require it any longer, and what is left is answers to requests within 45 days (rights.responseDays). " +
				"[Act, from 2018-05-25]",
		},
		"law that ends and leaves nothing": {
			change: policy.Change{Date: "2027-01-01", Kind: "law", Rule: "rights.responseDays", Value: []any{}},
			want:   "From 2027-01-01 nothing is required any longer (rights.responseDays).",
		},
		"an assessment that begins to count": {
			change: policy.Change{Date: "2027-01-01", Kind: "begins", Rule: "accountability.assessments", Subject: "dpia"},
			want:   "From 2027-01-01 the dpia counts (accountability.assessments).",
		},
		"an assessment": {
			change: policy.Change{Date: "2027-01-01", Kind: "assessment", Rule: "accountability.assessments", Subject: "dpia"},
			want:   "From 2027-01-01 the dpia no longer counts (accountability.assessments).",
		},
		"an exception": {
			change: policy.Change{Date: "2027-01-01", Kind: "exception", Rule: "a.b", Subject: "late"},
			want:   "From 2027-01-01 PolicyException late no longer counts for it (a.b).",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := report.Change(tc.change); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
