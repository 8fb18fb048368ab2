package chatbot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// newWorkloadsGoverned returns the condition WorkloadsGoverned. It reports only the problem of the first case that
// applies. expected is what sidecars should execute.
func newWorkloadsGoverned(found observation, expected expectation, now time.Time) metav1.Condition {
	const conditionType = v1alpha1.ConditionWorkloadsGoverned
	counts := countWorkloads(found, expected)
	switch {
	case found.stalledBecause.reason != "":
		return newCondition(conditionType, metav1.ConditionUnknown, found.stalledBecause.reason, "Pods are not counted until spec.selector is changed.")
	case len(found.listPodNames(isInState(sidecarMissing))) > 0:
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarMissing, explainMissing(found))
	case len(found.listPodNames(isInState(sidecarDiffers))) > 0:
		message := fmt.Sprintf("%s a container named %q that differs from the current sidecar in its image or settings: %s. "+
			"A pod gets the current one when it is created. %s%s",
			formatPods(found, sidecarDiffers, "holds", "hold"), contract.Sidecar, listNames(found.listPodNames(isInState(sidecarDiffers))),
			seeRepair, explainOwners(found, sidecarDiffers))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarDiffers, message)
	case len(found.listOpenPods(true)) > 0:
		return newPodsLeadAround(found)
	case len(found.listUngovernedPorts()) > 0:
		message := fmt.Sprintf("The sidecar is not in front of these declared ports, because no container port of the pods has the name, or several have: %s. "+
			"Give the chatbot's container port the name in the pod template, or declare the port by its number (spec.ports[].port).",
			listNames(found.listUngovernedPorts()))
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonPortNotGoverned, message)
	case len(found.listPodNames(isInState(sidecarStopped))) > 0:
		message := fmt.Sprintf("%s without a running sidecar, so that people cannot reach the chatbot: %s. "+
			"`kubectl logs POD -c %s` says why.",
			formatPods(found, sidecarStopped, "is", "are"), listNames(found.listPodNames(isInState(sidecarStopped))), contract.Sidecar)
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarNotRunning, message)
	case len(found.listStuck(now)) > 0:
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonSidecarNotStarting, explainStuck(found, found.listStuck(now)))
	case counts.Blocked > 0:
		message := fmt.Sprintf("%s refused at admission; `kubectl describe replicaset %s -n %s` says why.",
			formatCount(int(counts.Blocked), "pod"), found.refusals[0].replicaSet, found.declaration.Namespace)
		return newCondition(conditionType, metav1.ConditionFalse, v1alpha1.ReasonPodsRefused, message)
	case len(found.listBehind(expected)) > 0:
		return newBehind(found, expected, now)
	case counts.Governed == 0:
		return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, "No pod is selected yet.")
	}
	return newCondition(conditionType, metav1.ConditionTrue, v1alpha1.ReasonAllGoverned, explainRunning(found, counts, expected))
}

// seeRepair is where the status says what becomes of pods without the current sidecar. To delete them can take the chatbot off the network, if
// new ones would be refused.
const seeRepair = "status.repair says whether Chaperone replaces these pods, or what has to be done."

// explainMissing returns which pods lack the sidecar, and what to do.
func explainMissing(found observation) string {
	message := fmt.Sprintf("%s the sidecar: %s. A pod gets it when it is created. %s",
		formatPods(found, sidecarMissing, "lacks", "lack"), listNames(found.listPodNames(isInState(sidecarMissing))), seeRepair)
	if slices.ContainsFunc(found.pods, func(pod selectedPod) bool { return pod.isStatic }) {
		message += " A static pod gets none: remove its file from its node, and run the chatbot as a Deployment."
	}
	return message + explainOwners(found, sidecarMissing)
}

// explainOwners returns a sentence with the workloads from which the pods with this state of the sidecar come; empty if they come from none.
func explainOwners(found observation, state sidecarState) string {
	var workloads []string
	for _, pod := range found.pods {
		if pod.sidecar == state && pod.workload != "" && !strings.HasPrefix(pod.workload, "Pod ") {
			workloads = append(workloads, pod.workload)
		}
	}
	if len(workloads) == 0 {
		return ""
	}
	slices.Sort(workloads)
	return " They come from: " + listNames(slices.Compact(workloads)) + "."
}

