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

const (
	// maxNote is the largest size in bytes that events.k8s.io/v1 allows for the note of an event.
	maxNote = 1024
	// ellipsis ends a truncated note.
	ellipsis = "…"
)

// objectEvent is one event about a ChatbotDeployment.
type objectEvent struct {
	// kind is corev1.EventTypeNormal or corev1.EventTypeWarning.
	kind string
	// reason is the field `reason` of the Event. It never changes, because users write alerts for it.
	reason string
	// action is the field `action` of the Event: what Chaperone did, in CamelCase.
	action string
	// note is the field `note` of the Event: a text for people.
	note string
}

// recordEvents records the events, and truncates notes to maxNote bytes.
func (r *Reconciler) recordEvents(d *v1alpha1.ChatbotDeployment, list []objectEvent) {
	for _, e := range list {
		note := e.note
		if len(note) > maxNote {
			// ToValidUTF8 drops a character of which the cut leaves only some bytes.
			note = strings.ToValidUTF8(note[:maxNote-len(ellipsis)], "") + ellipsis
		}
		r.Events.Eventf(d, nil, e.kind, e.reason, e.action, "%s", note)
	}
}

// newEvents returns the events for the objects written by a reconcile, and for the conditions that differ between the statuses before and
// after it (deservesEvent). Ready gets none, because it only sums up the others.
func newEvents(before, after v1alpha1.ChatbotDeploymentStatus, written writtenObjects) []objectEvent {
	list := newWriteEvents(before, after, written)
	// One cause can change several conditions, which then have the same reason. Only the first of them gets an event.
	reasons := sets.New[string]()
	for _, conditionType := range []string{
		v1alpha1.ConditionStalled, v1alpha1.ConditionPolicyCompliant, v1alpha1.ConditionSidecarConfigured,
		v1alpha1.ConditionWorkloadsGoverned, v1alpha1.ConditionServicesGoverned, v1alpha1.ConditionHandoffAvailable,
		v1alpha1.ConditionSuspended,
	} {
		earlier := findOwn(before.Conditions, conditionType)
		current := findOwn(after.Conditions, conditionType)
		switch {
		case current == nil && earlier != nil:
			list = append(list, newEndEvent(earlier))
		case current != nil && deservesEvent(earlier, current) && !reasons.Has(current.Reason):
			reasons.Insert(current.Reason)
			list = append(list, newConditionEvent(current))
		}
	}
	return list
}

// findOwn returns the condition of the type, or nil if there is none. It leaves Stalled out if another condition is its cause, because that one
// gets the events.
func findOwn(conditions []metav1.Condition, conditionType string) *metav1.Condition {
	c := meta.FindStatusCondition(conditions, conditionType)
	isOwn := c == nil || conditionType != v1alpha1.ConditionStalled ||
		c.Reason == v1alpha1.ReasonInvalidSelector || c.Reason == v1alpha1.ReasonOverlappingSelector
	if !isOwn {
		return nil
	}
	return c
}

// deservesEvent reports whether a condition gets an event: it is new (earlier is nil), or its status or reason changed. There are three
// exceptions. Sidecars that need a moment for a new configuration cause none. SidecarConfigured gets no event when it becomes good,
// because newWriteEvents reports the written configuration. No new good condition gets one either: for a new declaration without
// problems, the event about the written configuration is enough.
func deservesEvent(earlier, current *metav1.Condition) bool {
	// A condition of negative polarity is never good: it exists only while it is True.
	isGood := current.Status == metav1.ConditionTrue && !hasNegativePolarity(current.Type)
	if isReloading(current) || isGood && isReloading(earlier) {
		return false
	}
	if isGood && (earlier == nil || current.Type == v1alpha1.ConditionSidecarConfigured) {
		return false
	}
	return earlier == nil || current.Status != earlier.Status || current.Reason != earlier.Reason
}

// isReloading reports whether a condition is as it is for a moment after every change of the configuration. The condition may be nil.
func isReloading(c *metav1.Condition) bool {
	return c != nil && c.Reason == v1alpha1.ReasonSidecarBehind && c.Status == metav1.ConditionUnknown
}

// newWriteEvents returns the events for the written objects. If the declaration, the configuration and the policy revision are unchanged,
// an object is written only because another client changed or deleted it.
func newWriteEvents(before, after v1alpha1.ChatbotDeploymentStatus, written writtenObjects) []objectEvent {
	// SidecarConfigured was True if the earlier reconcile wrote all objects. Otherwise this reconcile writes the missing ones, which is no
	// drift.
	unchanged := hasSameInput(before, after) && meta.IsStatusConditionTrue(before.Conditions, v1alpha1.ConditionSidecarConfigured)
	isFirst := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionSidecarConfigured) == nil
	var list []objectEvent
	switch {
	case written.configMap == "" || isFirst:
		// No ConfigMap was written, or the first one: that every new declaration has a configuration is no news, and the status says it.
	case !unchanged:
		list = append(list, newConfiguredEvent(after.SidecarConfigHash))
	case before.PolicyRevision == after.PolicyRevision:
		// The ConfigMap also holds the policy revision. If the revision is the same as before, another client has changed the ConfigMap.
		// If the revision has changed, Chaperone wrote the ConfigMap because of it, which deserves no event.
		list = append(list, newDriftEvent("ConfigMap", written.configMap))
	}
	// If SidecarConfigured was True for another reason, the declaration had no NetworkPolicy that another client could have deleted.
	configured := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionSidecarConfigured)
	if written.networkPolicy != "" && unchanged && configured.Reason == v1alpha1.ReasonConfigured {
		list = append(list, newDriftEvent("NetworkPolicy", written.networkPolicy))
	}
	return list
}

// hasSameInput reports whether two statuses are about the same version of the declaration and the same configuration. What Chaperone writes
// depends on both.
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

// newConditionEvent returns the event for a condition that changed: a warning if the condition is bad.
func newConditionEvent(c *metav1.Condition) objectEvent {
	kind := corev1.EventTypeNormal
	if c.Status != metav1.ConditionTrue || hasNegativePolarity(c.Type) {
		kind = corev1.EventTypeWarning
	}
	return objectEvent{kind, c.Reason, "Evaluate", c.Message}
}

// hasNegativePolarity reports whether a condition of the type is bad when it is True. Such a condition is never False: it is removed.
func hasNegativePolarity(conditionType string) bool {
	return conditionType == v1alpha1.ConditionStalled || conditionType == v1alpha1.ConditionSuspended
}

// newEndEvent returns the event for a condition that no longer exists.
func newEndEvent(c *metav1.Condition) objectEvent {
	return objectEvent{corev1.EventTypeNormal, "NoLonger" + c.Type, "Evaluate", fmt.Sprintf("No longer %s.", strings.ToLower(c.Type))}
}
