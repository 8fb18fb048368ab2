package chatbot

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/report"
)

const (
	// maxFindings and maxUpcoming are the numbers of entries that the API allows in status.findings and status.upcoming.
	maxFindings = 50
	maxUpcoming = 32
	// maxSummary is the number of characters that the API allows for the summary of an obligation, and maxValue is for the value in it.
	maxSummary, maxValue = 2048, 1024
	// maxError is the number of characters of an error that a condition's message shows, so that it stays readable.
	maxError = 512
	// maxPausedMessage is the number of characters of a message that says why no new configuration is written. The message can contain an
	// error.
	maxPausedMessage = 1024
	// reloadSeconds is the time within which a sidecar usually executes a new configuration: kubelets renew the volume of a ConfigMap once a
	// minute (syncFrequency), at times that they spread, and the sidecar then reads the file.
	reloadSeconds = 120
	// maxNames is the number of names that a message lists before it counts the rest.
	maxNames = 5
	// maxRepairs is the number of findings for which the condition ServicesGoverned describes how to repair one object. Each is shown whole:
	// its end says what to do first. A finding has less than 1 KiB, and the API allows 32 KiB for a message.
	maxRepairs = 4
)

// newStatus returns the status of a declaration for what was read about it, decided about it and written for it. applyErr is the error of
// writing the objects, or nil. newStatus is pure. It begins with the conditions of the old status, so that a condition whose status is
// unchanged keeps its transition time.
func newStatus(found observation, verdict policy.Verdict, desired desiredState, applyErr error, now time.Time) v1alpha1.ChatbotDeploymentStatus {
	d := found.declaration
	after := v1alpha1.ChatbotDeploymentStatus{
		ObservedGeneration:  d.Generation,
		Conditions:          slices.Clone(d.Status.Conditions),
		Jurisdictions:       joinCodes(d.Spec.Jurisdictions),
		Enforcement:         findEnforcement(verdict),
		Outcome:             string(verdict.Outcome),
		PolicyRevision:      verdict.Revision,
		Findings:            toStatusFindings(verdict.Findings),
		FindingsTotal:       int32(len(verdict.Findings)),
		NotApplicableTotal:  int32(countFindings(verdict.Findings, policy.ActionNotApplicable)),
		ObligationSummaries: summarizeObligations(verdict.Obligations.Entries()),
		SidecarConfigHash:   findActiveHash(found.objects, desired, applyErr),
		NextEvaluation:      verdict.NextEvaluation,
		Upcoming:            toUpcoming(verdict.Upcoming),
	}
	expected := newExpectation(after.SidecarConfigHash, desired.statement, now)
	after.Workloads = countWorkloads(found, expected)
	if found.stalledBecause.reason != "" {
		// How they are is not known, but who may let go of them depends on their number.
		after.Workloads.Governed = found.claims
	}
	after.Images, after.Services = mergeImages(found.pods), found.knownServices
	after.Running = newRunning(d.Status.Running, d.Spec.Suspended, verdict, desired, now)
	conditions := newConditions(found, verdict, desired, applyErr, newWorkloadsGoverned(found, expected, now))
	keepTransitions(conditions, d.Status.Conditions, now)
	setConditions(&after, addSummary(conditions, found, verdict, now), now)
	return after
}

// keepTransitions gives each condition the time since when it has its status: that of the earlier condition of its type, or now.
func keepTransitions(conditions, earlier []metav1.Condition, now time.Time) {
	for i := range conditions {
		conditions[i].LastTransitionTime = metav1.NewTime(now)
		if before := meta.FindStatusCondition(earlier, conditions[i].Type); before != nil && before.Status == conditions[i].Status {
			conditions[i].LastTransitionTime = before.LastTransitionTime
		}
	}
}

// setConditions puts the conditions into the status.
func setConditions(status *v1alpha1.ChatbotDeploymentStatus, conditions []metav1.Condition, now time.Time) {
	// These conditions are left out where they say nothing.
	for _, conditionType := range []string{v1alpha1.ConditionHandoffAvailable, v1alpha1.ConditionSuspended, v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling} {
		if meta.FindStatusCondition(conditions, conditionType) == nil {
			meta.RemoveStatusCondition(&status.Conditions, conditionType)
		}
	}
	for _, c := range conditions {
		c.ObservedGeneration, c.LastTransitionTime = status.ObservedGeneration, metav1.NewTime(now)
		meta.SetStatusCondition(&status.Conditions, c)
	}
}

