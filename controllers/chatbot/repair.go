package chatbot

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const (
	// repairLook is how often a repair looks at its pods again. Only while there is one.
	repairLook = 10 * time.Second
	// repairPatience is how long new pods may take to become ready before the repair pauses.
	repairPatience = 10 * time.Minute
	// waveShare is the share of pods that may be unavailable at the same time, one in waveShare, as with Deployments.
	waveShare = 4
	// maxMessage is the length of the longest message that the status takes.
	maxMessage = 1024
)

// +kubebuilder:rbac:groups="",resources=pods/eviction,verbs=create

// repair is a step of a repair: what the status says, and which pods to evict now.
type repair struct {
	status *v1alpha1.RepairStatus
	evict  []selectedPod
}

// health is what a repair must know of the selected pods, by their names.
type health struct {
	// ready are the pods that are ready and are not being deleted. unready is the number of all others.
	ready   map[string]bool
	unready int
	// uncounted is the number of pods of workloads that are no ReplicaSets, of which the manager does not read how many pods they want.
	uncounted int
	// missing is the number of pods that ReplicaSets want and do not have.
	missing int32
}

// countMissing returns the number of pods that are not there: those that ReplicaSets lack, and those that other workloads have had before the last
// wave and have not made again. A pod whose replacement is refused leaves no other trace.
func (h health) countMissing(status *v1alpha1.RepairStatus) int {
	return int(h.missing) + max(int(status.Pods)-h.uncounted, 0)
}

// planRepair returns the next step. h is read only while something may be evicted. planRepair is pure.
func planRepair(found observation, verdict policy.Verdict, desired desiredState, image string, h health, now time.Time) repair {
	damaged, status := listDamaged(found), newRepairStatus(found, image, now)
	status.Remaining = int32(len(damaged))
	isPaused := desired.pausedBecause.reason != "" || len(found.refusals) > 0
	manual, blocked := explainManual(found, verdict), explainBlocked(found, damaged)
	switch {
	case len(damaged) == 0 && status.Replaced == 0:
		return repair{}
	case len(damaged) == 0:
		// The status stays, so that a pod that comes back without the sidecar is not replaced again and again.
		return newStep(status, v1alpha1.RepairStateDone, "Every pod has the sidecar that new pods get.")
	case manual != "":
		status.Pods = 0 // Another controller cares for the pods, and may have changed their number.
		return newStep(status, v1alpha1.RepairStateManual, "%s Restart the workload, or delete the pods: %s.", manual, listNames(namesOf(damaged)))
	case isPaused:
		return newStep(status, v1alpha1.RepairStatePaused, "New pods would be refused, so none is evicted. The other conditions say why.")
	case blocked != "":
		return newStep(status, v1alpha1.RepairStatePaused, "%s The condition ServicesGoverned says what to change.", blocked)
	}
	old := slices.DeleteFunc(slices.Clone(damaged), func(p selectedPod) bool { return p.created.After(status.Since.Time) || !p.hasController })
	if len(old) == 0 {
		return newStep(status, v1alpha1.RepairStateManual, "These pods are newer than the repair and differ all the same, or no workload would make new ones: %s. "+
			"Look for another program that changes pods, and delete them yourself.", listNames(namesOf(damaged)))
	}
	return planWave(status, old, len(found.pods), h, now)
}

// planWave returns which of the old pods to evict now. total is the number of all pods.
func planWave(status *v1alpha1.RepairStatus, old []selectedPod, total int, h health, now time.Time) repair {
	// Old pods that are not ready serve no client, so nothing is lost with them.
	idle := slices.DeleteFunc(slices.Clone(old), func(p selectedPod) bool { return h.ready[p.name] })
	unready, share := max(h.unready-len(idle), 0)+h.countMissing(status), max((total+h.countMissing(status))/waveShare, 1)
	waitedSince := ptr.Deref(status.LastEviction, status.Since)
	isLate := now.Sub(waitedSince.Time) >= repairPatience
	wave := min(share-unready, len(h.ready)-1)
	switch {
	case unready > 0 && isLate:
		return newStep(status, v1alpha1.RepairStatePaused, "%s missing or not ready, so no other is evicted. `kubectl describe` of the pods, or of their workload, says why. "+
			"If the workload was scaled down, set spec.repair to Manual and back.", formatUnready(unready))
	case len(idle) > 0 && unready < share:
		old, wave = idle, share-unready
	case wave <= 0 && len(h.ready) <= 1 && unready == 0:
		return newStep(status, v1alpha1.RepairStateManual, "It is the only pod, so its eviction would take the chatbot off the network. "+
			"`kubectl rollout restart` of its workload brings a new one first: %s.", listNames(namesOf(old)))
	case wave <= 0:
		return newStep(status, v1alpha1.RepairStateWaiting, "%s missing or not ready; the next are evicted when all are there and ready.", formatUnready(unready))
	}
	step := newStep(status, v1alpha1.RepairStateReplacing, "Pods are evicted in waves; their workload makes new ones.")
	step.evict = old[:min(wave, len(old))]
	status.Pods = max(status.Pods, int32(h.uncounted))
	return step
}

