package organisation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Subject describes a declaration to Additions.Demand: the properties by which policies select declarations, and the input for modules.
type Subject struct {
	// NamespaceLabels are the labels of the declaration's namespace.
	NamespaceLabels map[string]string
	// Codes are the jurisdictions and sectors of the declaration, with their parents.
	Codes []string
	// NewModuleInput returns the input for modules. It is called at most once, and only if a policy that covers the declaration has
	// modules.
	NewModuleInput func() (ModuleInput, error)
}

// ModuleInput is what an organisation's modules read as `input`: a declaration, and what the law requires of it.
type ModuleInput struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string          `json:"asOf"`
	Spec json.RawMessage `json:"spec"`
	// Facts are what the built-in rules derive from the spec, as decoded JSON.
	Facts any `json:"facts"`
	// Requirement maps each dimension to the value that the law requires.
	Requirement map[string]any `json:"requirement"`
}

// Demands is what an organisation demands of one declaration.
type Demands struct {
	policy.Terms
	// Findings are those of the organisation's modules.
	Findings []Finding
	// Approvals maps each dimension for which an approval is demanded (NotApplicableTerms) to the names of the policies that demand it.
	Approvals map[string]string
	// UndecidedReasons are the reasons why the outcome is Undecided. Without a reason, the rules decide.
	UndecidedReasons []string
}

// Finding is one thing that a rule of a module found wrong.
type Finding struct {
	// Policy is the name of the GovernancePolicy.
	Policy string
	Rule   sandbox.Rule
	sandbox.Finding
}

// addUndecidedReason adds a reason why the outcome is Undecided. An empty text is no reason, and adds nothing.
func (d *Demands) addUndecidedReason(reason string) {
	if reason != "" {
		d.UndecidedReasons = append(d.UndecidedReasons, reason)
	}
}

// Demand finds the policies that cover a declaration, evaluates their modules, and merges what they demand. It adds a reason for Undecided
// for each unusable profile of a code of the declaration, for each unusable policy that covers it, and for each rule of a covering policy
// that is disabled, exceeds a limit or cannot be evaluated. It returns an error only for causes outside the organisation, such as a
// canceled context or a worker that failed.
func (a *Additions) Demand(ctx context.Context, subject Subject) (*Demands, error) {
	demands := &Demands{}
	for _, code := range subject.Codes {
		demands.addUndecidedReason(a.unusableProfiles[code])
	}
	// All policies get the same input, so it is encoded once.
	encodeInput := sync.OnceValues(func() (json.RawMessage, error) {
		input, err := subject.NewModuleInput()
		if err != nil {
			return nil, err
		}
		return json.Marshal(input)
	})
	var covering []governance
	for i := range a.policies {
		g := &a.policies[i]
		if !g.covers(subject.NamespaceLabels, subject.Codes) {
			continue
		}
		covering = append(covering, *g)
		demands.addUndecidedReason(g.unusableReason)
		if err := a.evaluateModules(ctx, demands, g, encodeInput); err != nil {
			return nil, err
		}
	}
	demands.Terms, demands.Approvals = mergeTerms(covering), mergeApprovals(covering)
	return demands, nil
}

// evaluateModules evaluates the rules of a policy and adds their findings to the demands. It disables a rule that exceeds a limit. A rule
// without a result adds a reason for Undecided.
func (a *Additions) evaluateModules(
	ctx context.Context, demands *Demands, g *governance, encodeInput func() (json.RawMessage, error),
) error {
	if g.program == nil {
		return nil
	}
	input, err := encodeInput()
	if err != nil {
		return err
	}
	for _, rule := range g.program.Rules() {
		if exceeded := a.disabled.get(g.sourceKey)[rule.ID]; exceeded != "" {
			demands.addUndecidedReason(fmt.Sprintf("rule %s of GovernancePolicy %q is disabled: %s", rule.ID, g.name, exceeded))
			continue
		}
		findings, err := a.runner.Evaluate(ctx, g.program, rule.ID, input)
		var limitError *sandbox.LimitError
		var ruleError *sandbox.RuleError
		switch {
		case errors.As(err, &limitError):
			a.disabled.add(g.sourceKey, rule.ID, limitError.Error())
			demands.addUndecidedReason(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case errors.As(err, &ruleError):
			demands.addUndecidedReason(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case err != nil:
			return fmt.Errorf("evaluate %s of GovernancePolicy %q: %w", rule.ID, g.name, err)
		}
		// After an error there are no findings.
		for _, f := range findings {
			demands.Findings = append(demands.Findings, Finding{Policy: g.name, Rule: rule, Finding: f})
		}
	}
	return nil
}
