package chatbot

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// maxNote is the bound of an event's note in bytes (events.k8s.io/v1).
const maxNote = 1024

// objectEvent is one event about a ChatbotDeployment.
type objectEvent struct {
	// kind is corev1.EventTypeNormal or corev1.EventTypeWarning.
	kind string
	// reason is stable: users alert on it.
	reason string
	// action is the field `action` of the Event: what Chaperone did, in CamelCase.
	action string
	note   string
}

// recordEvents sends the events, each with a note of at most maxNote bytes.
func (r *Reconciler) recordEvents(d *v1alpha1.ChatbotDeployment, list []objectEvent) {
	for _, e := range list {
		note := e.note
		if len(note) > maxNote {
			note = strings.ToValidUTF8(note[:maxNote-3], "") + "…"
		}
		r.Events.Eventf(d, nil, e.kind, e.reason, e.action, "%s", note)
	}
}

// newEvents returns the events for what changed between two statuses, and for the objects that were written.
func newEvents(before, after v1alpha1.ChatbotDeploymentStatus, done writes) []objectEvent {
	list := newWriteEvents(before, after, done)
	// One cause can give several conditions the same reason; it gets one event.
	reasons := sets.New[string]()
	for _, conditionType := range []string{
		v1alpha1.ConditionStalled, v1alpha1.ConditionPolicyCompliant, v1alpha1.ConditionSidecarConfigured,
		v1alpha1.ConditionWorkloadsGoverned, v1alpha1.ConditionSuspended,
	} {
		then := meta.FindStatusCondition(before.Conditions, conditionType)
		now := meta.FindStatusCondition(after.Conditions, conditionType)
		switch {
		case now == nil && then != nil:
			list = append(list, newEndEvent(then))
		case now != nil && isNews(then, now) && !reasons.Has(now.Reason):
			reasons.Insert(now.Reason)
			list = append(list, newConditionEvent(now))
		}
	}
	return list
}

// isNews reports whether a condition is worth an event. The event of newWriteEvents covers a declaration that is well from the start,
// and each new configuration.
func isNews(then, now *metav1.Condition) bool {
	well := now.Status == metav1.ConditionTrue && !isBadNews(now.Type)
	if well && (then == nil || now.Type == v1alpha1.ConditionSidecarConfigured) {
		return false
	}
	return then == nil || now.Status != then.Status || now.Reason != then.Reason
}

// newWriteEvents returns the events for the objects that were written. When an object was written although its input is unchanged,
// another client had changed or deleted it.
func newWriteEvents(before, after v1alpha1.ChatbotDeploymentStatus, done writes) []objectEvent {
	unchanged := hasSameInput(before, after) && meta.IsStatusConditionTrue(before.Conditions, v1alpha1.ConditionSidecarConfigured)
	var list []objectEvent
	switch {
	case done.configMap == "":
	case !unchanged:
		list = append(list, newConfiguredEvent(after.SidecarConfigHash))
	case before.PolicyRevision == after.PolicyRevision:
		// The file that names another revision does the same, and is written without an event.
		list = append(list, newDriftEvent("ConfigMap", done.configMap))
	}
	if done.networkPolicy != "" && unchanged {
		list = append(list, newDriftEvent("NetworkPolicy", done.networkPolicy))
	}
	return list
}

func hasSameInput(before, after v1alpha1.ChatbotDeploymentStatus) bool {
	return before.SidecarConfigHash == after.SidecarConfigHash && before.ObservedGeneration == after.ObservedGeneration
}

func newConfiguredEvent(hash string) objectEvent {
	return objectEvent{corev1.EventTypeNormal, "SidecarConfigured", "Apply",
		fmt.Sprintf("The sidecar configuration is now %s.", hash)}
}

func newDriftEvent(kind, name string) objectEvent {
	return objectEvent{corev1.EventTypeWarning, "DriftRepaired", "Repair",
		fmt.Sprintf("Another client changed or deleted %s %s; it is restored.", kind, name)}
}

func newConditionEvent(c *metav1.Condition) objectEvent {
	kind := corev1.EventTypeNormal
	if c.Status != metav1.ConditionTrue || isBadNews(c.Type) {
		kind = corev1.EventTypeWarning
	}
	return objectEvent{kind, c.Reason, "Evaluate", c.Message}
}

// isBadNews reports whether a condition that is True is bad news.
func isBadNews(conditionType string) bool {
	return conditionType == v1alpha1.ConditionStalled || conditionType == v1alpha1.ConditionSuspended
}

func newEndEvent(c *metav1.Condition) objectEvent {
	return objectEvent{corev1.EventTypeNormal, "NoLonger" + c.Type, "Evaluate", fmt.Sprintf("No longer %s.", strings.ToLower(c.Type))}
}
