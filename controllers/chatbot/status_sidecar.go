package chatbot

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// ungoverned is what Chaperone leaves to the team: the obligations that it does not carry out, and descriptions of what passes unread, of
// the ports that the declaration opens, of those that the NetworkPolicy of the effective enforcement Deny closes, and of the keys of
// Secrets that have to be there. calls says how to see whether the chatbot calls its processors through the sidecar; "" if it has none to
// call. asksForConsent is true if the sidecar asks people for their consent, which the app must not do a second time.
type ungoverned struct {
	unexecuted, unread, open, closed, secretKeys []string
	calls                                        string
	asksForConsent                               bool
}

// listUngoverned lists what Chaperone leaves to the team of a declaration.
func listUngoverned(found observation, verdict policy.Verdict) ungoverned {
	spec := &found.declaration.Spec
	return ungoverned{
		unexecuted: render.ListUnexecuted(spec, verdict.Obligations), unread: render.ListUnread(spec, found.environment.Shapes),
		open: found.listOpenPorts(), closed: found.listClosedPorts(), secretKeys: listSecretKeys(found.declaration),
		calls: explainCalls(found.declaration), asksForConsent: render.AsksForConsent(spec, verdict.Obligations),
	}
}

// explainCalls returns a sentence with the command that shows which processors get no calls through the sidecar, or "" if the chatbot has none
// to call. Only sidecars know it, and the manager does not ask them about calls.
func explainCalls(d *v1alpha1.ChatbotDeployment) string {
	if !slices.ContainsFunc(d.Spec.Processors, func(p v1alpha1.Processor) bool { return p.Host != "" }) {
		return ""
	}
	return " " + explainObserve(d, "whether the chatbot calls its models through the sidecar")
}

// newSidecarConfigured returns the condition SidecarConfigured. If it is True, its message says what is governed, and what is not.
func newSidecarConfigured(desired desiredState, left ungoverned, applyErr error) metav1.Condition {
	const conditionType = v1alpha1.ConditionSidecarConfigured
	switch {
	case applyErr != nil:
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonApplyFailed, "Applying objects failed: "+condition.Truncate(applyErr.Error(), maxError))
	case desired.pausedBecause.reason == v1alpha1.ReasonRenderFailed || desired.pausedBecause.reason == v1alpha1.ReasonNotCompliant:
		return newCondition(conditionType, metav1.ConditionFalse, desired.pausedBecause.reason, condition.Truncate(desired.pausedBecause.message, maxPausedMessage))
	case desired.pausedBecause.reason != "":
		// Which configuration the pods need is unknown: there is no usable selector or no decision.
		return newCondition(conditionType, metav1.ConditionUnknown, desired.pausedBecause.reason, desired.pausedBecause.message)
	}
	name := desired.objects.configMap.Name
	reason, message := v1alpha1.ReasonConfigured, fmt.Sprintf("ConfigMap %s holds the sidecar's configuration; NetworkPolicy %s opens only the sidecar's ports. "+
		"Traffic through the declared ports of pods that have the sidecar is governed; what the pods send elsewhere is not restricted.", name, name)
	if desired.openBecause.reason != "" {
		reason, message = desired.openBecause.reason, fmt.Sprintf("ConfigMap %s holds the sidecar's configuration. %s", name, desired.openBecause.message)
	}
	message += left.calls + explainPorts(left, desired.openBecause.reason == "") + " Redacted in messages: " + report.Redacted(desired.config.Redact)
	if left.asksForConsent {
		message += " " + report.Asked
	}
	if len(desired.config.Unredacted) > 0 {
		message += " Required, but not redacted because no detector exists: " + strings.Join(desired.config.Unredacted, ", ") + "."
	}
	if len(left.unexecuted) > 0 {
		message += " Obligations that the sidecar does not carry out: " + strings.Join(left.unexecuted, ", ") + "."
	}
	if n := len(left.unread); n > 0 {
		message += fmt.Sprintf(" Passed on unread, as the shapes say (%d): %s. What passes there is not read.", n, condition.Truncate(listNames(left.unread), maxPausedMessage))
	}
	if len(left.secretKeys) > 0 {
		message += fmt.Sprintf(" No pod starts without what the sidecar reads of Secrets: %s. The manager may not read Secrets, so it does not check them.",
			strings.Join(left.secretKeys, " and "))
	}
	return newCondition(conditionType, metav1.ConditionTrue, reason, message)
}

// explainPorts returns which ports of the pods stay open around the sidecar because they are declared, and which are closed, or would be under
// Deny. It returns "" if there are none. Otherwise, it begins with a blank.
func explainPorts(left ungoverned, isClosed bool) string {
	text := ""
	if len(left.open) > 0 {
		text = fmt.Sprintf(" Open besides, as spec.openPorts declares, and not read by the sidecar: %s.", strings.Join(left.open, ", "))
	}
	if len(left.closed) == 0 {
		return text
	}
	verb := "Deny would close"
	if isClosed {
		verb = "The NetworkPolicy closes"
	}
	return text + fmt.Sprintf(" %s these ports of the pods: %s. Add the name of a port that others call, such as one for metrics, to spec.openPorts.",
		verb, listNames(left.closed))
}
