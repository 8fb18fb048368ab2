package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// moduleInput is what the modules of an organisation read of a declaration: its own, and what the law requires of it.
type moduleInput struct {
	Namespace   string          `json:"namespace"`
	Name        string          `json:"name"`
	AsOf        string          `json:"asOf"`
	Spec        json.RawMessage `json:"spec"`
	Facts       any             `json:"facts"`
	Requirement map[string]any  `json:"requirement"`
}

func newModuleInput(in facts.DeclarationInput, spec []byte, facts ast.Value, required *requirement) (json.RawMessage, error) {
	plain, err := ast.JSON(facts)
	if err != nil {
		return nil, err
	}
	input := moduleInput{
		Namespace: in.Declaration.Namespace, Name: in.Declaration.Name, AsOf: in.AsOf, Spec: spec, Facts: plain,
		Requirement: make(map[string]any, len(required.requirements)),
	}
	for _, r := range required.requirements {
		input.Requirement[r.Dimension] = r.Value
	}
	return json.Marshal(input)
}

// askModules adds the findings of the modules of a policy. A rule that is disabled, that goes beyond a limit, or that cannot be
// evaluated is an obstacle. An error is not the module's.
func (s *snapshot) askModules(ctx context.Context, a *asked, g *governance, inputOf func() (json.RawMessage, error)) error {
	if g.program == nil {
		return nil
	}
	input, err := inputOf()
	if err != nil {
		return err
	}
	for _, rule := range g.program.Rules() {
		if why := s.disabled.of(g.content)[rule.ID]; why != "" {
			a.hinder(fmt.Sprintf("rule %s of GovernancePolicy %q is disabled: %s", rule.ID, g.name, why))
			continue
		}
		findings, err := s.runner.Evaluate(ctx, g.program, rule.ID, input)
		var beyond *sandbox.LimitError
		var unfit *sandbox.RuleError
		switch {
		case errors.As(err, &beyond):
			s.disabled.add(g.content, rule.ID, beyond.Error())
			a.hinder(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case errors.As(err, &unfit):
			a.hinder(fmt.Sprintf("GovernancePolicy %q: %v", g.name, err))
		case err != nil:
			return fmt.Errorf("ask %s of GovernancePolicy %q: %w", rule.ID, g.name, err)
		}
		for _, f := range findings {
			term, err := moduleFinding(g.name, rule, f)
			if err != nil {
				return err
			}
			a.findings = append(a.findings, term)
		}
	}
	return nil
}

// moduleFinding is a finding in the shape of those of the built-in rules.
func moduleFinding(policyName string, rule sandbox.Rule, f sandbox.Finding) (*ast.Term, error) {
	found, err := ast.InterfaceToValue(f.Found)
	if err != nil {
		return nil, err
	}
	required, err := ast.InterfaceToValue(f.Required)
	if err != nil {
		return nil, err
	}
	var source, point, finding object
	source.text("code", organisationValue)
	source.text("act", fmt.Sprintf("GovernancePolicy %q", policyName))
	source.text("article", rule.Title)
	point.add("source", source.term())
	finding.text("rule", rule.ID)
	finding.text("dimension", "")
	finding.text("action", f.Action)
	finding.text("field", f.Field)
	finding.add("found", ast.NewTerm(found))
	finding.add("required", ast.NewTerm(required))
	finding.text("remedy", rule.Remedy)
	finding.text("party", rule.Party)
	finding.add("sources", ast.SetTerm(point.term()))
	return finding.term(), nil
}
