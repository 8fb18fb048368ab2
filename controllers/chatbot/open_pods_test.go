package chatbot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// A pod leads around its sidecar by what the rules say about the settings that the cache keeps, and by no other finding.
func TestOpenPodsAreJudged(t *testing.T) {
	found := func(findings ...policy.Finding) policy.Verdict {
		return policy.Verdict{Outcome: policy.OutcomeWarn, Findings: findings}
	}
	const field = "spec.hostNetwork"
	type judgement struct {
		Fields    []string
		IsRefused bool
	}
	for name, c := range map[string]struct {
		verdict policy.Verdict
		want    *judgement
	}{
		"nothing":     {found(), nil},
		"another":     {found(policy.Finding{Field: "spec.affinity", Action: policy.ActionDeny}), nil},
		"hygiene":     {found(policy.Finding{Field: field, Action: policy.ActionWarn, Group: policy.GroupHygiene}), nil},
		"waived":      {found(policy.Finding{Field: field, Action: policy.ActionWaived}), nil},
		"told":        {found(policy.Finding{Field: field, Action: policy.ActionAudit}), &judgement{[]string{field}, false}},
		"denied":      {found(policy.Finding{Field: field, Action: policy.ActionDeny}), &judgement{[]string{field}, true}},
		"quarantined": {found(policy.Finding{Field: field, Action: policy.ActionQuarantine}), &judgement{[]string{field}, true}},
		"undecided":   {policy.Verdict{}, &judgement{[]string{field, "spec.hostPID"}, true}},
	} {
		t.Run(name, func(t *testing.T) {
			open := &openPod{name: "bot", fields: []string{field, "spec.hostPID"}}
			var got *judgement
			if judged := open.judge(c.verdict); judged != nil {
				got = &judgement{judged.fields, judged.isRefused}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("judgement (-want +got):\n%s", diff)
			}
		})
	}
}
