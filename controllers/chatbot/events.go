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

// happening is one event about a ChatbotDeployment.
type happening struct {
	// kind is corev1.EventTypeNormal or corev1.EventTypeWarning.
	kind string
	// reason is stable: people build alarms on it.
	reason string
	// action is what Chaperone did, in CamelCase.
	action string
	note   string
}

// tell records the events.
func (r *Reconciler) tell(d *v1alpha1.ChatbotDeployment, list []happening) {
	for _, e := range list {
		note := e.note
		if len(note) > maxNote {
			note = strings.ToValidUTF8(note[:maxNote-3], "") + "…"
		}
		r.Events.Eventf(d, nil, e.kind, e.reason, e.action, "%s", note)
	}
}

// happenings returns the events for what changed; none when nothing did.
func happenings(before, after v1alpha1.ChatbotDeploymentStatus, done applied) []happening {
	list := written(before, after, done)
	// One cause shows in several conditions under one reason; it is told once.
	told := sets.New[string]()
	for _, conditionType := range []string{
		v1alpha1.ConditionStalled, v1alpha1.ConditionPolicyCompliant, v1alpha1.ConditionSidecarConfigured,
		v1alpha1.ConditionWorkloadsGoverned, v1alpha1.ConditionSuspended,
	} {
		then := meta.FindStatusCondition(before.Conditions, conditionType)
		now := meta.FindStatusCondition(after.Conditions, conditionType)
		switch {
		case now == nil && then != nil:
			list = append(list, ended(then))
		case now != nil && isNews(then, now) && !told.Has(now.Reason):
			told.Insert(now.Reason)
			list = append(list, became(now))
		}
	}
	return list
}

// isNews reports whether a condition is worth an event. A declaration that is well from the start is told about once, and each
// new configuration too, both by written.
func isNews(then, now *metav1.Condition) bool {
	well := now.Status == metav1.ConditionTrue && !bad(now.Type)
	if well && (then == nil || now.Type == v1alpha1.ConditionSidecarConfigured) {
		return false
	}
	return then == nil || now.Status != then.Status || now.Reason != then.Reason
}

// written tells about objects that were written. An object that had to be written although nothing that it is made of changed
// was touched by someone else.
func written(before, after v1alpha1.ChatbotDeploymentStatus, done applied) []happening {
	sameInput := before.SidecarConfigHash == after.SidecarConfigHash && before.ObservedGeneration == after.ObservedGeneration
	sameRevision := before.PolicyRevision == after.PolicyRevision
	wasConfigured := meta.IsStatusConditionTrue(before.Conditions, v1alpha1.ConditionSidecarConfigured)
	var list []happening
	switch {
	case done.configMap != "" && sameInput && wasConfigured && !sameRevision:
		// The file names another revision and does the same: no news.
	case done.configMap != "" && sameInput && wasConfigured:
		list = append(list, repaired("ConfigMap", done.configMap))
	case done.configMap != "":
		list = append(list, configured(after.SidecarConfigHash))
	}
	if done.networkPolicy != "" && sameInput && wasConfigured {
		list = append(list, repaired("NetworkPolicy", done.networkPolicy))
	}
	return list
}

func configured(hash string) happening {
	return happening{corev1.EventTypeNormal, "SidecarConfigured", "Apply",
		fmt.Sprintf("The sidecar's configuration is now %s.", hash)}
}

func repaired(kind, name string) happening {
	return happening{corev1.EventTypeWarning, "DriftRepaired", "Repair",
		fmt.Sprintf("%s %s was changed or deleted by someone else and is as decided again.", kind, name)}
}

func became(c *metav1.Condition) happening {
	kind := corev1.EventTypeNormal
	if c.Status != metav1.ConditionTrue || bad(c.Type) {
		kind = corev1.EventTypeWarning
	}
	return happening{kind, c.Reason, "Evaluate", c.Message}
}

// bad reports whether a condition that is True is bad news.
func bad(conditionType string) bool {
	return conditionType == v1alpha1.ConditionStalled || conditionType == v1alpha1.ConditionSuspended
}

func ended(c *metav1.Condition) happening {
	return happening{corev1.EventTypeNormal, "NoLonger" + c.Type, "Evaluate", fmt.Sprintf("No longer %s.", strings.ToLower(c.Type))}
}
