package chatbot

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// A tenant creates many declarations, and then another one creates one: it does not wait until all of the first are decided.
func TestATenantWithManyDeclarationsDelaysNoOther(t *testing.T) {
	const many = 5 * fairShare
	r := New(Options{})
	q := priorityqueue.New[reconcile.Request]("fairness")
	defer q.ShutDown()
	declare := func(namespace, name string) {
		r.handleDeclarations().Create(t.Context(), event.CreateEvent{Object: &v1alpha1.ChatbotDeployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec:       v1alpha1.ChatbotDeploymentSpec{Selector: metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}},
		}}, q)
	}
	for i := range many {
		declare("greedy", fmt.Sprintf("bot-%d", i))
	}
	declare("modest", "bot")
	place := 0
	for request, _ := q.Get(); request.Namespace != "modest"; request, _ = q.Get() {
		q.Done(request)
		place++
	}
	if place >= 2*fairShare {
		t.Errorf("%d declarations of the other tenant are decided first, want less than %d", place, 2*fairShare)
	}
}

func TestRank(t *testing.T) {
	for declarations, want := range map[int]int{0: 0, 1: 0, 99: 0, 100: -1, 250: -2, 10_000: lowestRank} {
		if got := rank(declarations); got != want {
			t.Errorf("%d declarations: rank %d, want %d", declarations, got, want)
		}
	}
}