// explainRunning returns in how many pods the sidecar runs if no pod has a problem. The sidecar of some may not have started yet, or may
// have started with an earlier configuration and not have answered the manager.
func explainRunning(found observation, counts v1alpha1.WorkloadCounts, expected expectation) string {
	message := fmt.Sprintf("The sidecar runs in %d of %s.", counts.Injected, formatCount(int(counts.Governed), "selected pod"))
	if starting := counts.Governed - counts.Injected; starting > 0 {
		message += fmt.Sprintf(" It has not started in %d: nothing else in a pod starts before it.", starting)
	}
	if counts.Unverified > 0 {
		message += explainSilent(found, expected)
	}
	message += explainOpenPods(found)
	stale := found.listPodNames(func(pod selectedPod) bool { return pod.isStale(expected) && !pod.isSilent })
	if len(stale) == 0 {
		return message
	}
	names := ""
	if len(stale) <= maxNames {
		names = ": " + strings.Join(stale, ", ")
	}
	return message + fmt.Sprintf(" Stale, because %s with an earlier configuration%s. Nothing has to be done: the manager sends the current one, and a sidecar that it "+
		"cannot reach executes it once the kubelet has renewed its volume, usually within %d seconds. If the count stays, restart the workload.",
		formatStarted(len(stale)), names, reloadSeconds)
}

// explainSilent returns in which pods the sidecar does not answer the manager, and what to do. Those of them that are stale stay so until they
// answer, which asks for no restart.
func explainSilent(found observation, expected expectation) string {
	silent := found.listPodNames(func(pod selectedPod) bool { return pod.sidecar == sidecarRunning && pod.isSilent })
	message := fmt.Sprintf(" It does not answer the manager in %d: %s. Only the node says that it runs there, and nothing says which configuration it executes. "+
		"The manager asks again within half an hour. Let it reach port %d of the pods, through NetworkPolicies and without mutual TLS of a mesh.",
		len(silent), listNames(silent), contract.SidecarAdminPort)
	stale := found.listPodNames(func(pod selectedPod) bool { return pod.isStale(expected) && pod.isSilent })
	if len(stale) == 0 {
		return message
	}
	return message + fmt.Sprintf(" Of these, %d started with an earlier configuration and count as stale until they answer. They need no restart: kubelets renew their volumes, "+
		"usually within %d seconds.", len(stale), reloadSeconds)
}

// isStale reports whether the sidecar runs and executes another configuration than it should: as it says itself, or, if it does not answer,
// because it was created with another one.
func (s selectedPod) isStale(expected expectation) bool {
	if s.answer != nil && !s.isSilent {
		return s.isBehind(expected)
	}
	return s.sidecar == sidecarRunning && s.configHash != expected.hash && !s.isAssumedCurrent
}

// formatStarted returns "1 of them has started" or "2 of them have started".
func formatStarted(n int) string {
	if n == 1 {
		return "1 of them has started"
	}
	return fmt.Sprintf("%d of them have started", n)
}

// startPatience is how long a kubelet may take to prepare a pod before the status says that the pod does not start. Attaching a volume can
// take half a minute.
const startPatience = time.Minute

// isStuck reports whether the sidecar does not start: the kubelet cannot create it, or has not prepared the pod for longer than
// startPatience, because it cannot mount a volume or make the network.
func (s selectedPod) isStuck(now time.Time) bool {
	isLate := !s.preparingSince.IsZero() && now.Sub(s.preparingSince) >= startPatience
	return s.sidecar == sidecarStarting && (s.cannotCreate || isLate)
}

