package webhook

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
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

// The next step can be taken as it is printed: with a file, with what the organisation requires if that refuses, and not for a connection.
func TestNextStepOfRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		rule               string
		source             legal.Source
		hasStep, hasOthers bool
	}{
		"the law":      {"rights.responseDays", legal.Source{Code: "eu", Confidence: legal.Sourced}, true, false},
		"a policy":     {"house.tone", legal.Source{Code: "organisation"}, true, true},
		"a profile":    {"rights.responseDays", legal.Source{Code: "eu", Confidence: "organisation"}, true, true},
		"a connection": {"connection.app_closed", legal.Source{}, false, false},
	} {
		v := policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{
			{Rule: c.rule, Action: policy.ActionDeny, Field: "spec", Remedy: "Mend it.", Sources: []legal.Source{c.source}},
		}}
		message := newVerdictStatus("Pod", v).Message
		hasStep, hasOthers := strings.Contains(message, "run `kubectl chaperone check FILE`"), strings.Contains(message, "kubectl get governancepolicies")
		if hasStep != c.hasStep || hasOthers != c.hasOthers {
			t.Errorf("%s: the step %v, the policies %v:\n%s", name, hasStep, hasOthers, message)
		}
	}
}
