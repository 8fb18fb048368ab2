package faults

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/test/builders"
)

const (
	governed = "shop"
	plain    = "plain"
)

// tally is what became of pods that were created.
type tally struct {
	// admitted have what belongs to their namespace: the sidecar in a governed one, none in another.
	admitted int
	// wrong were admitted without the sidecar in a governed namespace, or with one in another.
	wrong   int
	refused int
	// first is the first refusal.
	first string
}

func (c tally) total() int { return c.admitted + c.wrong + c.refused }

func (c tally) String() string {
	return fmt.Sprintf("%d admitted, %d refused, %d wrong (%s)", c.admitted, c.refused, c.wrong, c.first)
}

// load creates pods all the time, for nothing but the answer (dry run).
type load struct {
	mu      sync.Mutex
	tallies map[string]tally
	// recoveries is how often pods were admitted again after a fault.
	recoveries int
	stop       context.CancelFunc
	workers    sync.WaitGroup
}

// The number of pods that are created at the same time.
const (
	governedWorkers = 8
	plainWorkers    = 2
)

func (w *world) startLoad(t *testing.T) *load {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &load{tallies: map[string]tally{}, stop: stop}
	for namespace, workers := range map[string]int{governed: governedWorkers, plain: plainWorkers} {
		for n := range workers {
			l.workers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					l.create(ctx, w.admin, namespace, fmt.Sprintf("pod-%d-%d", n, i))
				}
			})
		}
	}
	t.Cleanup(func() { l.end() })
	return l
}

func (l *load) create(ctx context.Context, c client.Client, namespace, name string) {
	pod := builders.Pod(func(p *corev1.Pod) { p.Namespace, p.Name = namespace, name })
	begun := l.countRecoveries()
	err := c.Create(ctx, pod, client.DryRunAll)
	if ctx.Err() != nil {
		return
	}
	hasSidecar := len(pod.Spec.InitContainers) > 0
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.tallies[namespace]
	switch {
	case err != nil && namespace == governed && begun < l.recoveries:
		// It waited for a replica that no longer answered, for seconds, while others were admitted already.
	case err != nil:
		seen.refused++
		if seen.first == "" {
			seen.first = err.Error()
		}
	case hasSidecar != (namespace == governed):
		seen.wrong++
	default:
		seen.admitted++
	}
	l.tallies[namespace] = seen
}

func (l *load) countRecoveries() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.recoveries
}

// end ends the load and returns what became of the pods since the last call of take.
func (l *load) end() map[string]tally {
	l.stop()
	l.workers.Wait()
	return l.take()
}

// take returns what became of the pods since the last call, and begins to count again.
func (l *load) take() map[string]tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := l.tallies
	l.tallies = map[string]tally{}
	return seen
}

// reach waits until so many pods of the namespace have an answer. A load that is lower than that shows nothing.
func (l *load) reach(t *testing.T, namespace string, want int) {
	t.Helper()
	l.wait(t, fmt.Sprintf("%d answers in %s", want, namespace), func(seen tally) bool { return seen.total() >= want }, namespace)
}

// recover waits until so many pods in a row are admitted. Those of ungoverned namespaces must not notice meanwhile.
func (l *load) recover(t *testing.T) {
	t.Helper()
	const row = 200
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		judge(t, l.take(), 0)
		l.reach(t, governed, row)
		seen := l.take()
		judge(t, seen, 0)
		if seen[governed].refused == 0 {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.recoveries++
			return
		}
	}
	t.Fatalf("pods are still refused after %s: %s", limit, l.take()[governed])
}

func (l *load) wait(t *testing.T, what string, until func(tally) bool, namespace string) {
	t.Helper()
	eventually(t, what, func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if seen := l.tallies[namespace]; !until(seen) {
			return fmt.Errorf("%s", seen)
		}
		return nil
	})
}

// unnoticed fails the test if a pod of an ungoverned namespace was refused or changed, or a governed one got in without its sidecar.
func unnoticed(t *testing.T, seen map[string]tally, minimum int) {
	t.Helper()
	t.Logf("governed: %s; ungoverned: %s", seen[governed], seen[plain])
	judge(t, seen, minimum)
}

// judge is unnoticed without a line in the log.
func judge(t *testing.T, seen map[string]tally, minimum int) {
	t.Helper()
	if other := seen[plain]; other.refused+other.wrong > 0 || other.admitted < minimum {
		t.Errorf("ungoverned pods: %s, want all of at least %d admitted", other, minimum)
	}
	if seen[governed].wrong > 0 {
		t.Errorf("governed pods: %s", seen[governed])
	}
}

// allAdmitted fails the test unless all of at least the minimum of governed pods were admitted.
func allAdmitted(t *testing.T, seen map[string]tally, minimum int) {
	t.Helper()
	unnoticed(t, seen, 1)
	if got := seen[governed]; got.refused > 0 || got.admitted < minimum {
		t.Errorf("governed pods: %s, want all of at least %d admitted", got, minimum)
	}
}

// noneAdmitted fails the test unless all of at least the minimum of governed pods were refused, for want of an answer or of the sidecar.
func noneAdmitted(t *testing.T, seen tally, minimum int) {
	t.Helper()
	if seen.admitted > 0 || seen.refused < minimum {
		t.Errorf("governed pods: %s, want all of at least %d refused", seen, minimum)
	}
	if !strings.Contains(seen.first, "chaperone floor") && !strings.Contains(seen.first, "failed calling webhook") {
		t.Errorf("refused for another reason: %s", seen.first)
	}
}