// computeLateStart returns the time from now until the next pod is stuck that has not started; zero if there is none.
func (o observation) computeLateStart(now time.Time) time.Duration {
	var next time.Duration
	for _, pod := range o.pods {
		until := pod.preparingSince.Add(startPatience).Sub(now)
		if pod.sidecar == sidecarStarting && until > 0 && (next == 0 || until < next) {
			next = until
		}
	}
	return next
}

// listStuck returns the names of the pods that are stuck (isStuck), sorted.
func (o observation) listStuck(now time.Time) []string {
	return o.listPodNames(func(pod selectedPod) bool { return pod.isStuck(now) })
}

// listPodNames returns the names of the selected pods, sorted.
func (o observation) listPodNames(isSelected func(selectedPod) bool) []string {
	var names []string
	for _, pod := range o.pods {
		if isSelected(pod) {
			names = append(names, pod.name)
		}
	}
	slices.Sort(names)
	return names
}

// explainStuck returns that the sidecar does not start in the pods with the names, and what to look at. The manager may not read Secrets,
// and the kubelet says which one is missing only in events.
func explainStuck(found observation, names []string) string {
	message := fmt.Sprintf("The sidecar does not start in %d of %s, and nothing in a pod starts before it: %s. `kubectl describe pod %s -n %s` says why, at its end.",
		len(names), formatCount(len(found.pods), "selected pod"), listNames(names), names[0], found.declaration.Namespace)
	if keys := listSecretKeys(found.declaration); len(keys) > 0 {
		return message + fmt.Sprintf(" The sidecar needs %s. Create what is missing; the pods then start by themselves.", strings.Join(keys, " and "))
	}
	return message + " It can be an image that cannot be pulled, or a volume that cannot be mounted."
}

// listSecretKeys returns the keys of Secrets that the sidecar reads, as texts for people, each with its field. Without them no container of
// a pod starts.
func listSecretKeys(d *v1alpha1.ChatbotDeployment) []string {
	var keys []string
	for i := range d.Spec.Ports {
		if signature := d.Spec.Ports[i].Signature; signature != nil {
			keys = append(keys, fmt.Sprintf("the key %q of Secret %q (spec.ports[%d].signature.secretKeyRef)", signature.SecretKeyRef.Key, signature.SecretKeyRef.Name, i))
		}
	}
	if c := d.Spec.Consent; c != nil && c.ReceiptKeyRef != nil {
		keys = append(keys, fmt.Sprintf("the key %q of Secret %q (spec.consent.receiptKeyRef)", c.ReceiptKeyRef.Key, c.ReceiptKeyRef.Name))
	}
	return keys
}

// countWorkloads counts the selected pods. Injected pods are those whose sidecar runs, and does not say that it executes something else than
// expected; unverified ones are those of them whose sidecar says nothing. Stale pods are those of isStale. Blocked pods are those that admission refused.
func countWorkloads(found observation, expected expectation) v1alpha1.WorkloadCounts {
	counts := v1alpha1.WorkloadCounts{Governed: int32(len(found.pods))}
	for _, pod := range found.pods {
		if pod.sidecar == sidecarRunning && !pod.isBehind(expected) {
			counts.Injected++
			if pod.isSilent {
				counts.Unverified++
			}
		}
		if pod.isStale(expected) {
			counts.Stale++
		}
	}
	for _, refusal := range found.refusals {
		counts.Blocked += refusal.pods
	}
	counts.Summary = fmt.Sprintf("%d/%d", counts.Injected, counts.Governed)
	return counts
}

// isInState returns a predicate for the pods whose sidecar has the state.
func isInState(state sidecarState) func(selectedPod) bool {
	return func(pod selectedPod) bool { return pod.sidecar == state }
}

// formatPods returns how many of the selected pods have a sidecar with the state, followed by a verb that agrees with the number:
// "1 of 3 selected pods lacks" or "2 of 3 selected pods lack".
func formatPods(found observation, state sidecarState, singular, plural string) string {
	n, verb := len(found.listPodNames(isInState(state))), plural
	if n == 1 {
		verb = singular
	}
	return fmt.Sprintf("%d of %s %s", n, formatCount(len(found.pods), "selected pod"), verb)
}
