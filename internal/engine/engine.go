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

// Engine decides about declarations, workloads, Services and connections. It is safe for concurrent use. Its policy, and what an
// organisation adds to it, are replaced as a whole.
type Engine struct {
	// mu is held while a bundle is loaded or an organisation adopted.
	mu       sync.Mutex
	bundle   *bundle.Bundle
	state    organisation.State
	resolver *organisation.Resolver
	current  atomic.Pointer[evaluation.Snapshot]
}

// Option changes how New makes an engine.
type Option func(*options)

type options struct {
	worker []string
}

// WithWorker sets the command that starts the worker for the modules of organisations (package sandbox/worker): a path and arguments.
// The worker starts with the first module. An engine without the option cannot adopt policies with modules.
func WithWorker(command []string) Option {
	return func(o *options) { o.worker = command }
}

// New returns an engine with the policy of the bundle and no organisation, which must be closed after use. A bundle that does not
// validate or compile is an error.
func New(ctx context.Context, fsys fs.FS, opts ...Option) (*Engine, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	resolver, err := organisation.NewResolver(sandbox.NewRunner(sandbox.Options{Command: o.worker}))
	if err != nil {
		return nil, err
	}
	e := &Engine{resolver: resolver}
	if err := e.Swap(ctx, fsys); err != nil {
		return nil, err
	}
	return e, nil
}

// Close ends the worker for modules. The engine must not be used afterwards.
func (e *Engine) Close() { e.resolver.Close() }

// Swap replaces the policy by that of another bundle; the organisation stays. It compiles first: after an error the old policy stays,
// and decisions under way finish with the policy that they began with.
func (e *Engine) Swap(ctx context.Context, fsys fs.FS) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, err := bundle.Read(fsys)
	if err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	isAwaiting := e.Ready() != nil
	if _, err := e.adopt(ctx, next, e.state.Desired()); err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	if isAwaiting {
		e.current.Store(e.current.Load().AwaitOrganisation())
	}
	return nil
}

// Await stops decisions about declarations until an organisation is adopted, even an empty one.
func (e *Engine) Await() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.current.Store(e.current.Load().AwaitOrganisation())
}

// Ready returns an error while the engine awaits an organisation.
func (e *Engine) Ready() error {
	if current := e.current.Load(); current != nil && current.IsAwaitingOrganisation() {
		return errors.New(evaluation.AwaitingOrganisation)
	}
	return nil
}

// Adopt adds the organisation to all decisions from now on. An object that cannot be used is a fault; its last usable version stays in
// force, and without one no decision is reached about the declarations that it covers. The error is not the organisation's: nothing
// has changed then.
func (e *Engine) Adopt(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.adopt(ctx, e.bundle, org)
}

// Check returns the faults that the organisation would have, and adopts nothing.
func (e *Engine) Check(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	b, last := e.bundle, e.state
	e.mu.Unlock()
	resolved, err := e.resolver.Resolve(ctx, b, last, org)
	if err != nil {
		return nil, err
	}
	return resolved.Faults, nil
}

// adopt makes a snapshot of the bundle and the organisation current, unless the current one is the same. The caller holds mu.
func (e *Engine) adopt(ctx context.Context, b *bundle.Bundle, org policy.Organisation) (policy.Faults, error) {
	resolved, err := e.resolver.Resolve(ctx, b, e.state, org)
	if err != nil {
		return nil, err
	}
	last := e.current.Load()
	if last != nil && last.Revision() == resolved.Revision && !last.IsAwaitingOrganisation() {
		e.state = e.state.WithDesired(org)
		return resolved.Faults, nil
	}
	next, err := evaluation.NewSnapshot(ctx, b, resolved, last)
	if err != nil {
		return nil, err
	}
	e.bundle, e.state = b, resolved.State
	e.current.Store(next)
	return resolved.Faults, nil
}

// Revision identifies the policy and what the organisation adds to it: 16 hexadecimal digits of a SHA-256 over both.
func (e *Engine) Revision() string { return e.current.Load().Revision() }

// Codes returns the jurisdictions and sectors of the legal data, sorted.
func (e *Engine) Codes() policy.Codes { return e.current.Load().Codes() }

// WithParents returns the codes with their parents (`de` has the parent `eu`), sorted and in lower case. It leaves out codes that the
// legal data does not have.
func (e *Engine) WithParents(codes []v1alpha1.Code) []string {
	return e.current.Load().WithParents(codes)
}

// Statements returns the built-in disclosure statements by language (BCP 47), for declarations that state none.
func (e *Engine) Statements() map[string]string { return e.current.Load().Statements() }

// ExplainNotWaivable says why a PolicyException may not name a rule; empty when it may.
func (e *Engine) ExplainNotWaivable(rule string) string {
	return e.current.Load().Additions().ExplainNotWaivable(rule)
}

// Rules returns the ids of the rules of a GovernancePolicy, sorted; none when it is not in force.
func (e *Engine) Rules(policyName string) []string {
	return e.current.Load().Additions().Rules(policyName)
}

// Disabled returns, by rule ID, the limit that each disabled rule of a GovernancePolicy exceeded.
func (e *Engine) Disabled(policyName string) map[string]string {
	return e.current.Load().Additions().Disabled(policyName)
}

// OnDisabled sets the function to call when a rule is disabled. It must not block, and must not use the engine.
func (e *Engine) OnDisabled(notify func()) { e.resolver.OnDisabled(notify) }

// Declaration decides about a ChatbotDeployment. It never returns an error: what prevents a decision is OutcomeUndecided with the
// reason.
func (e *Engine) Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	return e.current.Load().DecideDeclaration(ctx, in)
}

// Split adds to the verdict about a conflicted declaration the declarations that would replace it without the conflict, as Split and in
// the remedies of the conflicts. Every other verdict comes back as it is. On an error the verdict is still valid. The search takes up to
// a few hundred milliseconds, so only those who show the verdict of the declaration itself call it.
func (e *Engine) Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	return e.current.Load().ProposeSplit(ctx, in, verdict)
}

// Workload decides about a pod of a declaration that was already decided about. A pod of a refused declaration is refused, with the
// findings of the declaration besides its own. It never returns an error: what prevents a decision is OutcomeUndecided with the reason.
func (e *Engine) Workload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	return e.current.Load().DecideWorkload(ctx, in)
}

// Service decides about a Service that leads to pods of chatbots. It never returns an error: what prevents a decision is
// OutcomeUndecided with the reason.
func (e *Engine) Service(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	return e.current.Load().DecideService(ctx, in)
}

// Connection decides about a connection to pods of chatbots that is opened through the API server. It never returns an error: what
// prevents a decision is OutcomeUndecided with the reason.
func (e *Engine) Connection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	return e.current.Load().DecideConnection(ctx, in)
}
