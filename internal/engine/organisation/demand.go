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

// Subject is what policies select a declaration by, and the source of the input for their modules.
type Subject struct {
	// NamespaceLabels are the labels of its namespace.
	NamespaceLabels map[string]string
	// Codes are its jurisdictions and sectors with their parents.
	Codes []string
	// NewModuleInput is called once, before the first module is evaluated, if any is.
	NewModuleInput func() (ModuleInput, error)
}

// ModuleInput is the input of an organisation's modules: a declaration, and what the law requires of it.
type ModuleInput struct {
	Namespace   string          `json:"namespace"`
	Name        string          `json:"name"`
	AsOf        string          `json:"asOf"`
	Spec        json.RawMessage `json:"spec"`
	Facts       any             `json:"facts"`
	Requirement map[string]any  `json:"requirement"`
}

// Demands is what an organisation demands of one declaration.
type Demands struct {
	policy.Terms
	// Findings are those of the organisation's modules.
	Findings []Finding
	// UndecidedReasons say why no decision about the declaration can be reached; empty when one can.
	UndecidedReasons []string
}

// Finding is what a rule of a module found wrong.
type Finding struct {
	// Policy is the name of the GovernancePolicy.
	Policy string
	Rule   sandbox.Rule
	sandbox.Finding
}

func (d *Demands) addUndecidedReason(reason string) {
	if reason != "" {
		d.UndecidedReasons = append(d.UndecidedReasons, reason)
	}
}

// Demand finds the policies that cover a declaration, evaluates their modules, and merges what they demand. It adds a reason for Undecided
// for each profile or policy that cannot be used, and for each rule that is disabled, exceeds a limit or cannot be evaluated. An error
// has causes other than the organisation.
func (a *Additions) Demand(ctx context.Context, subject Subject) (*Demands, error) {
	d := &Demands{}
	for _, code := range subject.Codes {
		d.addUndecidedReason(a.unusable[code])
	}
	input := sync.OnceValues(func() (json.RawMessage, error) {
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
		d.addUndecidedReason(g.unusable)
		if err := a.evaluateModules(ctx, d, g, input); err != nil {
			return nil, err
		}
	}
	d.Terms = mergeTerms(covering)
	return d, nil
}

// evaluateModules adds the findings of the modules of a policy.
func (a *Additions) evaluateModules(ctx context.Context, d *Demands, g *governance, newInput func() (json.RawMessage, error)) error {
	if g.program == nil {
		return nil
	}
	input, err := newInput()
	if err != nil {
		return err
	}
	for _, rule := range g.program.Rules() {
		if limit := a.disabled.get(g.content)[rule.ID]; limit != "" {
			d.addUndecidedReason(fmt.Sprintf("rule %s of GovernancePolicy %q is disabled: %s", rule.ID, g.name, limit))
			continue
		}
		findings, err := a.runner.Evaluate(ctx, g.program, rule.ID, input)
		var limitError *sandbox.LimitError
		var ruleError *sandbox.RuleError
		switch {
		case errors.As(err, &limitError):
			a.disabled.add(g.content, rule.ID, limitError.Error())
			d.addUndecidedReason(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case errors.As(err, &ruleError):
			d.addUndecidedReason(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case err != nil:
			return fmt.Errorf("evaluate %s of GovernancePolicy %q: %w", rule.ID, g.name, err)
		}
		for _, f := range findings {
			d.Findings = append(d.Findings, Finding{Policy: g.name, Rule: rule, Finding: f})
		}
	}
	return nil
}