// newConditions returns the conditions of the declaration with that of its pods, without the summary (addSummary). Suspended is left out unless
// it is True, and HandoffAvailable unless the manager knows of a desk that the law demands.
func newConditions(found observation, verdict policy.Verdict, desired desiredState, applyErr error, governed metav1.Condition) []metav1.Condition {
	conditions := []metav1.Condition{
		newPolicyCompliant(verdict),
		newSidecarConfigured(desired, listUngoverned(found, verdict), applyErr),
		governed,
		newServicesGoverned(found, desired),
	}
	for _, c := range []metav1.Condition{newHandoffAvailable(found, verdict), newSuspended(found, verdict, desired)} {
		if c.Type != "" {
			conditions = append(conditions, c)
		}
	}
	return conditions
}

// newPolicyCompliant returns the condition PolicyCompliant. Its message shows at most one finding; status.findings lists the first
// maxFindings.
func newPolicyCompliant(verdict policy.Verdict) metav1.Condition {
	const conditionType = v1alpha1.ConditionPolicyCompliant
	switch n := len(verdict.Findings); {
	case isUndecided(verdict):
		message := "No decision was reached, so new pods are refused: " + condition.Truncate(verdict.Reason, maxError)
		return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonUndecided, message)
	case !verdict.Compliant:
		message := fmt.Sprintf("%s; see status.findings. The first: %s", formatCount(n, "finding"), report.Line(selectFinding(verdict.Findings)))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonNotCompliant, message)
	case countFindings(verdict.Findings, policy.ActionWaived) > 0:
		message := fmt.Sprintf("%s, %d of them waived by PolicyExceptions; none of the others denies. See status.findings.",
			formatCount(n, "finding"), countFindings(verdict.Findings, policy.ActionWaived))
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliantByException, message)
	case n > 0:
		message := fmt.Sprintf("%s, none of which denies. See status.findings.", formatCount(n, "finding"))
		if unasked := countFindings(verdict.Findings, policy.ActionNotApplicable); unasked > 0 {
			dimensions := slices.Sorted(maps.Keys(verdict.CountNotApplicable()))
			message += fmt.Sprintf(" Of them, %d do not apply, as spec.notApplicable says: %s.", unasked, listNames(dimensions))
		}
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliantWithWarning, message)
	default:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliant, "The declaration meets every requirement of its jurisdictions and sectors.")
	}
}

// newReady computes Ready from the other conditions alone. Stalled makes it False; otherwise Ready has the status, reason and message of
// the first condition that is False, or else of the first that is Unknown. If there is none, Ready is True, and its message says if the
// chatbot is suspended, or else in how many pods the sidecar runs.
func newReady(others []metav1.Condition) metav1.Condition {
	const conditionType = v1alpha1.ConditionReady
	if stalled := meta.FindStatusCondition(others, v1alpha1.ConditionStalled); stalled != nil {
		return newCondition(conditionType, metav1.ConditionFalse, stalled.Reason, stalled.Message)
	}
	for _, bad := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		for _, c := range others {
			if c.Status == bad {
				return newCondition(conditionType, bad, c.Reason, c.Message)
			}
		}
	}
	if suspended := meta.FindStatusCondition(others, v1alpha1.ConditionSuspended); suspended != nil {
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonReady, suspended.Message)
	}
	message := "The chatbot complies, its sidecar is configured, and its pods and Services are governed."
	if workloads := meta.FindStatusCondition(others, v1alpha1.ConditionWorkloadsGoverned); workloads != nil {
		message += " " + workloads.Message // Ready is also True while no pod runs: nothing is ungoverned then.
	}
	return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonReady, message)
}

func newCondition(conditionType string, s metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: s, Reason: reason, Message: message}
}

