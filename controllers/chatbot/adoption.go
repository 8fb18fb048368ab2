package chatbot

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// adoption knows which policy revision decided last about each declaration, so that a revision that changes nothing is recorded once, and not
// in every status. It is safe for concurrent use.
type adoption struct {
	mu        sync.Mutex
	decisions map[types.NamespacedName]latestDecision
	// byRevision counts the declarations by the revision that decided last.
	byRevision map[string]int
	undecided  int
	// recorded is the revision that the record in the cluster names; empty if it has not been compared yet.
	recorded string
}

// latestDecision is what adoption remembers of a declaration. Equal revisions share their memory, because they come from one engine.
type latestDecision struct {
	revision    string
	isUndecided bool
	// input identifies what was decided about; zero if it is not known.
	input review.Input
}

func newAdoption() *adoption {
	return &adoption{decisions: map[types.NamespacedName]latestDecision{}, byRevision: map[string]int{}}
}

// put remembers that the verdict about the input is in effect: what follows from it has been written.
func (a *adoption) put(name types.NamespacedName, verdict policy.Verdict, input review.Input) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replace(name, latestDecision{verdict.Revision, verdict.Outcome == policy.OutcomeUndecided, input})
}

// begin forgets what the decision that is in effect is about, because another one may be written from now on, in part or whole, until put.
func (a *adoption) begin(name types.NamespacedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if decision, ok := a.decisions[name]; ok {
		decision.input = review.Input{}
		a.decisions[name] = decision
	}
}

// renew reports whether the decision that is in effect is about the input. It is then that of the policy with the revision.
func (a *adoption) renew(name types.NamespacedName, input review.Input, revision string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	decision, ok := a.decisions[name]
	if !ok || input.IsZero() || decision.input != input {
		return false
	}
	decision.revision = revision
	a.replace(name, decision)
	return true
}

// replace remembers the decision, for callers that hold mu.
func (a *adoption) replace(name types.NamespacedName, decision latestDecision) {
	a.remove(name)
	a.decisions[name] = decision
	a.byRevision[decision.revision]++
	if decision.isUndecided {
		a.undecided++
	}
}

// forget removes a declaration that is gone.
func (a *adoption) forget(name types.NamespacedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(name)
}

// remove is forget for callers that hold mu.
func (a *adoption) remove(name types.NamespacedName) {
	decision, ok := a.decisions[name]
	if !ok {
		return
	}
	delete(a.decisions, name)
	if a.byRevision[decision.revision]--; a.byRevision[decision.revision] == 0 {
		delete(a.byRevision, decision.revision)
	}
	if decision.isUndecided {
		a.undecided--
	}
}

// countBehind returns the number of declarations about which the revision has not decided; there are at least as many as expected.
func (a *adoption) countBehind(revision string, expected int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(expected, len(a.decisions)) - a.byRevision[revision]
}

// claim reports whether the revision is to be recorded: it has decided about all declarations, at least as many as expected, and no other call
// has claimed it. It returns how many there are, and of how many no decision was reached.
func (a *adoption) claim(revision string, expected int) (declarations, undecided int, isClaimed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.decisions)
	if a.recorded == revision || n == 0 || n < expected || a.byRevision[revision] < n {
		return 0, 0, false
	}
	a.recorded = revision
	return n, a.undecided, true
}

// release lets another call claim, because the record could not be written.
func (a *adoption) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.recorded = ""
}

// newBehindMetric returns the number of declarations that the current policy has not decided about yet as a metric.
func (r *Reconciler) newBehindMetric() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chaperone_declarations_behind_policy",
		Help: "Declarations about which the current revision of the policy has not decided yet.",
	}, func() float64 {
		if r.Revision == nil {
			return 0
		}
		return float64(r.adoption.countBehind(r.Revision(), r.selectors.Len()))
	})
}

// recordAdoption writes that the current policy has decided about all declarations, once it has. A new leader finds the record of the one
// before it, and does not write it again.
func (r *Reconciler) recordAdoption(ctx context.Context) error {
	if r.Revision == nil {
		return nil
	}
	revision := r.Revision()
	declarations, undecided, isClaimed := r.adoption.claim(revision, r.selectors.Len())
	if !isClaimed {
		return nil
	}
	desired := newAdoptionRecord(r.Namespace, revision, declarations, undecided, r.Clock.Now())
	err := r.writeAdoption(ctx, desired)
	if err != nil {
		r.adoption.release()
	}
	return err
}

// writeAdoption writes the record, unless the one in the cluster names the same revision.
func (r *Reconciler) writeAdoption(ctx context.Context, desired *corev1.ConfigMap) error {
	existing := &corev1.ConfigMap{}
	// The cache may not have the record of the revision before yet.
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(desired), existing)
	switch {
	case apierrors.IsNotFound(err):
		existing = nil
	case err != nil:
		return fmt.Errorf("read the record of decisions: %w", err)
	case existing.Data["policyRevision"] == desired.Data["policyRevision"]:
		return nil
	}
	if err := r.write(ctx, desired, objectOrNil(existing)); err != nil {
		return fmt.Errorf("write the record of decisions: %w", err)
	}
	return nil
}

// newAdoptionRecord returns the ConfigMap that says, for people and for tools, which policy decided about all declarations, and when.
func newAdoptionRecord(namespace, revision string, declarations, undecided int, now time.Time) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: contract.DecisionRecord, Labels: map[string]string{contract.LabelManagedBy: contract.ManagedBy},
		},
		Data: map[string]string{
			"policyRevision": revision,
			"declarations":   strconv.Itoa(declarations),
			"undecided":      strconv.Itoa(undecided),
			"decidedAt":      now.UTC().Format(time.RFC3339),
		},
	}
}
