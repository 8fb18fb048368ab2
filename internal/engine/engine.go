package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Engine decides about declarations, workloads, and the ways to them. It is safe for concurrent use; its policy, and what an
// organisation adds to it, are replaced as a whole.
type Engine struct {
	// mu is held while something is loaded or adopted.
	mu      sync.Mutex
	loaded  *loaded
	adopted adopted
	current atomic.Pointer[snapshot]
	// programs are the modules of organisations; nothing is started before there are any.
	programs *programs
	disabled disabled
}

// New returns an engine with the policy of the bundle and no organisation. A bundle that does not validate or compile is an error.
func New(ctx context.Context, bundle fs.FS) (*Engine, error) {
	programs, err := newPrograms()
	if err != nil {
		return nil, err
	}
	e := &Engine{programs: programs}
	if err := e.Swap(ctx, bundle); err != nil {
		return nil, err
	}
	return e, nil
}

// Swap replaces the policy by that of another bundle; the organisation stays. It compiles first: after an error the old policy
// stays, and decisions under way finish with the policy that they began with.
func (e *Engine) Swap(ctx context.Context, bundle fs.FS) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, err := load(bundle)
	if err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	awaited := e.Ready() != nil
	if _, err := e.settle(ctx, next, e.adopted.wanted); err != nil {
		return fmt.Errorf("load policy: %w", err)
	}
	if awaited {
		e.await()
	}
	return nil
}

// Await makes the engine decide nothing until an organisation was adopted, also an empty one.
func (e *Engine) Await() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.await()
}

func (e *Engine) await() {
	waiting := *e.current.Load()
	waiting.organisation.awaited = true
	e.current.Store(&waiting)
}

// Ready is an error while an organisation is awaited.
func (e *Engine) Ready() error {
	if current := e.current.Load(); current != nil && current.organisation.awaited {
		return errors.New(notAdopted)
	}
	return nil
}

// Revision identifies the policy and what the organisation adds to it: 16 hexadecimal digits of a SHA-256 over both.
func (e *Engine) Revision() string {
	return e.current.Load().revision
}

// Codes returns the jurisdictions and sectors that the legal data knows, sorted.
func (e *Engine) Codes() policy.Codes {
	known := e.current.Load().codes
	return policy.Codes{Jurisdictions: slices.Clone(known.Jurisdictions), Sectors: slices.Clone(known.Sectors)}
}

// Statements returns the built-in disclosure statements by language (BCP 47), for declarations that state none.
func (e *Engine) Statements() map[string]string {
	return maps.Clone(e.current.Load().statements)
}

// Waivable returns an empty text when a PolicyException may waive the rule, and else what is wrong with asking for it.
func (e *Engine) Waivable(rule string) string {
	rules := e.current.Load().organisation.rules
	waivable, known := rules[rule]
	switch {
	case !known:
		return fmt.Sprintf("%q is not a rule: %s", rule, nearest(rule, rules))
	case !waivable:
		return fmt.Sprintf("%q cannot be waived: without it nobody knows what is let through", rule)
	}
	return ""
}

// Rules are the ids of the rules of a GovernancePolicy, sorted; none when it is not in force.
func (e *Engine) Rules(policyName string) []string {
	var ids []string
	for _, g := range e.current.Load().organisation.policies {
		for _, rule := range rulesOf(g.program) {
			if g.name == policyName {
				ids = append(ids, rule.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Disabled says of the rules of a GovernancePolicy that went beyond a limit which it was.
func (e *Engine) Disabled(policyName string) map[string]string {
	for _, g := range e.current.Load().organisation.policies {
		if g.name == policyName {
			return e.disabled.of(g.content)
		}
	}
	return nil
}

// OnDisabled sets what is called when a rule was disabled. It must not block, nor ask the engine.
func (e *Engine) OnDisabled(call func()) {
	e.disabled.mu.Lock()
	defer e.disabled.mu.Unlock()
	e.disabled.call = call
}

// Close ends what runs the modules of organisations. Nothing may be asked of the engine any more.
func (e *Engine) Close() { e.programs.runner.Close() }

// Closed returns the codes with those above them, sorted and in lower case; codes that the legal data does not know are left out.
func (e *Engine) Closed(codes []v1alpha1.Code) []string {
	return e.current.Load().closed(codes)
}

// Declaration decides about a ChatbotDeployment. It never returns an error: what hinders a decision is OutcomeUndecided with
// the reason. The verdict may be shared with other callers and must not be changed.
func (e *Engine) Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	return e.current.Load().judgeDeclaration(ctx, in)
}

// Workload decides about a pod of a declaration that was already decided about. A pod of a declaration that is refused is
// refused with the declaration's findings beside its own. It never returns an error: what hinders a decision is
// OutcomeUndecided with the reason.
func (e *Engine) Workload(ctx context.Context, in facts.WorkloadInput) policy.Verdict {
	return e.current.Load().judgeWorkload(ctx, in)
}

// Service decides about a Service that leads to pods of chatbots. It never returns an error: what hinders a decision is
// OutcomeUndecided with the reason.
func (e *Engine) Service(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	return e.current.Load().judgeService(ctx, in)
}

// Connection decides about a connection to pods of chatbots that somebody opens through the API server. It never returns an
// error: what hinders a decision is OutcomeUndecided with the reason.
func (e *Engine) Connection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	return e.current.Load().judgeConnection(ctx, in)
}
