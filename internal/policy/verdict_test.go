package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestOnlyAllowAndWarnLetIn(t *testing.T) {
	for outcome, refused := range map[policy.Outcome]bool{
		policy.OutcomeAllow: false, policy.OutcomeWarn: false,
		policy.OutcomeDeny: true, policy.OutcomeUndecided: true, "": true, "Maybe": true,
	} {
		if got := (policy.Verdict{Outcome: outcome}).Refuses(); got != refused {
			t.Errorf("outcome %q: refused %t, want %t", outcome, got, refused)
		}
	}
	if v := policy.NewUndecided("r", "2026-11-23", "why"); !v.Refuses() || v.Compliant || v.Reason != "why" {
		t.Errorf("undecided: %+v", v)
	}
}

func TestRulesAndOrder(t *testing.T) {
	v := policy.Verdict{Findings: []policy.Finding{
		{Rule: "b", Field: "y", Action: policy.ActionWarn}, {Rule: "a", Field: "z", Action: policy.ActionWarn},
		{Rule: "b", Field: "x", Action: policy.ActionQuarantine},
	}}
	if diff := cmp.Diff([]string{"a", "b"}, v.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if !v.RequiresQuarantine() || (policy.Verdict{}).RequiresQuarantine() {
		t.Error("a finding that quarantines is what isolates")
	}
	policy.SortFindings(v.Findings)
	var order []string
	for _, f := range v.Findings {
		order = append(order, f.Rule+f.Field)
	}
	if diff := cmp.Diff([]string{"bx", "az", "by"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestTheDayIsTakenInUTC(t *testing.T) {
	late := time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("west", -3600))
	if got := facts.NewDeclarationInput(&v1alpha1.ChatbotDeployment{}, facts.Environment{}, late).AsOf; got != "2026-11-24" {
		t.Errorf("as of %s, want 2026-11-24", got)
	}
}