// newStep sets the state and the message of the status.
func newStep(status *v1alpha1.RepairStatus, state v1alpha1.RepairState, format string, arguments ...any) repair {
	status.State, status.Message = state, condition.Truncate(fmt.Sprintf(format, arguments...), maxMessage)
	return repair{status: status}
}

// formatUnready returns "1 pod is" or "2 pods are".
func formatUnready(n int) string {
	if n == 1 {
		return "1 pod is"
	}
	return fmt.Sprintf("%d pods are", n)
}

// newRepairStatus returns the status of before, if the cause is the same, or a new one.
func newRepairStatus(found observation, image string, now time.Time) *v1alpha1.RepairStatus {
	cause := computeCause(found.declaration, image, found.keys)
	if before := found.declaration.Status.Repair; before != nil && before.Cause == cause {
		return before.DeepCopy()
	}
	return &v1alpha1.RepairStatus{Cause: cause, Since: metav1.NewTime(now.Truncate(time.Second))}
}

// computeCause identifies the sidecar that new pods get, apart from its configuration, and the oldest of the keys that it may trust: a key that
// has a successor goes when no sidecar trusts it, so while the oldest is the same, no sidecar trusts keys that are gone.
func computeCause(d *v1alpha1.ChatbotDeployment, image string, ring keyring.Ring) string {
	encoded, err := json.Marshal(inject.Template(d, image, "").Container)
	if err != nil {
		return ""
	}
	h := fnv.New64a()
	_, _ = h.Write(encoded)
	if accepted := ring.ListAccepted(); len(accepted) > 0 {
		_, _ = h.Write([]byte(accepted[len(accepted)-1]))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// explainManual returns why Chaperone evicts nothing, or "" if it may.
func explainManual(found observation, verdict policy.Verdict) string {
	switch {
	case found.declaration.Spec.Repair == v1alpha1.RepairManual:
		return "spec.repair is Manual."
	case isEnforcement(verdict, v1alpha1.EnforcementAudit), isEnforcement(verdict, v1alpha1.EnforcementWarn):
		return "The effective enforcement changes nothing that runs."
	}
	return ""
}

// explainBlocked returns which NetworkPolicies or Services have to change before pods are replaced, in a sentence, or "" if none has to.
func explainBlocked(found observation, damaged []selectedPod) string {
	if refusing := found.listRefusing(); len(refusing) > 0 {
		return fmt.Sprintf("New pods would be refused because of what these open, so none is evicted: %s.", listNames(refusing))
	}
	if cutOff := listLeftBehind(found, damaged); len(cutOff) > 0 {
		return fmt.Sprintf("With the sidecar in every pod, these would lead nowhere, so none is evicted: %s.", listNames(cutOff))
	}
	return ""
}

// listLeftBehind returns the Services, as texts for people, that lead to the app of pods without the sidecar, and would lead nowhere once these
// are replaced.
func listLeftBehind(found observation, damaged []selectedPod) []string {
	if !slices.ContainsFunc(damaged, func(p selectedPod) bool { return p.sidecar == sidecarMissing }) {
		return nil
	}
	var services []string
	for _, s := range found.services {
		if s.isCutOff() {
			services = append(services, "Service "+s.service)
		}
	}
	return services
}

// listDamaged returns the pods that lack the sidecar or have another one, oldest first.
func listDamaged(found observation) []selectedPod {
	damaged := slices.DeleteFunc(slices.Clone(found.pods), func(p selectedPod) bool {
		return p.sidecar != sidecarMissing && p.sidecar != sidecarDiffers
	})
	slices.SortFunc(damaged, func(a, b selectedPod) int {
		if order := a.created.Compare(b.created); order != 0 {
			return order
		}
		return strings.Compare(a.name, b.name)
	})
	return damaged
}

func namesOf(pods []selectedPod) []string {
	names := make([]string, 0, len(pods))
	for _, pod := range pods {
		names = append(names, pod.name)
	}
	return names
}
