package chatbot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// Bounds of the status, as in the API's validation (in runes) or for readers.
const (
	maxFindings    = 50
	maxObligations = 128
	maxUpcoming    = 32
	maxValue       = 1024
	// maxError bounds the text of an error inside a condition's message.
	maxError = 512
	// maxNames bounds the number of names in a message.
	maxNames = 5
)

// newStatus returns the status for what was read, decided and written. It is pure.
func newStatus(found observation, verdict policy.Verdict, want desired, applyErr error, now time.Time) v1alpha1.ChatbotDeploymentStatus {
	d := found.declaration
	after := v1alpha1.ChatbotDeploymentStatus{
		ObservedGeneration: d.Generation,
		Conditions:         slices.Clone(d.Status.Conditions),
		Jurisdictions:      joinCodes(d.Spec.Jurisdictions),
		Outcome:            string(verdict.Outcome),
		PolicyRevision:     verdict.Revision,
		Findings:           toStatusFindings(verdict.Findings),
		FindingsTotal:      int32(len(verdict.Findings)),
		Obligations:        toStatusObligations(verdict.Obligations.Entries()),
		SidecarConfigHash:  findActiveHash(found.objects, want, applyErr),
		NextEvaluation:     verdict.NextEvaluation,
		Upcoming:           toUpcoming(verdict.Upcoming),
	}
	after.Workloads = countWorkloads(found, after.SidecarConfigHash)
	conditions := newConditions(found, verdict, want, applyErr, after.Workloads)
	for _, conditionType := range []string{v1alpha1.ConditionSuspended, v1alpha1.ConditionStalled} {
		if meta.FindStatusCondition(conditions, conditionType) == nil {
			meta.RemoveStatusCondition(&after.Conditions, conditionType)
		}
	}
	for _, c := range conditions {
		c.ObservedGeneration, c.LastTransitionTime = d.Generation, metav1.NewTime(now)
		meta.SetStatusCondition(&after.Conditions, c)
	}
	return after
}

// newConditions returns the conditions that apply, Ready last.
func newConditions(found observation, verdict policy.Verdict, want desired, applyErr error, counts v1alpha1.WorkloadCounts) []metav1.Condition {
	conditions := []metav1.Condition{
		newPolicyCompliant(verdict),
		newSidecarConfigured(want, verdict.Obligations, applyErr),
		newWorkloadsGoverned(found, counts),
	}
	suspended := newSuspended(found, verdict)
	if suspended.Type != "" {
		conditions = append(conditions, suspended)
	}
	if found.stalled.reason != "" {
		conditions = append(conditions, newCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, found.stalled.reason, found.stalled.message))
	}
	return append(conditions, newReady(conditions))
}

func newPolicyCompliant(verdict policy.Verdict) metav1.Condition {
	const conditionType = v1alpha1.ConditionPolicyCompliant
	switch n := len(verdict.Findings); {
	case isUndecided(verdict):
		message := "No decision was reached, so new pods are refused: " + truncate(verdict.Reason, maxError)
		return newCondition(conditionType, metav1.ConditionUnknown, v1alpha1.ReasonUndecided, message)
	case !verdict.Compliant:
		message := fmt.Sprintf("%s; see status.findings. The first: %s", formatCount(n, "finding"), report.Line(selectFinding(verdict.Findings)))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonNotCompliant, message)
	case countWaived(verdict.Findings) > 0:
		message := fmt.Sprintf("%s, %d of them waived by PolicyExceptions; none of the others denies. See status.findings.", formatCount(n, "finding"), countWaived(verdict.Findings))
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliantByException, message)
	case n > 0:
		message := fmt.Sprintf("%s, none of which denies. See status.findings.", formatCount(n, "finding"))
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliantWithWarning, message)
	default:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonCompliant, "The declaration meets every requirement of its jurisdictions and sectors.")
	}
}

