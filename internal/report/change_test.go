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
			change: policy.Change{Date: "2027-01-01", Kind: "law", Rule: "rights.responseDays", Value: []any{30}, Sources: act},
			want:   "From 2027-01-01 eu requires 30 (rights.responseDays). From memory: have counsel verify. [Act Art. 1, from 2027-01-01, https://law.example]",
		},
		"law that ends and leaves nothing": {
			change: policy.Change{Date: "2027-01-01", Kind: "law", Rule: "rights.responseDays", Value: []any{}},
			want:   "From 2027-01-01 nothing is required any longer (rights.responseDays).",
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
