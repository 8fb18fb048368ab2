package review

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Engine evaluates the policy. Implementations are safe for concurrent use, never return OutcomeAllow for a decision that was not
// reached, and share verdicts, which callers must not change.
type Engine interface {
	Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict
	Workload(ctx context.Context, in facts.WorkloadInput) policy.Verdict
	Service(ctx context.Context, in facts.ServiceInput) policy.Verdict
	Connection(ctx context.Context, in facts.ConnectionInput) policy.Verdict
	Network(ctx context.Context, in facts.NetworkInput) policy.Verdict
	// Basis identifies what of the policy the decision about the declaration can depend on, and returns the revision of the same policy. With an
	// equal basis, equal inputs have equal decisions.
	Basis(in facts.DeclarationInput) (basis, revision string)
	// Revision identifies the policy; it changes when the policy is replaced.
	Revision() string
	// Statements returns the built-in disclosures by language, for languages in which a declaration states none.
	Statements() map[string]string
}

// Options say what a Reviewer works with.
type Options struct {
	// Engine evaluates the policy. Required.
	Engine Engine
	// Image is the sidecar's image by digest (`name@sha256:…`). Required.
	Image string
	// Resources are those of injected sidecars. Nil means the resources of the template.
	Resources *corev1.ResourceRequirements
	// Keys returns the keys of which sidecars require a signature, or an error if they are not known yet; then no pod can be governed. Nil
	// means that there are no keys, as outside of a cluster: sidecars may trust any.
	Keys func() (facts.SidecarKeys, error)
}

// Reviewer decides about objects. It is safe for concurrent use.
type Reviewer struct {
	engine Engine
	image  string
	// resources are Options.Resources.
	resources *corev1.ResourceRequirements
	// keys is Options.Keys.
	keys  func() (facts.SidecarKeys, error)
	cache *decisionCache
}

// New returns a Reviewer that has decided nothing yet.
func New(o Options) (*Reviewer, error) {
	cache, err := newDecisionCache()
	if err != nil {
		return nil, err
	}
	return &Reviewer{engine: o.Engine, image: o.Image, resources: o.Resources, keys: o.Keys, cache: cache}, nil
}

// OnLookup sets a callback for lookups in the cache of decisions. The callback gets the kind of the decision (KindDeclaration,
// KindWorkload) and whether the cache has one. Call OnLookup before the first review.
func (r *Reviewer) OnLookup(call func(kind string, hit bool)) { r.cache.onLookup = call }

// Scope is what the review of an object reads besides the object itself. Everything in it is read only.
type Scope struct {
	// Now is the moment of the review. The review decides for its day in UTC.
	Now time.Time
	// Declarations are all declarations of the object's namespace. The review of a declaration does not read them.
	Declarations Declarations
	// Environment has the labels of the namespace and the exceptions on which decisions about the declarations depend.
	Environment facts.Environment
	// EnvironmentError is the error of reading Environment; nil if there was none. With an error, decisions that depend on Environment are
	// Undecided.
	EnvironmentError error
	// PodLabels are the labels of each pod of the namespace that has the label chaperone.dev/chatbot; pods that have ended may be left out.
	// Only the review of a Service, of a connection to a Service, and of a NetworkPolicy reads them.
	PodLabels []map[string]string
	// NetworkPolicies are those of the namespace that a pod gets, as it is made or by new labels. Only the review of a pod reads them. If they are
	// not read, it finds nothing that they open.
	NetworkPolicies []networkingv1.NetworkPolicy
	// Ungoverned are pods of the namespace that no declaration governs, at least those that the Service selects. Only the review of a
	// Service reads them.
	Ungoverned []Ungoverned
}

// Result is the result of the review of an object other than a declaration. The zero value is that of an object that is not governed, about
// which nothing is decided.
type Result struct {
	// Chatbots are the names of the chatbots that the object belongs or leads to, sorted. It is empty if the object is not governed.
	Chatbots []string
	Verdict  policy.Verdict
	// BreakGlass is the verdict for a user who may use break-glass for all Chatbots. It is nil unless Verdict denies the object and
	// break-glass lets it pass.
	BreakGlass *policy.Verdict
	// Declaration is the declaration that governs the pod; nil for other objects, and if none does.
	Declaration *v1alpha1.ChatbotDeployment
}

// IsGoverned reports whether the object is subject to review.
func (r Result) IsGoverned() bool { return len(r.Chatbots) > 0 }

// decideWithAndWithoutBreakGlass returns a Result with the verdict without break-glass. If this verdict denies, the function evaluates a
// second time, with break-glass, and also returns the second verdict, unless that one refuses too.
func decideWithAndWithoutBreakGlass(chatbots []string, evaluate func(breakGlass bool) policy.Verdict) Result {
	result := Result{Chatbots: chatbots, Verdict: evaluate(false)}
	if result.Verdict.Outcome != policy.OutcomeDeny {
		return result
	}
	if verdict := evaluate(true); !verdict.Refuses() {
		result.BreakGlass = &verdict
	}
	return result
}

// decideInTime returns the verdict of evaluate. If the context ends first, or if evaluate panics, it returns Undecided.
func decideInTime(ctx context.Context, revision, asOf string, evaluate func() policy.Verdict) policy.Verdict {
	done := make(chan policy.Verdict, 1)
	// The goroutine ends when evaluate returns, possibly after decideInTime: the engine does not watch the context inside every builtin
	// (opa#3948), and an admission webhook has to respond before the API server stops waiting.
	go func() {
		defer func() {
			if r := recover(); r != nil {
				logr.FromContextOrDiscard(ctx).Error(fmt.Errorf("panic: %v", r), "The policy engine panicked")
				done <- policy.NewUndecided(revision, asOf, "the policy engine panicked; the log of the manager has the cause")
			}
		}()
		done <- evaluate()
	}()
	select {
	case v := <-done:
		return v
	case <-ctx.Done():
		return policy.NewUndecided(revision, asOf, "the evaluation did not end in time")
	}
}

// formatDay returns the day for which the review decides (ISO date, UTC).
func (s Scope) formatDay() string { return s.Now.UTC().Format(policy.DateFormat) }
