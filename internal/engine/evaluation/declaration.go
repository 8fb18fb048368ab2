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
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// DecideDeclaration decides about a ChatbotDeployment. If the input is invalid or the evaluation fails, the outcome is Undecided. Every
// call evaluates the rules; package review caches the verdicts.
func (s *Snapshot) DecideDeclaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	verdict, err := s.decideDeclaration(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate declaration: %v", err))
	}
	return verdict
}

// decideDeclaration is DecideDeclaration, but returns an error if the input is invalid or the evaluation fails.
func (s *Snapshot) decideDeclaration(ctx context.Context, in facts.DeclarationInput) (policy.Verdict, error) {
	if in.Declaration == nil {
		return policy.Verdict{}, fmt.Errorf("no declaration given")
	}
	if _, err := time.Parse(policy.DateFormat, in.AsOf); err != nil {
		return policy.Verdict{}, fmt.Errorf("asOf %q is not an ISO date", in.AsOf)
	}
	return s.evaluateDeclaration(ctx, in)
}

// evaluateDeclaration derives the facts of a declaration, finds what the law requires for these facts and what the organisation demands,
// evaluates the rules about all of this, and completes their verdict.
func (s *Snapshot) evaluateDeclaration(ctx context.Context, in facts.DeclarationInput) (policy.Verdict, error) {
	spec, err := opa.Encode(&in.Declaration.Spec)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode spec: %w", err)
	}
	derivedFacts, err := s.deriveFacts(ctx, spec, in.AsOf)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("facts: %w", err)
	}
	required, err := s.findRequirement(ctx, derivedFacts)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("requirement: %w", err)
	}
	demands, err := s.findDemands(ctx, in, derivedFacts, required)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("organisation: %w", err)
	}
	encodedDemands, err := s.encodeDemands(demands, in.Exceptions)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("organisation: %w", err)
	}
	// Make the input of the entrypoint `declaration`: the spec, the facts about it, its shapes, places and texts, the requirement, and the
	// demands of the organisation.
	var input opa.Object
	input.Add("spec", spec)
	input.AddText("asOf", in.AsOf)
	input.Add("facts", opa.NewTerm(derivedFacts))
	input.Add("requirement", opa.NewTerm(required.document))
	if encodedDemands != nil {
		input.Add("organisation", encodedDemands)
	}
	places, err := s.addPlaces(ctx, &input, &in.Declaration.Spec, in.AsOf)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("places: %w", err)
	}
	shapes, err := facts.NewShapes(&in.Declaration.Spec, in.Shapes)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("shapes: %w", err)
	}
	addShapeFacts(&input, shapes)
	addTextFacts(&input, facts.NewTexts(&in.Declaration.Spec))
	verdict, err := s.evaluateVerdict(ctx, s.declarationQuery, input.Term().Value, in.AsOf)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict.Places = places
	return s.completeVerdict(verdict, required, demands)
}

// completeVerdict adds to the verdict of the rules what they do not return: the requirement with its obligations and upcoming changes, the
// floor and the actions that the organisation sets, and whether there is a conflict. If the demands have a reason for Undecided, the
// outcome becomes Undecided, whatever the rules return.
func (s *Snapshot) completeVerdict(verdict policy.Verdict, required *requirement, demands *organisation.Demands) (policy.Verdict, error) {
	verdict.Requirements = required.requirements
	var obligations obligation.Set
	if required.obligations != nil {
		// Copy the set, because AddAll below changes it: the requirement is cached, and other verdicts read it.
		obligations = *required.obligations
	}
	if err := obligations.AddAll(verdict.Obligations); err != nil {
		return policy.Verdict{}, fmt.Errorf("obligations of the requirement and of the declaration: %w", err)
	}
	verdict.Obligations = &obligations
	verdict.Upcoming = mergeChanges(required.upcoming, verdict.Upcoming)
	verdict.Terms.Floor, verdict.Terms.Actions = demands.Floor, demands.Actions
	verdict.HasConflict = s.hasConflict(verdict)
	if len(demands.UndecidedReasons) > 0 {
		verdict.Outcome, verdict.Reason = policy.OutcomeUndecided, strings.Join(demands.UndecidedReasons, "; ")
	}
	return verdict, nil
}

// deriveFacts returns, as an object, the facts of a declaration that determine which legal points apply to it, such as its codes with their
// parents. The spec is the encoded spec of the declaration.
func (s *Snapshot) deriveFacts(ctx context.Context, spec *opa.Term, asOf string) (opa.Value, error) {
	var input opa.Object
	input.Add("spec", spec)
	input.AddText("asOf", asOf)
	return s.factsQuery.Evaluate(ctx, input.Term().Value, evaluationTimeout)
}

// findDemands returns what the organisation demands of the declaration: nothing if there is no organisation, and a reason for Undecided
// if the organisation has not been read yet.
func (s *Snapshot) findDemands(
	ctx context.Context, in facts.DeclarationInput, derivedFacts opa.Value, required *requirement,
) (*organisation.Demands, error) {
	if s.isAwaiting {
		return &organisation.Demands{UndecidedReasons: []string{AwaitingOrganisation}}, nil
	}
	if s.additions.IsEmpty() {
		return &organisation.Demands{}, nil
	}
	codes, err := opa.FindWords(derivedFacts, "codes")
	if err != nil {
		return nil, err
	}
	// NewModuleInput is a function, because Demand needs the input only if a GovernancePolicy that covers the declaration has modules.
	return s.additions.Demand(ctx, organisation.Subject{
		NamespaceLabels: in.NamespaceLabels, Codes: codes,
		NewModuleInput: func() (organisation.ModuleInput, error) { return newModuleInput(in, derivedFacts, required) },
	})
}

// newModuleInput returns what the organisation's modules read of a declaration: its namespace, name and spec, the day of the decision, its
// facts and, by dimension, the required values.
func newModuleInput(in facts.DeclarationInput, derivedFacts opa.Value, required *requirement) (organisation.ModuleInput, error) {
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
	err = opa.DecodeJSON(&input.Facts, opa.NewTerm(derivedFacts))
	return input, err
}
