package chatbot

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
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
}

// planRepair returns the next step. h is read only while something may be evicted. planRepair is pure.
func planRepair(found observation, verdict policy.Verdict, desired desiredState, image string, h health, now time.Time) repair {
	damaged, status := listDamaged(found), newRepairStatus(found.declaration, image, now)
	status.Remaining = int32(len(damaged))
	isPaused := desired.pausedBecause.reason != "" || len(found.refusals) > 0
	manual, cutOff := explainManual(found, verdict), listLeftBehind(found, damaged)
	switch {
	case len(damaged) == 0 && status.Replaced == 0:
		return repair{}
	case len(damaged) == 0:
		// The status stays, so that a pod that comes back without the sidecar is not replaced again and again.
		return say(status, v1alpha1.RepairDone, "Every pod has the sidecar that new pods get.")
	case manual != "":
		return say(status, v1alpha1.RepairStateManual, "%s Restart the workload, or delete the pods: %s.", manual, listNames(namesOf(damaged)))
	case isPaused:
		return say(status, v1alpha1.RepairPaused, "New pods would be refused, so none is evicted. The other conditions say why.")
	case len(cutOff) > 0:
		return say(status, v1alpha1.RepairPaused, "With the sidecar in every pod, these would lead nowhere, so none is evicted: %s. "+
			"The condition ServicesGoverned says what to change.", listNames(cutOff))
	}
	old := slices.DeleteFunc(slices.Clone(damaged), func(p selectedPod) bool { return p.created.After(status.Since.Time) || !p.hasController })
	if len(old) == 0 {
		return say(status, v1alpha1.RepairStateManual, "These pods are newer than the repair and differ all the same, or no workload would make new ones: %s. "+
			"Look for another program that changes pods, and delete them yourself.", listNames(namesOf(damaged)))
	}
	return planWave(status, old, len(found.pods), h, now)
}

// planWave returns which of the old pods to evict now. total is the number of all pods.
func planWave(status *v1alpha1.RepairStatus, old []selectedPod, total int, h health, now time.Time) repair {
	// Old pods that are not ready serve nobody, so nothing is lost with them.
	idle := slices.DeleteFunc(slices.Clone(old), func(p selectedPod) bool { return h.ready[p.name] })
	unready, share := max(h.unready-len(idle), 0), max(total/waveShare, 1)
	isLate := status.LastEviction != nil && now.Sub(status.LastEviction.Time) >= repairPatience
	wave := min(share-unready, len(h.ready)-1)
	switch {
	case unready > 0 && isLate:
		return say(status, v1alpha1.RepairPaused, "%s not ready for %s, so no other is evicted. `kubectl describe pod` says why.", formatUnready(unready), repairPatience)
	case len(idle) > 0 && unready < share:
		old, wave = idle, share-unready
	case wave <= 0 && len(h.ready) <= 1 && unready == 0:
		return say(status, v1alpha1.RepairStateManual, "It is the only pod, so its eviction would take the chatbot off the network. "+
			"`kubectl rollout restart` of its workload brings a new one first: %s.", listNames(namesOf(old)))
	case wave <= 0:
		return say(status, v1alpha1.RepairWaiting, "%s not ready; the next are evicted then.", formatUnready(unready))
	}
	step := say(status, v1alpha1.RepairReplacing, "Pods are evicted in waves; their workload makes new ones.")
	step.evict = old[:min(wave, len(old))]
	return step
}

