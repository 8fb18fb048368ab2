package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

func TestFactsThatSettleMostAreNamed(t *testing.T) {
	finding := func(action policy.Action, unstated ...string) policy.Finding {
		return policy.Finding{Rule: "rule", Action: action, Unstated: unstated}
	}
	item := report.Item{Kind: "Kind", Name: "name", Verdict: policy.Verdict{Outcome: policy.OutcomeWarn, Findings: []policy.Finding{
		finding(policy.ActionWarn, "spec.roles", "spec.staff"),
		finding(policy.ActionDeny, "spec.roles"),
		finding(policy.ActionAudit, "spec.turnover"),
		finding(policy.ActionWarn, "spec.channels", "spec.country"),
	}}}
	var out bytes.Buffer
	if err := report.WriteText(&out, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "Not stated, and it would settle most: spec.roles (2 findings), spec.channels (1 finding),\n  spec.country (1 finding)."
	if !strings.Contains(out.String(), want) {
		t.Errorf("the report lacks %q:\n%s", want, out.String())
	}
	item.Verdict.Findings = item.Verdict.Findings[2:3]
	out.Reset()
	if err := report.WriteText(&out, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "Not stated") {
		t.Errorf("a finding that neither denies nor warns is counted:\n%s", out.String())
	}
}
