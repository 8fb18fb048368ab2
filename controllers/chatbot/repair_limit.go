package chatbot

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// maxConcurrentRepairs is how many chatbots are repaired at the same time. An upgrade of Chaperone is a cause for all of them: with one pod of each per half
// minute, schedulers and registries get one or two pods a second, and 10,000 chatbots of three pods take about five hours.
const maxConcurrentRepairs = 50

// repairLimit lets at most maxConcurrentRepairs chatbots be repaired at the same time, and the others in the order in which they asked. Only the leader
// repairs, so it counts all of them. It is safe for concurrent use.
type repairLimit struct {
	mu      sync.Mutex
	running map[types.NamespacedName]bool
	waiting []types.NamespacedName
}

func newRepairLimit() *repairLimit {
	return &repairLimit{running: map[types.NamespacedName]bool{}}
}

// begin reports whether the chatbot may be repaired now. If not, it is among those that wait.
func (l *repairLimit) begin(chatbot types.NamespacedName) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.running[chatbot] && len(l.running) >= maxConcurrentRepairs {
		if !slices.Contains(l.waiting, chatbot) {
			l.waiting = append(l.waiting, chatbot)
		}
		return false
	}
	l.running[chatbot] = true
	l.dequeue(chatbot)
	return true
}

// end says that the chatbot is not repaired now. It returns the one that has waited longest, if there is a place for it, which is then kept for it: who
// calls end has it reconciled, and it then goes on or ends in turn.
func (l *repairLimit) end(chatbot types.NamespacedName) (next types.NamespacedName, found bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dequeue(chatbot)
	delete(l.running, chatbot)
	if len(l.waiting) == 0 || len(l.running) >= maxConcurrentRepairs {
		return types.NamespacedName{}, false
	}
	next = l.waiting[0]
	l.dequeue(next)
	l.running[next] = true
	return next, true
}

// isWaiting reports whether the chatbot waits for others.
func (l *repairLimit) isWaiting(chatbot types.NamespacedName) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.waiting, chatbot)
}

func (l *repairLimit) dequeue(chatbot types.NamespacedName) {
	l.waiting = slices.DeleteFunc(l.waiting, func(name types.NamespacedName) bool { return name == chatbot })
}
