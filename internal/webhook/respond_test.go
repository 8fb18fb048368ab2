package webhook

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// A refusal has what refuses first, and says of the rest that it refuses nothing.
func TestRefusalTellsDenialsAndWarningsApart(t *testing.T) {
	finding := func(rule string, action policy.Action) policy.Finding {
		return policy.Finding{Rule: rule, Action: action, Field: "spec", Remedy: "Mend it."}
	}
	v := policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{finding("a.warns", policy.ActionWarn), finding("b.denies", policy.ActionDeny)}}
	message := newVerdictStatus("Pod", v).Message
	denies, heading, warns := strings.Index(message, "(b.denies)"), strings.Index(message, "\nAlso warned, which refuses nothing:\n- "), strings.Index(message, "(a.warns)")
	if denies < 0 || heading < denies || warns < heading {
		t.Errorf("the order is not denials, heading, warnings:\n%s", message)
	}
	v.Findings = v.Findings[1:]
	if message := newVerdictStatus("Pod", v).Message; strings.Contains(message, "Also warned") {
		t.Errorf("a heading without warnings:\n%s", message)
	}
}