// say sets the state and the message of the status.
func say(status *v1alpha1.RepairStatus, state v1alpha1.RepairState, format string, arguments ...any) repair {
	status.State, status.Message = state, truncate(fmt.Sprintf(format, arguments...), maxMessage)
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
func newRepairStatus(d *v1alpha1.ChatbotDeployment, image string, now time.Time) *v1alpha1.RepairStatus {
	cause := computeCause(d, image)
	if before := d.Status.Repair; before != nil && before.Cause == cause {
		return before.DeepCopy()
	}
	return &v1alpha1.RepairStatus{Cause: cause, Since: metav1.NewTime(now.Truncate(time.Second))}
}

// computeCause identifies the sidecar that new pods get, apart from its configuration and the keys that it trusts.
func computeCause(d *v1alpha1.ChatbotDeployment, image string) string {
	encoded, err := json.Marshal(inject.Template(d, image, "").Container)
	if err != nil {
		return ""
	}
	h := fnv.New64a()
	_, _ = h.Write(encoded)
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

// repairPods carries out the next step of a repair, and returns what the status says, or nil if there is nothing to repair.
func (r *Reconciler) repairPods(ctx context.Context, found observation, verdict policy.Verdict, desired desiredState, now time.Time) (*v1alpha1.RepairStatus, error) {
	var h health
	if len(listDamaged(found)) > 0 && explainManual(found, verdict) == "" && desired.pausedBecause.reason == "" {
		var err error
		if h, err = r.readHealth(ctx, found.declaration); err != nil {
			return found.declaration.Status.Repair, err
		}
	}
	step := planRepair(found, verdict, desired, r.Image, h, now)
	if before := found.declaration.Status.Repair; before == nil || step.status != nil && before.Cause != step.status.Cause {
		// Evict nothing before the status says since when: the next reconcile would take the new pods for old ones if it could not be written.
		return step.status, nil
	}
	for _, pod := range step.evict {
		evicted, err := r.evict(ctx, found.declaration.Namespace, pod)
		if err != nil {
			return step.status, err
		}
		if !evicted {
			step.status.State = v1alpha1.RepairWaiting
			step.status.Message = truncate(fmt.Sprintf("A PodDisruptionBudget does not allow the eviction of pod %s now.", pod.name), maxMessage)
			break
		}
		step.status.Replaced++
		step.status.LastEviction = ptr.To(metav1.NewTime(now))
	}
	return step.status, nil
}

// readHealth reads the selected pods from the API server: a cache that is behind would have too many evicted.
func (r *Reconciler) readHealth(ctx context.Context, d *v1alpha1.ChatbotDeployment) (health, error) {
	selector, err := selection.Parse(d)
	if err != nil {
		return health{}, fmt.Errorf("parse selector: %w", err)
	}
	var pods corev1.PodList
	if err := r.Live.List(ctx, &pods, client.InNamespace(d.Namespace), client.MatchingLabelsSelector{Selector: selector}); err != nil {
		return health{}, fmt.Errorf("list pods for repair: %w", err)
	}
	h := health{ready: map[string]bool{}}
	for i := range pods.Items {
		switch pod := &pods.Items[i]; {
		case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		case pod.DeletionTimestamp.IsZero() && isReady(pod):
			h.ready[pod.Name] = true
		default:
			h.unready++
		}
	}
	return h, nil
}

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// evict evicts a pod, and reports false if a PodDisruptionBudget does not allow it. It leaves another pod that has the name since.
func (r *Reconciler) evict(ctx context.Context, namespace string, selected selectedPod) (bool, error) {
	logf.FromContext(ctx).Info("Evicting pod", "Pod", klog.KRef(namespace, selected.name))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: selected.name}}
	err := r.Client.SubResource("eviction").Create(ctx, pod, &policyv1.Eviction{
		ObjectMeta: pod.ObjectMeta, DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &selected.uid}},
	})
	switch {
	case apierrors.IsTooManyRequests(err):
		return false, nil
	case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err):
		return true, nil
	}
	return false, fmt.Errorf("evict pod %s: %w", selected.name, err)
}

// computeNextRepair returns the time until a repair looks at its pods again; zero if somebody else has to act first.
func computeNextRepair(status *v1alpha1.RepairStatus) time.Duration {
	if status == nil || status.State == v1alpha1.RepairStateManual || status.State == v1alpha1.RepairDone {
		return 0
	}
	return repairLook
}
