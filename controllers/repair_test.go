package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// readyPodOf creates a pod without the sidecar that belongs to a workload of the kind, and is ready.
func (w *world) readyPodOf(name, kind string) {
	w.t.Helper()
	pod := w.pod(builders.Pod(func(p *corev1.Pod) {
		p.Name, p.Labels, p.OwnerReferences = name, appLabels("support"), ownedBy(kind)
	}))
	w.makeReady(pod)
}

func ownedBy(kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: "set", UID: "u-1", Controller: ptr.To(true)}}
}

func (w *world) makeReady(pod *corev1.Pod) {
	w.t.Helper()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if err := w.client.Status().Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

// left returns how many of the pods are there.
func (w *world) left(names ...string) int {
	w.t.Helper()
	n := 0
	for _, name := range names {
		err := w.client.Get(w.t.Context(), w.key(name), &corev1.Pod{})
		if err == nil {
			n++
		} else if !apierrors.IsNotFound(err) {
			w.t.Fatal(err)
		}
	}
	return n
}

// TestWavesOfRepairKeepAChatbotOnTheNetwork on a real API server, which carries out evictions and PodDisruptionBudgets; the test acts as the
// ReplicaSet.
func TestWavesOfRepairKeepAChatbotOnTheNetwork(t *testing.T) {
	w := newWorld(t)
	w.clock.SetTime(time.Now().Add(time.Minute)) // The API server says when pods are created.
	names := []string{"old-0", "old-1", "old-2"}
	for _, name := range names {
		w.readyPodOf(name, "ReplicaSet")
	}
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "all"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: ptr.To(intstr.FromInt32(0)), Selector: &metav1.LabelSelector{MatchLabels: appLabels("support")}},
	}
	w.create(budget)
	second := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "again"}, Spec: budget.Spec}
	w.create(second)
	// As the controller of Kubernetes does; before, the API server asks clients to wait.
	budget.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: budget.Generation}
	if err := w.client.Status().Update(t.Context(), budget); err != nil {
		t.Fatal(err)
	}
	d := w.declare("support", appLabels("support"))
	state := func() string {
		status := w.read("support").Status.Repair
		if status == nil {
			return "none"
		}
		return fmt.Sprintf("%s, %d replaced, %d remaining", status.State, status.Replaced, status.Remaining)
	}
	expect := func(step, want string, left int) {
		t.Helper()
		result := w.reconcile("support")
		if got, n := state(), w.left(names...); got != want || n != left {
			t.Fatalf("%s: want %s with %d old pods, got %s with %d: %+v", step, want, left, got, n, w.read("support").Status.Repair)
		}
		if isOver := want == "Done, 3 replaced, 0 remaining"; !isOver && result.RequeueAfter > 10*time.Second {
			t.Errorf("%s: next look after %s", step, result.RequeueAfter)
		}
	}
	expect("the status says since when", "Replacing, 0 replaced, 3 remaining", 3)
	// The API server says so with an internal error, which the reconcile must not be.
	expect("two PodDisruptionBudgets hold", "Waiting, 0 replaced, 3 remaining", 3)
	if got := w.read("support").Status.Repair.Message; !strings.Contains(got, "more than one PodDisruptionBudget") {
		t.Errorf("message %q", got)
	}
	w.delete(second)
	expect("a PodDisruptionBudget holds", "Waiting, 0 replaced, 3 remaining", 3)
	w.delete(budget)
	for i := range names {
		expect("the next is evicted", fmt.Sprintf("Replacing, %d replaced, %d remaining", i+1, 3-i), 2-i)
		replacement := w.governedPod(d, fmt.Sprintf("new-%d", i), "", func(p *corev1.Pod) { p.OwnerReferences = ownedBy("ReplicaSet") })
		if i < 2 {
			expect("the new pod is not ready", fmt.Sprintf("Waiting, %d replaced, %d remaining", i+1, 2-i), 2-i)
		}
		w.makeReady(replacement)
		w.run(replacement)
	}
	expect("it is over", "Done, 3 replaced, 0 remaining", 0)
}

// TestRepairPausesWhenAReplacementIsRefused: what makes the pods is no ReplicaSet, so nothing but their number says that one is not made again.
func TestRepairPausesWhenAReplacementIsRefused(t *testing.T) {
	w := newWorld(t)
	w.clock.SetTime(time.Now().Add(time.Minute)) // The API server says when pods are created.
	names := []string{"bot-0", "bot-1", "bot-2"}
	for _, name := range names {
		w.readyPodOf(name, "StatefulSet")
	}
	d := w.declare("support", appLabels("support"))
	w.reconcile("support")
	w.reconcile("support")
	for range 3 {
		w.reconcile("support")
		if status := w.read("support").Status.Repair; w.left(names...) != 2 || status.State != v1alpha1.RepairStateWaiting {
			t.Fatalf("%d old pods left; %+v", w.left(names...), status)
		}
	}
	w.clock.SetTime(w.clock.Now().Add(10 * time.Minute))
	w.reconcile("support")
	if status := w.read("support").Status.Repair; w.left(names...) != 2 || status.State != v1alpha1.RepairStatePaused {
		t.Fatalf("%d old pods left; %+v", w.left(names...), status)
	}
	replacement := w.governedPod(d, "bot-0", "", func(p *corev1.Pod) { p.OwnerReferences = ownedBy("StatefulSet") })
	w.makeReady(replacement)
	w.run(replacement)
	w.reconcile("support")
	if status := w.read("support").Status.Repair; w.left("bot-0", "bot-1", "bot-2") != 2 || status.Replaced != 2 {
		t.Errorf("the repair does not go on: %+v", status)
	}
}