func newSidecarConfigured(want desired, obligations obligation.Set, applyErr error) metav1.Condition {
	const conditionType = v1alpha1.ConditionSidecarConfigured
	switch {
	case applyErr != nil:
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonApplyFailed, "Applying objects failed: "+truncate(applyErr.Error(), maxError))
	case want.hold.reason == v1alpha1.ReasonRenderFailed || want.hold.reason == v1alpha1.ReasonNotCompliant:
		return newCondition(conditionType, metav1.ConditionFalse, want.hold.reason, truncate(want.hold.message, maxValue))
	case want.hold.reason != "":
		return newCondition(conditionType, metav1.ConditionUnknown, want.hold.reason, want.hold.message)
	}
	name := want.objects.configMap.Name
	message := fmt.Sprintf("ConfigMap %s holds the sidecar's configuration; NetworkPolicy %s opens only the sidecar's ports. "+
		"Traffic through the declared ports is governed; what the pods send elsewhere is not restricted.", name, name)
	if len(want.config.Unredacted) > 0 {
		message += " Required, but not redacted because no detector exists: " + strings.Join(want.config.Unredacted, ", ") + "."
	}
	if unexecuted := obligations.ListUnexecuted(); len(unexecuted) > 0 {
		message += " Obligations that this version of the sidecar does not carry out: " + strings.Join(unexecuted, ", ") + "."
	}
	return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonConfigured, message)
}

func newWorkloadsGoverned(found observation, counts v1alpha1.WorkloadCounts) metav1.Condition {
	const conditionType = v1alpha1.ConditionWorkloadsGoverned
	switch {
	case found.stalled.reason != "":
		return newCondition(conditionType, metav1.ConditionUnknown, found.stalled.reason, "Pods are not counted until spec.selector is changed.")
	case len(listPodNames(found, sidecarMissing)) > 0:
		message := fmt.Sprintf("%s the sidecar: %s. A pod gets it when it is created: delete the pods that run without it.",
			formatPods(found, sidecarMissing, "lacks", "lack"), listNames(listPodNames(found, sidecarMissing)))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarMissing, message)
	case len(listPodNames(found, sidecarDiffers)) > 0:
		message := fmt.Sprintf("%s a container named %q that differs from the current sidecar in its image or settings: %s. "+
			"A pod gets the current one when it is created: delete these pods, or restart their workload.",
			formatPods(found, sidecarDiffers, "holds", "hold"), contract.Sidecar, listNames(listPodNames(found, sidecarDiffers)))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarDiffers, message)
	case len(listPodNames(found, sidecarStopped)) > 0:
		message := fmt.Sprintf("%s without a running sidecar, so that people cannot reach the chatbot: %s. "+
			"`kubectl logs POD -c %s` says why.",
			formatPods(found, sidecarStopped, "is", "are"), listNames(listPodNames(found, sidecarStopped)), contract.Sidecar)
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarNotRunning, message)
	case counts.Blocked > 0:
		message := fmt.Sprintf("%s refused at admission; `kubectl describe replicaset %s` says why.",
			formatCount(int(counts.Blocked), "pod"), found.refusals[0].replicaSet)
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonPodsRefused, message)
	case counts.Governed == 0:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, "No pod is selected yet.")
	}
	message := fmt.Sprintf("The sidecar runs in %d of %s.", counts.Injected, formatCount(int(counts.Governed), "selected pod"))
	if starting := counts.Governed - counts.Injected; starting > 0 {
		message += fmt.Sprintf(" It has not started in %d: nothing else in a pod starts before it.", starting)
	}
	if counts.Stale > 0 {
		message += fmt.Sprintf(" %d of them started with an earlier configuration; the sidecar reloads the current one.", counts.Stale)
	}
	return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, message)
}

// newSuspended returns a zero condition when the chatbot may answer.
func newSuspended(found observation, verdict policy.Verdict) metav1.Condition {
	const conditionType = v1alpha1.ConditionSuspended
	switch {
	case found.declaration.Spec.Suspended:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonSuspendedByUser, "spec.suspended is true: only humans answer.")
	case verdict.RequiresQuarantine():
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonQuarantined, "The chatbot does not comply and spec.enforcement is Quarantine: only humans answer.")
	default:
		return metav1.Condition{}
	}
}

