package chatbot

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// newFairQueue returns the queue of the reconciler.
func newFairQueue(t *testing.T, r *Reconciler) priorityqueue.PriorityQueue[reconcile.Request] {
	t.Helper()
	q, isOrdered := r.newQueue("fairness", workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]()).(priorityqueue.PriorityQueue[reconcile.Request])
	if !isOrdered {
		t.Fatal("the queue knows no priorities")
	}
	t.Cleanup(q.ShutDown)
	return q
}

func declared(namespace, name string) *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.ChatbotDeploymentSpec{Selector: metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
	}
}

// countBefore returns how many requests the queue hands out before the first one of the namespace.
func countBefore(q priorityqueue.PriorityQueue[reconcile.Request], namespace string) int {
	n := 0
	for request, _ := q.Get(); request.Namespace != namespace; request, _ = q.Get() {
		q.Done(request)
		n++
	}
	return n
}

// A tenant creates many declarations, and then another one creates one: it does not wait until all of the first are decided.
func TestATenantWithManyDeclarationsDelaysNoOther(t *testing.T) {
	r := New(Options{})
	q := newFairQueue(t, r)
	for i := range 5 * fairShare {
		r.handleDeclarations().Create(t.Context(), event.CreateEvent{Object: declared("greedy", fmt.Sprintf("bot-%d", i))}, q)
	}
	r.handleDeclarations().Create(t.Context(), event.CreateEvent{Object: declared("modest", "bot")}, q)
	if place := countBefore(q, "modest"); place >= 2*fairShare {
		t.Errorf("%d declarations of the other tenant are decided first, want less than %d", place, 2*fairShare)
	}
}

// A tenant with many declarations changes what concerns all of them. No event about one of another namespace waits for them, not even of one
// with as many declarations as large teams have.
func TestNoKindOfEventGoesBeforeTheRank(t *testing.T) {
	const many = 10 * fairShare
	names := make([]types.NamespacedName, many)
	for i := range many {
		names[i] = types.NamespacedName{Namespace: "greedy", Name: fmt.Sprintf("bot-%d", i)}
	}
	type testQueue = priorityqueue.PriorityQueue[reconcile.Request]
	each := func(add func(testQueue, types.NamespacedName)) func(*testing.T, *Reconciler, testQueue) {
		return func(_ *testing.T, _ *Reconciler, q testQueue) {
			for _, name := range names {
				add(q, name)
			}
		}
	}
	for name, storm := range map[string]func(*testing.T, *Reconciler, testQueue){
		"pods": func(t *testing.T, r *Reconciler, q testQueue) {
			readLabels := func(object client.Object) map[string]string { return object.GetLabels() }
			for _, name := range names {
				r.enqueueSelecting(readLabels).Delete(t.Context(), event.DeleteEvent{Object: &corev1.Pod{
					ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Labels: map[string]string{"app": name.Name}}}}, q)
			}
		},
		"exceptions": each(func(q testQueue, name types.NamespacedName) {
			handler.EnqueueRequestsFromMapFunc(requestChatbot).Create(t.Context(), event.CreateEvent{Object: &v1alpha1.PolicyException{
				ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace}, Spec: v1alpha1.PolicyExceptionSpec{Chatbot: name.Name}}}, q)
		}),
		"expanded declarations": each(func(q testQueue, name types.NamespacedName) {
			(&handler.EnqueueRequestForObject{}).Generic(t.Context(), event.GenericEvent{Object: declared(name.Namespace, name.Name)}, q)
		}),
		"repetitions": each(func(q testQueue, name types.NamespacedName) {
			q.AddWithOpts(priorityqueue.AddOpts{Priority: new(0)}, reconcile.Request{NamespacedName: name})
		}),
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Options{})
			for _, name := range names {
				r.selectors.Put(declared(name.Namespace, name.Name))
			}
			for i := range 2 * fairShare {
				r.selectors.Put(declared("large", fmt.Sprintf("bot-%d", i)))
			}
			for other, change := range map[string]event.CreateEvent{
				"modest":       {Object: declared("modest", "bot")},
				"large":        {Object: declared("large", "bot")},
				"at-the-start": {Object: declared("at-the-start", "bot"), IsInInitialList: true},
			} {
				q := newFairQueue(t, r)
				storm(t, r, q)
				if q.Len() != many {
					t.Fatalf("%d requests, want %d", q.Len(), many)
				}
				r.handleDeclarations().Create(t.Context(), change, q)
				if place := countBefore(q, other); place > 0 {
					t.Errorf("%s: %d requests of the other tenant go first, want none", other, place)
				}
			}
		})
	}
}

// What changes goes before what a manager finds at its start, and both before namespaces with more declarations.
func TestRank(t *testing.T) {
	last := 1
	for _, declarations := range []int{0, 100, 250, 100 * -lowestRank} {
		for _, isFound := range []bool{false, true} {
			got := rank(declarations, isFound)
			if got >= last || got <= handler.LowPriority {
				t.Errorf("%d declarations (found at the start: %t): rank %d, want one between %d and %d", declarations, isFound, got, handler.LowPriority, last)
			}
			last = got
		}
	}
	if got := []int{rank(1, false), rank(99, false), rank(1_000_000, true)}; got[0] != 0 || got[1] != 0 || got[2] != last {
		t.Errorf("ranks %d, want 0, 0 and %d", got, last)
	}
}
