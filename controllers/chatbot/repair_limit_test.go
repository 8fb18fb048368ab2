package chatbot

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// chatbotName returns the name of the chatbot with a number.
func chatbotName(i int) types.NamespacedName {
	return types.NamespacedName{Namespace: "shop", Name: fmt.Sprint(i)}
}

// An upgrade of Chaperone is a cause for all chatbots of the cluster.
func TestFewChatbotsAreRepairedAtTheSameTime(t *testing.T) {
	l := newRepairLimit()
	for i := range maxConcurrentRepairs {
		if begins, goesOn := l.begin(chatbotName(i)), l.begin(chatbotName(i)); !begins || !goesOn {
			t.Fatalf("chatbot %d may not begin, or not go on", i)
		}
	}
	first, second := chatbotName(1000), chatbotName(1001)
	if l.begin(first) || l.begin(second) || l.begin(first) || !l.isWaiting(first) {
		t.Fatal("too many begin, or one that must wait does not")
	}
	if next, found := l.end(second); found {
		t.Errorf("%s may begin although none has ended", next)
	}
	l.begin(second)
	if next, found := l.end(chatbotName(3)); !found || next != first {
		t.Errorf("next is %s (%t), want the one that has waited longest", next, found)
	}
	if !l.begin(first) || l.begin(second) || l.isWaiting(first) {
		t.Error("the place of the one that ended is not taken once")
	}
	if _, found := l.end(chatbotName(3)); found {
		t.Error("one that has ended ends again")
	}
}

// One that is told may need no repair any more, for example because its team has restarted it.
func TestPlaceOfOneThatIsRepairedByItselfIsPassedOn(t *testing.T) {
	l := newRepairLimit()
	for i := range maxConcurrentRepairs {
		l.begin(chatbotName(i))
	}
	told, second, late := chatbotName(1000), chatbotName(1001), chatbotName(1002)
	l.begin(told)
	l.begin(second)
	if next, found := l.end(chatbotName(0)); !found || next != told {
		t.Fatalf("next is %s (%t), want %s", next, found, told)
	}
	if l.begin(late) {
		t.Error("one that came later takes the place of the one that is told")
	}
	if next, found := l.end(told); !found || next != second {
		t.Errorf("next is %s (%t), want %s", next, found, second)
	}
	if next, found := l.end(second); !found || next != late {
		t.Errorf("next is %s (%t), want %s", next, found, late)
	}
}

// What waits for people or for budgets must not hold up other chatbots.
func TestWhatIsInProgressEnds(t *testing.T) {
	last := ptr.To(metav1.NewTime(noon))
	for state, want := range map[v1alpha1.RepairState]bool{
		v1alpha1.RepairStateReplacing: true, v1alpha1.RepairStateWaiting: true, v1alpha1.RepairStatePaused: false,
		v1alpha1.RepairStateManual: false, v1alpha1.RepairStateDone: false,
	} {
		if got := isInProgress(&v1alpha1.RepairStatus{State: state, LastEviction: last}); got != want {
			t.Errorf("%s: %t, want %t", state, got, want)
		}
	}
	if isInProgress(nil) || isInProgress(&v1alpha1.RepairStatus{State: v1alpha1.RepairStateWaiting}) {
		t.Error("what has not begun is in progress")
	}
}

func TestPostponedRepairIsToldWhenItMayBegin(t *testing.T) {
	r := New(Options{})
	waiting := chatbotName(1000)
	for i := range maxConcurrentRepairs {
		r.repairs.begin(chatbotName(i))
	}
	found := observation{declaration: newDeclaration(), pods: damagedPods("a", "b")}
	r.repairs.begin(waiting)
	status := postponeRepair(found, "image", noon)
	if status.State != v1alpha1.RepairStateWaiting || status.Remaining != 2 || !status.Since.Time.Equal(noon) {
		t.Errorf("status %+v", status)
	}
	if next := r.computeNextRepair(waiting, status); next < time.Minute {
		t.Errorf("one that waits for others looks again after %s", next)
	}
	go r.endRepair(t.Context(), chatbotName(0)) // Ends when the event is taken.
	select {
	case event := <-r.expanded:
		if event.Object.GetName() != waiting.Name {
			t.Errorf("told %s", event.Object.GetName())
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody is told")
	}
	if next := r.computeNextRepair(waiting, status); next != repairLook {
		t.Errorf("one that may begin looks again after %s", next)
	}
}

func TestHealthCountsPodsThatAreMissing(t *testing.T) {
	owned := func(name, kind string, uid types.UID, isReady corev1.ConditionStatus) corev1.Pod {
		return corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{{Kind: kind, UID: uid, Controller: ptr.To(true)}}},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: isReady}}},
		}
	}
	ended := owned("ended", "ReplicaSet", "set", corev1.ConditionFalse)
	ended.Status.Phase = corev1.PodFailed
	deleted := owned("deleted", "ReplicaSet", "old", corev1.ConditionTrue)
	deleted.DeletionTimestamp = ptr.To(metav1.NewTime(noon))
	bare := owned("bare", "", "", corev1.ConditionTrue)
	bare.OwnerReferences = nil
	pods := []corev1.Pod{
		owned("a", "ReplicaSet", "set", corev1.ConditionTrue), ended, deleted, bare,
		owned("b", "StatefulSet", "stateful", corev1.ConditionTrue), owned("c", "StatefulSet", "stateful", corev1.ConditionFalse),
	}
	replicas := map[types.UID]int32{"set": 3, "old": 1, "none": 1, "surplus": 0}
	h := newHealth(pods, replicas)
	// The ReplicaSets lack two and one; the pod that is being deleted stands for its successor.
	if h.missing != 3 || h.uncounted != 2 || h.unready != 2 || len(h.ready) != 3 || replicas["set"] != 3 {
		t.Errorf("health %+v; replicas %v", h, replicas)
	}
	if got := h.countMissing(&v1alpha1.RepairStatus{Pods: 4}); got != 5 {
		t.Errorf("%d missing, want 5", got)
	}
	if got := h.countMissing(&v1alpha1.RepairStatus{Pods: 1}); got != 3 {
		t.Errorf("%d missing after more pods came, want 3", got)
	}
}