// newReady computes Ready from the other conditions alone: the first that is not in its desired state gives the reason.
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
	return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonReady, "The chatbot complies, its sidecar is configured and its pods are governed.")
}

func newCondition(conditionType string, s metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: conditionType, Status: s, Reason: reason, Message: message}
}

// countWorkloads counts the selected pods.
func countWorkloads(found observation, hash string) v1alpha1.WorkloadCounts {
	counts := v1alpha1.WorkloadCounts{Governed: int32(len(found.pods))}
	for _, pod := range found.pods {
		if pod.sidecar == sidecarRunning {
			counts.Injected++
			if pod.configHash != hash {
				counts.Stale++
			}
		}
	}
	for _, refusal := range found.refusals {
		counts.Blocked += refusal.pods
	}
	counts.Summary = fmt.Sprintf("%d/%d", counts.Injected, counts.Governed)
	return counts
}

// listPodNames returns the names of the pods in a state, sorted.
func listPodNames(found observation, state sidecarState) []string {
	var names []string
	for _, pod := range found.pods {
		if pod.sidecar == state {
			names = append(names, pod.name)
		}
	}
	slices.Sort(names)
	return names
}

// formatPods returns "1 of 3 selected pods lacks" or "2 of 3 selected pods lack".
func formatPods(found observation, state sidecarState, singular, plural string) string {
	n, verb := len(listPodNames(found, state)), plural
	if n == 1 {
		verb = singular
	}
	return fmt.Sprintf("%d of %s %s", n, formatCount(len(found.pods), "selected pod"), verb)
}

// listNames joins the first names and counts the others.
func listNames(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		names = append(names[:maxNames:maxNames], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// findActiveHash returns the hash of the configuration that is in place after apply.
func findActiveHash(existing objects, want desired, applyErr error) string {
	switch {
	case want.objects.configMap != nil && applyErr == nil:
		return want.objects.configMap.Annotations[v1alpha1.AnnotationConfigHash]
	case existing.configMap != nil:
		return existing.configMap.Annotations[v1alpha1.AnnotationConfigHash]
	default:
		return ""
	}
}

func toStatusFindings(findings []policy.Finding) []v1alpha1.StatusFinding {
	var shown []v1alpha1.StatusFinding
	for _, f := range findings[:min(len(findings), maxFindings)] {
		shown = append(shown, v1alpha1.StatusFinding{Rule: f.Rule, Action: string(f.Action), Field: f.Field, Message: report.Line(f)})
	}
	return shown
}

func countWaived(findings []policy.Finding) int {
	n := 0
	for _, f := range findings {
		if f.Action == policy.ActionWaived {
			n++
		}
	}
	return n
}

func toUpcoming(changes []policy.Change) []v1alpha1.UpcomingChange {
	var shown []v1alpha1.UpcomingChange
	for _, c := range changes[:min(len(changes), maxUpcoming)] {
		shown = append(shown, v1alpha1.UpcomingChange{Date: c.Date, Rule: c.Rule, Message: report.Change(c)})
	}
	return shown
}

func toStatusObligations(obligations []obligation.Entry) []v1alpha1.StatusObligation {
	var shown []v1alpha1.StatusObligation
	for _, o := range obligations[:min(len(obligations), maxObligations)] {
		var from []string
		for _, s := range o.Sources {
			from = append(from, s.Code)
		}
		slices.Sort(from)
		shown = append(shown, v1alpha1.StatusObligation{
			Kind: o.Kind, Dimension: o.Dimension, Value: formatJSON(o.Value), From: slices.Compact(from),
		})
	}
	return shown
}

// formatJSON returns the value as JSON text, truncated to what the API allows.
func formatJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return truncate(string(text), maxValue)
}

// selectFinding returns the finding that explains a refusal best: the first that denies, if one does.
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

// truncate shortens the text to at most limit runes.
func truncate(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
