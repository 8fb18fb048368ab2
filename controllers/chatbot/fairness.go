package chatbot

import (
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// fairShare is the number of declarations of a namespace for which it gives way to no other one: more than a team has, and less than what
	// takes seconds to decide.
	fairShare = 100
	// lowestRank bounds the number of priorities, by which the metrics of the queue are split. None of them is handler.LowPriority (-100).
	lowestRank = -40
)

// fairQueue hands out the requests of namespaces with many declarations last, whatever the events are that they come from. This holds for
// those that a controller repeats, too.
type fairQueue struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	count func(namespace string) int
}

// newQueue is the option NewQueue of a controller.
func (r *Reconciler) newQueue(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	ordered := priorityqueue.New(name, func(o *priorityqueue.Opts[reconcile.Request]) { o.RateLimiter = limiter })
	return fairQueue{ordered, r.selectors.Count}
}

// AddWithOpts adds requests with the priorities of their namespaces. A given priority only says whether they are what a manager finds at its
// start.
func (q fairQueue) AddWithOpts(o priorityqueue.AddOpts, requests ...reconcile.Request) {
	isFound := o.Priority != nil && *o.Priority == handler.LowPriority
	for _, request := range requests {
		priority := rank(q.count(request.Namespace), isFound)
		o.Priority = &priority
		q.PriorityQueue.AddWithOpts(o, request)
	}
}

// Add adds a request without options.
func (q fairQueue) Add(request reconcile.Request) { q.AddWithOpts(priorityqueue.AddOpts{}, request) }

// AddAfter adds a request that waits first.
func (q fairQueue) AddAfter(request reconcile.Request, after time.Duration) {
	q.AddWithOpts(priorityqueue.AddOpts{After: after}, request)
}

// AddRateLimited adds a request that waits for longer each time.
func (q fairQueue) AddRateLimited(request reconcile.Request) {
	q.AddWithOpts(priorityqueue.AddOpts{RateLimited: true}, request)
}

// rank returns the priority of a request in a namespace with so many declarations. The more a namespace has, the later it is decided about, so
// that a tenant who creates thousands delays their own and not those of others. What a manager finds at its start comes after what changes in
// namespaces of the same rank, and before those of lower ranks.
func rank(declarations int, isFound bool) int {
	priority := 2 * max(-(declarations/fairShare), lowestRank)
	if isFound {
		priority--
	}
	return priority
}
