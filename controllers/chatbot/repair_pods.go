package chatbot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// evictionTimeout bounds an eviction. API servers may ask to try again after ten seconds, while a PodDisruptionBudget is new, and clients do so ten
// times within one call. A webhook of others may take ten seconds, which is the default of its timeout.
const evictionTimeout = 15 * time.Second

// repairPods carries out the next step of a repair, and returns what the status says, or nil if there is nothing to repair.
func (r *Reconciler) repairPods(ctx context.Context, found observation, verdict policy.Verdict, desired desiredState, now time.Time) (*v1alpha1.RepairStatus, error) {
	name := client.ObjectKeyFromObject(found.declaration)
	var h health
	if len(listDamaged(found)) > 0 && explainManual(found, verdict) == "" && desired.pausedBecause.reason == "" {
		if !r.repairs.begin(name) {
			return postponeRepair(found, r.Image, now), nil
		}
		var err error
		if h, err = r.readHealth(ctx, found); err != nil {
			return found.declaration.Status.Repair, err
		}
	}
	step := planRepair(found, verdict, desired, r.Image, h, now)
	if before := found.declaration.Status.Repair; before == nil || step.status != nil && before.Cause != step.status.Cause {
		// Evict nothing before the status says since when: the next reconcile would take the new pods for old ones if it could not be written.
		step.evict = nil
	}
	isBlocked, err := r.evictAll(ctx, found, step, now)
	if isBlocked || !isInProgress(step.status) {
		r.endRepair(ctx, name)
	}
	return step.status, err
}

// postponeRepair returns the status of a repair that waits for those of other chatbots.
func postponeRepair(found observation, image string, now time.Time) *v1alpha1.RepairStatus {
	status := newRepairStatus(found, image, now)
	status.Remaining = int32(len(listDamaged(found)))
	return newStep(status, v1alpha1.RepairStateWaiting, "At most %d chatbots are repaired at the same time. This one is repaired when others are done.", maxConcurrentRepairs).status
}

// isInProgress reports whether a repair ends soon, or pauses: a wave is under way, or has been, and its pods are waited for no longer than
// repairPatience. What waits for people does not hold up other chatbots, nor does one whose pods the API server does not evict (evictAll).
func isInProgress(status *v1alpha1.RepairStatus) bool {
	switch {
	case status == nil:
		return false
	case status.State == v1alpha1.RepairStateReplacing:
		return true
	}
	return status.State == v1alpha1.RepairStateWaiting && status.LastEviction != nil
}

// endRepair lets another chatbot be repaired in place of this one.
func (r *Reconciler) endRepair(ctx context.Context, name types.NamespacedName) {
	if next, ok := r.repairs.end(name); ok {
		r.requestAgain(ctx, next)
	}
}

// evictAll evicts the pods of a step, and writes into its status what came of it. It stops, and reports true, if a pod is not evicted.
func (r *Reconciler) evictAll(ctx context.Context, found observation, step repair, now time.Time) (isBlocked bool, err error) {
	for _, pod := range step.evict {
		obstacle, err := r.evict(ctx, found.declaration.Namespace, pod)
		if err != nil {
			return false, err
		}
		if obstacle != "" {
			newStep(step.status, v1alpha1.RepairStateWaiting, "%s", obstacle)
			return true, nil
		}
		step.status.Replaced++
		step.status.LastEviction = ptr.To(metav1.NewTime(now))
	}
	return false, nil
}

// readHealth reads the selected pods from the API server: a cache that is behind would have too many evicted.
func (r *Reconciler) readHealth(ctx context.Context, found observation) (health, error) {
	d := found.declaration
	selector, err := selection.Parse(d)
	if err != nil {
		return health{}, fmt.Errorf("parse selector: %w", err)
	}
	var pods corev1.PodList
	if err := r.Live.List(ctx, &pods, client.InNamespace(d.Namespace), client.MatchingLabelsSelector{Selector: selector}); err != nil {
		return health{}, fmt.Errorf("list pods for repair: %w", err)
	}
	return newHealth(pods.Items, found.replicas), nil
}

// newHealth returns the health of the pods. replicas is the number of pods that each ReplicaSet wants.
func newHealth(pods []corev1.Pod, replicas map[types.UID]int32) health {
	h, lacking := health{ready: map[string]bool{}}, maps.Clone(replicas)
	for i := range pods {
		pod := &pods[i]
		if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		if pod.DeletionTimestamp.IsZero() && isReady(pod) {
			h.ready[pod.Name] = true
		} else {
			h.unready++
		}
		// A pod that is being deleted stands for the one in its place: it is not ready.
		owner := metav1.GetControllerOfNoCopy(pod)
		if owner == nil {
			continue
		}
		if _, isReplicaSet := lacking[owner.UID]; isReplicaSet {
			lacking[owner.UID]--
		} else {
			h.uncounted++
		}
	}
	for _, n := range lacking {
		h.missing += max(n, 0)
	}
	return h
}

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// evict evicts a pod, and returns why the API server does not, in a sentence; "" if it does. It leaves another pod that has the name since. Only an
// API server that cannot be reached is an error: what it answers, or a webhook of others, can hold until it is changed.
func (r *Reconciler) evict(ctx context.Context, namespace string, selected selectedPod) (obstacle string, err error) {
	logf.FromContext(ctx).Info("Evicting pod", "Pod", klog.KRef(namespace, selected.name))
	bounded, cancel := context.WithTimeout(ctx, evictionTimeout)
	defer cancel()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: selected.name}}
	err = r.Client.SubResource("eviction").Create(bounded, pod, &policyv1.Eviction{
		ObjectMeta: pod.ObjectMeta, DeleteOptions: &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &selected.uid}},
	})
	var answer apierrors.APIStatus
	switch {
	case apierrors.IsTooManyRequests(err):
		return fmt.Sprintf("A PodDisruptionBudget does not allow the eviction of pod %s now.", selected.name), nil
	case err == nil, apierrors.IsNotFound(err), apierrors.IsConflict(err):
		return "", nil
	case bounded.Err() != nil && ctx.Err() == nil:
		return fmt.Sprintf("The API server has not evicted pod %s within %s, or asks to try again later.", selected.name, evictionTimeout), nil
	case errors.As(err, &answer):
		return fmt.Sprintf("The API server refuses the eviction of pod %s: %s", selected.name, answer.Status().Message), nil
	}
	return "", fmt.Errorf("evict pod %s: %w", selected.name, err)
}

// computeNextRepair returns the time until a repair looks at its pods again; zero if a user has to act first.
func (r *Reconciler) computeNextRepair(chatbot types.NamespacedName, status *v1alpha1.RepairStatus) time.Duration {
	switch {
	case r.repairs.isWaiting(chatbot):
		return repairPatience // It is told earlier when it may begin.
	case status == nil || status.State == v1alpha1.RepairStateManual || status.State == v1alpha1.RepairStateDone:
		return 0
	}
	return repairLook
}
