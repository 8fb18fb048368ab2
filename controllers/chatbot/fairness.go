package chatbot

import (
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// fairShare is the number of declarations of a namespace for which it gives way to no other one: more than a team has, and less than what
	// takes seconds to decide.
	fairShare = 100
	// lowestRank is above the priority that the queue gives to what a manager finds at its start (handler.LowPriority, -100).
	lowestRank = -50
)

// rank returns the priority of a change in a namespace with so many declarations. The more a namespace has, the later it is decided about, so
// that a tenant who creates thousands delays their own and not those of others.
func rank(declarations int) int { return max(-(declarations / fairShare), lowestRank) }

// enqueueFairly returns a function that enqueues declarations of the namespace by its rank.
func (r *Reconciler) enqueueFairly(q queue, namespace string) func(...types.NamespacedName) {
	return func(names ...types.NamespacedName) {
		ordered, isOrdered := q.(priorityqueue.PriorityQueue[reconcile.Request])
		if !isOrdered {
			enqueue(q, names...)
			return
		}
		priority := rank(r.selectors.Count(namespace))
		for _, name := range names {
			ordered.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, reconcile.Request{NamespacedName: name})
		}
	}
}
