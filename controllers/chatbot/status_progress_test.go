package chatbot

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/test/golden"
)

// toolState is the part of a status that tools read which know nothing of Chaperone. test/readers shows the golden files with such states to
// kstatus and to the health checks of Argo CD.
type toolState struct {
	ObservedGeneration int64              `json:"observedGeneration"`
	Conditions         []metav1.Condition `json:"conditions"`
}

// reportedVerdict is a declaration that does not comply, under an enforcement that only reports.
func reportedVerdict(enforcement string, action policy.Action) policy.Verdict {
	v := warnVerdict()
	v.Compliant, v.Terms.Enforcement, v.Findings = false, enforcement, []policy.Finding{newFinding(action)}
	return v
}

// TestStalledSaysThatWaitingDoesNotHelp: at once where only an edit helps, and otherwise after progressPatience. Until then, Reconciling is True, and
// the manager looks again when the time is over.
func TestStalledSaysThatWaitingDoesNotHelp(t *testing.T) {
	withPod := func(state sidecarState) observation {
		return observation{declaration: newDeclaration(), pods: []selectedPod{{name: "a", configHash: "h", sidecar: state}}}
	}
	around, missing, running := withPod(sidecarRunning), withPod(sidecarMissing), withPod(sidecarRunning)
	around.services = []serviceReview{{service: "front", verdict: policy.Verdict{Outcome: policy.OutcomeDeny, Findings: []policy.Finding{newFinding(policy.ActionDeny)}}}}
	tests := map[string]struct {
		found   observation
		verdict policy.Verdict
		err     error
		// want has the condition and the reason at first, a second before the patience ends, and when it ends.
		want [3]string
	}{
		"denied":                           {running, denyVerdict(), nil, [3]string{"Stalled/NotCompliant", "Stalled/NotCompliant", "Stalled/NotCompliant"}},
		"quarantined":                      {running, quarantineVerdict(), nil, [3]string{"Stalled/NotCompliant", "Stalled/NotCompliant", "Stalled/NotCompliant"}},
		"not compliant under Audit":        {running, reportedVerdict("audit", policy.ActionAudit), nil, [3]string{"/ReportedOnly", "/ReportedOnly", "/ReportedOnly"}},
		"not compliant under Warn":         {running, reportedVerdict("warn", policy.ActionWarn), nil, [3]string{"/ReportedOnly", "/ReportedOnly", "/ReportedOnly"}},
		"a pod lacks the sidecar":          {missing, allowVerdict(), nil, [3]string{"Reconciling/SidecarMissing", "Reconciling/SidecarMissing", "Stalled/SidecarMissing"}},
		"a pod lacks it under Audit":       {missing, reportedVerdict("audit", policy.ActionAudit), nil, [3]string{"Reconciling/SidecarMissing", "Reconciling/SidecarMissing", "Stalled/SidecarMissing"}},
		"a Service leads around":           {around, allowVerdict(), nil, [3]string{"Reconciling/ServiceBypassesSidecar", "Reconciling/ServiceBypassesSidecar", "Stalled/ServiceBypassesSidecar"}},
		"an object could not be written":   {running, allowVerdict(), errors.New("forbidden"), [3]string{"Reconciling/ApplyFailed", "Reconciling/ApplyFailed", "Stalled/ApplyFailed"}},
		"nothing could be decided":         {running, undecideVerdict(), nil, [3]string{"Reconciling/Undecided", "Reconciling/Undecided", "Stalled/Undecided"}},
		"everything is as it is to be":     {running, allowVerdict(), nil, [3]string{"/Ready", "/Ready", "/Ready"}},
		"a pod starts, after its sidecar":  {withPod(sidecarStarting), allowVerdict(), nil, [3]string{"/Ready", "/Ready", "/Ready"}},
		"a pod that was there is replaced": {withPod(sidecarStopped), allowVerdict(), nil, [3]string{"Reconciling/SidecarNotRunning", "Reconciling/SidecarNotRunning", "Stalled/SidecarNotRunning"}},
	}
	states := map[string]toolState{}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for i, passed := range []time.Duration{0, progressPatience - time.Second, progressPatience} {
				now := noon.Add(passed)
				found := tc.found
				found.declaration = tc.found.declaration.DeepCopy()
				if i > 0 {
					found.declaration.Status = newStatus(tc.found, tc.verdict, plan(tc.found, tc.verdict, renderValid), tc.err, noon)
				}
				status := newStatus(found, tc.verdict, plan(found, tc.verdict, renderValid), tc.err, now)
				if got := describeProgress(status); got != tc.want[i] {
					t.Errorf("after %s: %s, want %s", passed, got, tc.want[i])
				}
				wait := time.Duration(0)
				if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReconciling) {
					wait = progressPatience - passed
				}
				if got := computeNextStall(status, now); got != wait {
					t.Errorf("after %s: the manager looks again in %s, want %s", passed, got, wait)
				}
				states[fmt.Sprintf("%s, after %s", name, passed)] = toolState{status.ObservedGeneration, status.Conditions}
			}
		})
	}
	golden.Compare(t, filepath.Join("testdata", "states-later.golden"), states)
}

// describeProgress returns the condition that is True of Stalled and Reconciling, and the reason of Ready.
func describeProgress(status v1alpha1.ChatbotDeploymentStatus) string {
	text := ""
	for _, conditionType := range []string{v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling} {
		if meta.IsStatusConditionTrue(status.Conditions, conditionType) {
			text += conditionType
		}
	}
	return text + "/" + meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady).Reason
}
