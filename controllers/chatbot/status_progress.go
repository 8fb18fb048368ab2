package chatbot

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// progressPatience is how long a condition may be bad before Stalled says that waiting does not help. Within this time, a rollout replaces pods
// without a sidecar, a Service arrives that leads to it, and a write that failed succeeds. Deployments wait as long by default
// (progressDeadlineSeconds).
const progressPatience = 10 * time.Minute

// stalledAtOnce are the reasons because of which only an edit helps, however long one waits.
var stalledAtOnce = []string{
	v1alpha1.ReasonInvalidSelector, v1alpha1.ReasonOverlappingSelector, v1alpha1.ReasonNotCompliant, v1alpha1.ReasonRenderFailed,
}

// isReportedOnly reports whether the declaration does not comply, and its effective enforcement refuses and changes nothing because of that:
// Audit or Warn. It then is in effect as it asks to be.
func isReportedOnly(verdict policy.Verdict) bool {
	return !verdict.Compliant && !verdict.Refuses() && !verdict.RequiresQuarantine()
}

// addSummary adds to the conditions what tools read that know nothing of Chaperone: Stalled or Reconciling, if one of them is True, and Ready.
// Each condition has the time of its last transition.
func addSummary(conditions []metav1.Condition, found observation, verdict policy.Verdict, now time.Time) []metav1.Condition {
	decisive := conditions
	if isReportedOnly(verdict) {
		isPolicy := func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionPolicyCompliant }
		decisive = slices.DeleteFunc(slices.Clone(conditions), isPolicy)
	}
	var summary []metav1.Condition
	if progress := newProgress(decisive, found, now); progress.Type != "" {
		summary = append(summary, progress)
	}
	ready := newReady(append(slices.Clip(decisive), summary...))
	if isReportedOnly(verdict) && ready.Status == metav1.ConditionTrue {
		ready.Reason = v1alpha1.ReasonReportedOnly
		ready.Message = fmt.Sprintf("The chatbot does not comply, which the effective enforcement %s only reports: %s. Apart from that: %s",
			findEnforcement(verdict), formatCount(len(verdict.Findings), "finding"), ready.Message)
	}
	return append(conditions, append(summary, ready)...)
}

// newProgress returns the condition Stalled if a condition is bad and waiting does not help, and otherwise Reconciling if a condition is bad;
// a zero condition if all are good.
func newProgress(conditions []metav1.Condition, found observation, now time.Time) metav1.Condition {
	if found.stalledBecause.reason != "" {
		return newCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, found.stalledBecause.reason, found.stalledBecause.message)
	}
	var waiting metav1.Condition
	for _, c := range conditions {
		switch {
		case c.Status == metav1.ConditionTrue:
		case slices.Contains(stalledAtOnce, c.Reason) || now.Sub(c.LastTransitionTime.Time) >= progressPatience:
			return newCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, c.Reason, c.Message)
		case waiting.Type == "":
			waiting = newCondition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, c.Reason, c.Message)
		}
	}
	return waiting
}

// computeNextStall returns the time from now until Stalled becomes True unless something changes; zero if nothing is Reconciling.
func computeNextStall(status v1alpha1.ChatbotDeploymentStatus, now time.Time) time.Duration {
	if !meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReconciling) {
		return 0
	}
	var next time.Duration
	for _, c := range status.Conditions {
		if c.Status != metav1.ConditionTrue && c.Type != v1alpha1.ConditionReady {
			next = minWait(next, max(c.LastTransitionTime.Add(progressPatience).Sub(now), 0))
		}
	}
	return next
}

// minWait returns the shorter of two waits, of which zero is one that never ends.
func minWait(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