// listNames joins names by commas. After maxNames it only counts them: "a, b, c, d, e, 2 more".
func listNames(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		// The third index limits the capacity, so that append does not overwrite the caller's names.
		names = append(names[:maxNames:maxNames], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// findActiveHash returns the hash of the configuration in the cluster: the desired one if apply succeeded, otherwise the existing one;
// empty if there is none. If apply wrote the ConfigMap and then failed to write the NetworkPolicy, the hash is that of the earlier
// configuration until a retry succeeds.
func findActiveHash(existing objects, desired desiredState, applyErr error) string {
	switch {
	case desired.objects.configMap != nil && applyErr == nil:
		return desired.objects.configMap.Annotations[v1alpha1.AnnotationConfigHash]
	case existing.configMap != nil:
		return existing.configMap.Annotations[v1alpha1.AnnotationConfigHash]
	default:
		return ""
	}
}

// toStatusFindings returns the first maxFindings findings in the form of the status.
func toStatusFindings(findings []policy.Finding) []v1alpha1.StatusFinding {
	var shown []v1alpha1.StatusFinding
	for _, f := range findings[:min(len(findings), maxFindings)] {
		shown = append(shown, v1alpha1.StatusFinding{Rule: f.Rule, Action: string(f.Action), Field: f.Field, Message: report.Line(f)})
	}
	return shown
}

// countFindings returns how many of the findings have the action.
func countFindings(findings []policy.Finding, action policy.Action) int {
	n := 0
	for _, f := range findings {
		if f.Action == action {
			n++
		}
	}
	return n
}

// toUpcoming returns the first maxUpcoming changes in the form of the status.
func toUpcoming(changes []policy.Change) []v1alpha1.UpcomingChange {
	var shown []v1alpha1.UpcomingChange
	for _, c := range changes[:min(len(changes), maxUpcoming)] {
		shown = append(shown, v1alpha1.UpcomingChange{Date: c.Date, Rule: c.Rule, Message: report.Change(c)})
	}
	return shown
}

// summarizeObligations returns the obligations in the form of the status: one text each. An object each, with four fields, costs the API server half as
// much again for every write of a status. The status has room for every dimension of every kind, so none is left out.
func summarizeObligations(obligations []obligation.Entry) []string {
	var shown []string
	for _, o := range obligations {
		var codes []string
		for _, s := range o.Sources {
			codes = append(codes, s.Code)
		}
		slices.Sort(codes)
		scope := o.Kind
		if len(codes) > 0 {
			scope += "; " + strings.Join(slices.Compact(codes), ", ")
		}
		text := fmt.Sprintf("%s (%s): %s", o.Dimension, scope, report.DescribeMerged(o.Dimension, o.Value, maxValue))
		shown = append(shown, condition.Truncate(text, maxSummary))
	}
	return shown
}

// selectFinding returns the finding to show in a short message: the first that denies, or else the first. It returns a zero finding if
// there are none.
func selectFinding(findings []policy.Finding) policy.Finding {
	for _, f := range findings {
		if f.Action == policy.ActionDeny {
			return f
		}
	}
	if len(findings) == 0 {
		return policy.Finding{}
	}
	return findings[0]
}

// joinCodes returns the codes, joined by commas.
func joinCodes(codes []v1alpha1.Code) string {
	texts := make([]string, 0, len(codes))
	for _, code := range codes {
		texts = append(texts, string(code))
	}
	return strings.Join(texts, ",")
}

// formatCount returns "1 pod" or "2 pods".
func formatCount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// computeRequeueAfter returns the time from now until there is something to do without an event: because the decision changes, because a pod
// is late to start, or because of the signature of its configuration at the time look (computeNextLook), if it is not zero. It returns
// zero, for never, if nothing of this is to be expected.
func computeRequeueAfter(found observation, verdict policy.Verdict, look, now time.Time) time.Duration {
	next := []time.Duration{computeNextDecision(found, verdict, now), found.computeLateStart(now)}
	if !look.IsZero() {
		next = append(next, max(look.Sub(now), time.Second))
	}
	next = slices.DeleteFunc(next, func(d time.Duration) bool { return d == 0 })
	if len(next) == 0 {
		return 0
	}
	return slices.Min(next)
}

// computeNextDecision returns the time from now until the decision can change without an edit: until midnight UTC of the verdict's next
// evaluation, or undecidedRetry if a decision was not reached. It returns zero, for never, when no next evaluation is known.
func computeNextDecision(found observation, verdict policy.Verdict, now time.Time) time.Duration {
	if object, _ := found.findUndecided(); isUndecided(verdict) || object != "" {
		return undecidedRetry
	}
	midnight, err := time.Parse(policy.DateFormat, verdict.NextEvaluation)
	if err != nil { // NextEvaluation is empty.
		return 0
	}
	// The additional second makes sure that the new day has begun even if the timer fires slightly early.
	return max(midnight.Sub(now), 0) + time.Second
}
