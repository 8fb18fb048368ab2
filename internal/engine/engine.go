package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/evaluation"
	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Engine decides about declarations, workloads, Services and connections. It is safe for concurrent use. Swap, Adopt and Await put a new
// snapshot in place of the old one; each decision uses one snapshot from beginning to end.
type Engine struct {
	// mu serializes changes: it guards bundle and state, and is held while a new snapshot is made.
	mu     sync.Mutex
	bundle *bundle.Bundle
	// state is the adopted organisation, with the versions of its objects that are in force.
	state    organisation.State
	resolver *organisation.Resolver
	// current is the snapshot with which the engine decides. Decisions read it without mu. It is nil only while New makes the first one.
	current atomic.Pointer[evaluation.Snapshot]
}

// Option is an option of New.
type Option func(*options)

// options are the options that the caller of New has set.
type options struct {
	workerCommand []string
}

// WithWorker sets the command line (path and arguments) that starts the worker for the modules of organisations (package sandbox/worker).
// The engine starts the worker when it first compiles a module. Without this option, Adopt and Check return an error for an organisation in
// which any policy has modules, and Adopt then adopts nothing of it.
func WithWorker(command []string) Option {
	return func(o *options) { o.workerCommand = command }
}

// New returns an engine with the policy bundle in a file system and no organisation. It returns an error if the bundle does not validate or
// compile. The caller must close the engine after use.
func New(ctx context.Context, fsys fs.FS, opts ...Option) (*Engine, error) {
	var o options
	for _, apply := range opts {
		apply(&o)
	}
	resolver, err := organisation.NewResolver(sandbox.NewRunner(sandbox.Options{Command: o.workerCommand}))
	if err != nil {
		return nil, err
	}
	e := &Engine{resolver: resolver}
	if err := e.Swap(ctx, fsys); err != nil {
		return nil, err
	}
	return e, nil
}

// Close ends the worker. The caller must not use the engine afterwards.
func (e *Engine) Close() { e.resolver.Close() }

// Swap replaces the policy bundle and keeps the organisation. It compiles the new bundle first, so the old policy remains in force after an
// error. Each decision uses one policy from beginning to end. Swap does not return the faults of the organisation; the next Adopt does.
func (e *Engine) Swap(ctx context.Context, fsys fs.FS) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, err := bundle.Read(fsys)
	if err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	// An engine that awaits an organisation still awaits it after Swap, because only Adopt brings an organisation.
	isAwaiting := e.Ready() != nil
	if _, err := e.replace(ctx, next, e.state.Organisation(), isAwaiting); err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	return nil
}

// Await makes the outcome for every declaration Undecided until an organisation, which may be empty, is adopted.
func (e *Engine) Await() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current.Store(e.current.Load().AwaitOrganisation())
}

// Ready returns an error if the engine awaits an organisation (Await), and nil otherwise.
func (e *Engine) Ready() error {
	// The current snapshot is nil while New makes the first one. Such an engine does not await an organisation.
	if current := e.current.Load(); current != nil && current.IsAwaitingOrganisation() {
		return errors.New(evaluation.AwaitingOrganisation)
	}
	return nil
}

// Adopt replaces the organisation. It returns a fault for each object that cannot be used, and keeps the last usable version of that object
// in force. Without such a version, the outcome for declarations that the object covers is Undecided. Adopt returns an error only for
// causes outside the organisation, such as a canceled context. It then changes nothing.
func (e *Engine) Adopt(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	const isAwaiting = false // The engine has the organisation now.
	return e.replace(ctx, e.bundle, org, isAwaiting)
}

// Check returns the faults that Adopt would return, without adopting the organisation.
func (e *Engine) Check(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	currentBundle, state := e.bundle, e.state
	e.mu.Unlock()
	// Resolve can take long, so it runs without the lock.
	resolved, err := e.resolver.Resolve(ctx, currentBundle, state, org)
	if err != nil {
		return nil, err
	}
	return resolved.Faults, nil
}

// replace makes a snapshot of the bundle and the organisation, and puts it in place of the current snapshot. If isAwaiting is set, the new
// snapshot awaits an organisation (Await). If the current snapshot has the same revision and the same isAwaiting, replace keeps it, because
// the new one would decide the same. The caller holds mu.
func (e *Engine) replace(ctx context.Context, b *bundle.Bundle, org policy.Organisation, isAwaiting bool) (policy.Faults, error) {
	resolved, err := e.resolver.Resolve(ctx, b, e.state, org)
	if err != nil {
		return nil, err
	}
	last := e.current.Load()
	if last != nil && last.Revision() == resolved.Revision && last.IsAwaitingOrganisation() == isAwaiting {
		// Keep the new state: the content of a faulty object may have changed without a change of the revision. The next Swap tries the new
		// content with the new bundle.
		e.state = resolved.State
		return resolved.Faults, nil
	}
	next, err := evaluation.NewSnapshot(ctx, b, resolved, last)
	if err != nil {
		return nil, err
	}
	if isAwaiting {
		next = next.AwaitOrganisation()
	}
	e.bundle, e.state = b, resolved.State
	e.current.Store(next)
	return resolved.Faults, nil
}

