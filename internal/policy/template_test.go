package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestJoinTemplatePath(t *testing.T) {
	for _, c := range []struct{ path, field, want string }{
		{"", "spec.hostPID", "spec.hostPID"},
		{"spec.template", "spec.hostPID", "spec.template.spec.hostPID"},
		{"spec.template", "metadata.labels", "spec.template.metadata.labels"},
		{"spec.predictor.", "spec.containers[0].image", "spec.predictor.containers[0].image"},
		{"spec.predictor.", "metadata.labels", "metadata.labels"},
	} {
		if got := policy.JoinTemplatePath(c.path, c.field); got != c.want {
			t.Errorf("%s in %q: %s, want %s", c.field, c.path, got, c.want)
		}
	}
}

func TestFieldsOfAPodBecomePathsInItsWorkload(t *testing.T) {
	declaration := policy.Verdict{Findings: []policy.Finding{{Rule: "retention.transcriptMax", Field: "spec.retention.transcriptDays"}}}
	pod := policy.Verdict{Findings: []policy.Finding{
		{Rule: "retention.transcriptMax", Field: "spec.retention.transcriptDays"}, {Rule: "workload.privileged", Field: "spec.hostPID"},
	}}
	fields := func(v policy.Verdict) []string { return []string{v.Findings[0].Field, v.Findings[1].Field} }
	before := fields(pod)
	got := fields(pod.WithFieldsUnder("spec.template", declaration))
	if diff := cmp.Diff([]string{"spec.retention.transcriptDays", "spec.template.spec.hostPID"}, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, fields(pod)); diff != "" {
		t.Errorf("the verdict about the pod changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, fields(pod.WithFieldsUnder("", declaration))); diff != "" {
		t.Errorf("fields without a workload (-want +got):\n%s", diff)
	}
}

func TestFaultsAreJoinedAndSorted(t *testing.T) {
	faults := policy.Faults{}
	for _, name := range []string{"d", "b", "a", "c", "b"} {
		faults.Add("GovernancePolicy", name, "wrong "+name)
	}
	if got := faults.Find("GovernancePolicy", "b"); got != "wrong b; wrong b" {
		t.Errorf("faults of b: %q", got)
	}
	if got := faults.Find("JurisdictionProfile", "b"); got != "" {
		t.Errorf("faults of another kind: %q", got)
	}
	want := "GovernancePolicy \"a\": wrong a\nGovernancePolicy \"b\": wrong b; wrong b\nGovernancePolicy \"c\": wrong c\nGovernancePolicy \"d\": wrong d"
	if diff := cmp.Diff(want, faults.String()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}
