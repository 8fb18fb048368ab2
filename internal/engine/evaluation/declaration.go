package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideDeclaration decides about a ChatbotDeployment. Every call evaluates; internal/review caches.
func (s *Snapshot) DecideDeclaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	verdict, err := s.decideDeclaration(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate declaration: %v", err))
	}
	return verdict
}

func (s *Snapshot) decideDeclaration(ctx context.Context, in facts.DeclarationInput) (policy.Verdict, error) {
	if in.Declaration == nil {
		return policy.Verdict{}, fmt.Errorf("no declaration given")
	}
	if _, err := time.Parse(policy.DateFormat, in.AsOf); err != nil {
		return policy.Verdict{}, fmt.Errorf("asOf %q is not an ISO date", in.AsOf)
	}
	return s.evaluateDeclaration(ctx, in)
}

func (s *Snapshot) evaluateDeclaration(ctx context.Context, in facts.DeclarationInput) (policy.Verdict, error) {
	spec, err := opa.Encode(&in.Declaration.Spec)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode spec: %w", err)
	}
	derived, err := s.deriveFacts(ctx, spec, in.AsOf)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("facts: %w", err)
	}
	required, err := s.findRequirement(ctx, derived)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("requirement: %w", err)
	}
	demands, err := s.demand(ctx, in, derived, required)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("organisation: %w", err)
	}
	organisation, err := s.encodeDemands(demands, in.Exceptions)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("organisation: %w", err)
	}
	var input opa.Object
	input.Add("spec", spec)
	input.AddText("asOf", in.AsOf)
	input.Add("facts", opa.NewTerm(derived))
	input.Add("requirement", opa.NewTerm(required.document))
	if organisation != nil {
		input.Add("organisation", organisation)
	}
	addTextFacts(&input, facts.NewTexts(&in.Declaration.Spec))
	verdict, err := s.evaluateVerdict(ctx, s.declaration, input.Term().Value, in.AsOf)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict.Requirements = required.requirements
	stated := verdict.Obligations
	verdict.Obligations = required.obligations
	if err := verdict.Obligations.AddAll(stated); err != nil {
		return policy.Verdict{}, fmt.Errorf("obligations of the requirement and of the declaration: %w", err)
	}
	verdict.Upcoming = sortChanges(required.upcoming, verdict.Upcoming)
	verdict.Terms.Floor, verdict.Terms.Actions = demands.Floor, demands.Actions
	verdict.HasConflict = s.hasConflict(verdict)
	if len(demands.UndecidedReasons) > 0 {
		verdict.Outcome, verdict.Reason = policy.OutcomeUndecided, strings.Join(demands.UndecidedReasons, "; ")
	}
	return verdict, nil
}

// deriveFacts evaluates the facts on which the law reads conditions.
func (s *Snapshot) deriveFacts(ctx context.Context, spec *opa.Term, asOf string) (opa.Value, error) {
	var input opa.Object
	input.Add("spec", spec)
	input.AddText("asOf", asOf)
	return s.facts.Evaluate(ctx, input.Term().Value, timeout)
}

// demand returns what the organisation demands of the declaration.
func (s *Snapshot) demand(ctx context.Context, in facts.DeclarationInput, derived opa.Value, required *requirement) (*organisation.Demands, error) {
	if s.awaiting {
		return &organisation.Demands{UndecidedReasons: []string{AwaitingOrganisation}}, nil
	}
	if s.additions.IsEmpty() {
		return &organisation.Demands{}, nil
	}
	codes, err := opa.FindWords(derived, "codes")
	if err != nil {
		return nil, err
	}
	return s.additions.Demand(ctx, organisation.Subject{
		NamespaceLabels: in.NamespaceLabels, Codes: codes,
		NewModuleInput: func() (organisation.ModuleInput, error) { return newModuleInput(in, derived, required) },
	})
}

func newModuleInput(in facts.DeclarationInput, derived opa.Value, required *requirement) (organisation.ModuleInput, error) {
	spec, err := json.Marshal(&in.Declaration.Spec)
	if err != nil {
		return organisation.ModuleInput{}, err
	}
	input := organisation.ModuleInput{
		Namespace: in.Declaration.Namespace, Name: in.Declaration.Name, AsOf: in.AsOf, Spec: spec,
		Requirement: make(map[string]any, len(required.requirements)),
	}
	for _, r := range required.requirements {
		input.Requirement[r.Dimension] = r.Value
	}
	return input, opa.DecodeJSON(&input.Facts, opa.NewTerm(derived))
}