// Revision returns the hash that identifies the bundle and the adopted organisation: 16 hexadecimal digits of a SHA-256.
func (e *Engine) Revision() string { return e.current.Load().Revision() }

// Basis identifies what of the current policy the decision about a declaration can depend on, and returns the revision of this policy. With an
// equal basis, an equal input has an equal decision, whatever the revision is.
func (e *Engine) Basis(in facts.DeclarationInput) (basis, revision string) {
	current := e.current.Load()
	return current.Basis(in), current.Revision()
}

// Codes returns the jurisdictions and sectors of the legal data, sorted.
func (e *Engine) Codes() policy.Codes { return e.current.Load().Codes() }

// WithParents returns the given codes and all codes above them (`de` brings `eu`), in lower case, sorted and without duplicates. It leaves
// out codes that the legal data does not have.
func (e *Engine) WithParents(codes []v1alpha1.Code) []string {
	return e.current.Load().WithParents(codes)
}

// Gaps returns what the legal data is known to lack for the jurisdictions, with their parents, and the sectors.
func (e *Engine) Gaps(jurisdictions, sectors []v1alpha1.Code) []policy.Gap {
	return e.current.Load().Gaps(jurisdictions, sectors)
}

// Statements returns the built-in disclosure statements by language (BCP 47). They serve the languages in which a declaration states none.
func (e *Engine) Statements() map[string]string { return e.current.Load().Statements() }

// ExplainNotWaivable returns the reason why a PolicyException may not name a rule, or "" if it may.
func (e *Engine) ExplainNotWaivable(rule string) string {
	return e.current.Load().Additions().ExplainNotWaivable(rule)
}

// ExplainUnknownDimension returns the reason why a name is not a dimension of the legal data, or "" if it is one.
func (e *Engine) ExplainUnknownDimension(name string) string {
	return e.current.Load().Additions().ExplainUnknownDimension(name)
}

// Rules returns the IDs of the rules of a GovernancePolicy, sorted. It returns none if the policy is not in force.
func (e *Engine) Rules(policyName string) []string {
	return e.current.Load().Additions().Rules(policyName)
}

// Disabled returns, by rule ID, a sentence about the limit that each disabled rule of a GovernancePolicy exceeded.
func (e *Engine) Disabled(policyName string) map[string]string {
	return e.current.Load().Additions().Disabled(policyName)
}

// OnDisabled sets the function to call when a rule of a GovernancePolicy is disabled. The function must not block or use the engine,
// because it runs while a lock of the engine is held.
func (e *Engine) OnDisabled(notify func()) { e.resolver.OnDisabled(notify) }

// Declaration decides about a ChatbotDeployment. If a decision is impossible, the outcome is Undecided and the verdict has the reason.
func (e *Engine) Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	return e.current.Load().DecideDeclaration(ctx, in)
}

// Split proposes a split of a declaration whose verdict has a conflict. It returns the verdict with the proposal in its field Split and in
// the remedies of the conflicts. It returns the verdict unchanged if there is no conflict, if it finds no split, or if the verdict has
// another revision or day. With an error, the returned verdict is still valid. The search takes up to a few hundred milliseconds, so call
// Split only to show the verdict to the author of the declaration.
func (e *Engine) Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	return e.current.Load().ProposeSplit(ctx, in, verdict)
}

// Workload decides about a pod, given the verdict about its declaration. If that verdict refuses the declaration, the pod is refused too,
// with the findings about both. If a decision is impossible, the outcome is Undecided and the verdict has the reason.
func (e *Engine) Workload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	return e.current.Load().DecideWorkload(ctx, in)
}

// Service decides about a Service that leads to pods of chatbots. If a decision is impossible, the outcome is Undecided and the verdict has
// the reason.
func (e *Engine) Service(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	return e.current.Load().DecideService(ctx, in)
}

// Network decides about a NetworkPolicy that selects pods of chatbots, or about endpoints that lead to them. If a decision is impossible,
// the outcome is Undecided and the verdict has the reason.
func (e *Engine) Network(ctx context.Context, in facts.NetworkInput) policy.Verdict {
	return e.current.Load().DecideNetwork(ctx, in)
}

// Connection decides about a connection that the API server opens to pods of chatbots. If a decision is impossible, the outcome is
// Undecided and the verdict has the reason.
func (e *Engine) Connection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	return e.current.Load().DecideConnection(ctx, in)
}
