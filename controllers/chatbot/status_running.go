package chatbot

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// newRunning returns what becomes of the pods that run. While their configuration stays as it is, for example because no decision is reached,
// what was said before holds. before may be nil.
func newRunning(before *v1alpha1.RunningState, isSuspended bool, verdict policy.Verdict, desired desiredState, now time.Time) *v1alpha1.RunningState {
	action := findAction(before, isSuspended, verdict, desired)
	if action == "" || before != nil && before.Action == action {
		return before
	}
	return &v1alpha1.RunningState{Action: action, Since: metav1.NewTime(now)}
}

// findAction returns "" if nothing is known.
func findAction(before *v1alpha1.RunningState, isSuspended bool, verdict policy.Verdict, desired desiredState) v1alpha1.RunningAction {
	paused := desired.pausedBecause.reason
	switch {
	case isSuspended && (paused == "" || desired.isStopped):
		return v1alpha1.RunningSuspend
	case paused == v1alpha1.ReasonNotCompliant && !isStopped(before):
		return v1alpha1.RunningKeep
	case paused != "":
		if before == nil {
			return ""
		}
		return before.Action
	case verdict.RequiresQuarantine():
		return v1alpha1.RunningQuarantine
	case !verdict.Compliant:
		return v1alpha1.RunningWarn
	}
	return v1alpha1.RunningServe
}

// isStopped reports whether only humans answer.
func isStopped(state *v1alpha1.RunningState) bool {
	return state != nil && (state.Action == v1alpha1.RunningSuspend || state.Action == v1alpha1.RunningQuarantine)
}

// newSuspended returns the condition Suspended, or a zero condition if the chatbot is not suspended.
func newSuspended(found observation, verdict policy.Verdict, desired desiredState) metav1.Condition {
	const conditionType = v1alpha1.ConditionSuspended
	earlier := meta.FindStatusCondition(found.declaration.Status.Conditions, conditionType)
	switch {
	case found.declaration.Spec.Suspended && desired.pausedBecause.reason != "" && !desired.isStopped:
		return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonSuspendedByUser,
			"spec.suspended is true, but the configuration of the pods cannot be changed: see SidecarConfigured. Scale the workload to zero.")
	case found.declaration.Spec.Suspended:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonSuspendedByUser, "spec.suspended is true: only humans answer.")
	case verdict.RequiresQuarantine():
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonQuarantined, "The chatbot does not comply and the effective enforcement is Quarantine: only humans answer.")
	case earlier != nil && desired.pausedBecause.reason != "":
		return newCondition(conditionType, metav1.ConditionTrue, earlier.Reason, "Only humans answer still, because the pods keep their configuration: see SidecarConfigured.")
	default:
		return metav1.Condition{}
	}
}
