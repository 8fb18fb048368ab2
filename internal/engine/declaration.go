package engine

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// requirement is the merged law for equal facts: as the declaration's rules read it, and as the verdict shows it.
type requirement struct {
	document     ast.Value
	requirements []policy.Requirement
	obligations  obligation.Set
	// upcoming are the changes of the law ahead.
	upcoming []policy.Change
}

func (s *snapshot) judgeDeclaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	verdict, err := s.decideDeclaration(ctx, in)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate declaration: %v", err))
	}
	return verdict
}

func (s *snapshot) decideDeclaration(ctx context.Context, in facts.DeclarationInput) (policy.Verdict, error) {
	if in.Declaration == nil {
		return policy.Verdict{}, fmt.Errorf("no declaration given")
	}
	if _, err := time.Parse(policy.DateFormat, in.AsOf); err != nil {
		return policy.Verdict{}, fmt.Errorf("asOf %q is not an ISO date", in.AsOf)
	}
	spec, err := json.Marshal(&in.Declaration.Spec)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode spec: %w", err)
	}
	// The key is the content and not (UID, generation): admission judges specs that never get stored, so that one generation
	// can stand for two of them.
	environment, err := json.Marshal([]any{in.AsOf, in.Declaration.Namespace, in.Declaration.Name, in.NamespaceLabels, in.Exceptions})
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode environment: %w", err)
	}
	key := sha256.Sum256(append(spec, environment...))
	if cached, ok := s.verdicts.Get(key); ok {
		return cached, nil
	}
	verdict, err := s.evaluateDeclaration(ctx, spec, in)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict.HasConflict = s.conflicts(verdict)
	parts, err := s.split(ctx, in, verdict)
	if ctx.Err() != nil {
		// The decision stands without the proposal that there was no time for.
		return verdict, nil
	}
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict = s.withSplit(verdict, parts)
	if verdict.Outcome != policy.OutcomeUndecided {
		s.verdicts.Add(key, verdict)
	}
	return verdict, nil
}

func (s *snapshot) evaluateDeclaration(ctx context.Context, spec []byte, in facts.DeclarationInput) (policy.Verdict, error) {
	specTerm, err := plain(reflect.ValueOf(&in.Declaration.Spec))
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("read spec: %w", err)
	}
	day := ast.StringTerm(in.AsOf)
	derived, err := s.facts.evaluate(ctx, ast.NewObject(
		ast.Item(ast.StringTerm("spec"), specTerm),
		ast.Item(ast.StringTerm("asOf"), day),
	))
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("facts: %w", err)
	}
	required, err := s.requirementFor(ctx, derived)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("requirement: %w", err)
	}
	asked, err := s.ask(ctx, in, spec, derived, required)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("organisation: %w", err)
	}
	input := object{
		ast.Item(ast.InternedTerm("spec"), specTerm),
		ast.Item(ast.InternedTerm("asOf"), day),
		ast.Item(ast.InternedTerm("facts"), ast.NewTerm(derived)),
		ast.Item(ast.InternedTerm("requirement"), ast.NewTerm(required.document)),
	}
	if term := asked.term(in.Exceptions, s.organisation.rules); term != nil {
		input.add("organisation", term)
	}
	addTextFacts(&input, facts.NewTexts(&in.Declaration.Spec))
	result, err := s.declaration.evaluate(ctx, input.term().Value)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict, err := decodeVerdict(result)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("decode verdict: %w", err)
	}
	verdict.Revision, verdict.AsOf = s.revision, in.AsOf
	verdict.Requirements = required.requirements
	stated := verdict.Obligations
	verdict.Obligations = required.obligations
	if err := verdict.Obligations.AddAll(stated); err != nil {
		return policy.Verdict{}, fmt.Errorf("obligations of the requirement and of the declaration: %w", err)
	}
	verdict.Upcoming = sortedChanges(required.upcoming, verdict.Upcoming)
	verdict.Terms.Floor, verdict.Terms.Actions = asked.Floor, asked.Actions
	if len(asked.obstacles) > 0 {
		verdict.Outcome, verdict.Reason = policy.OutcomeUndecided, strings.Join(asked.obstacles, "; ")
	}
	return verdict, nil
}

// requirementFor returns the merged law for the facts, from the cache when equal facts were seen before.
func (s *snapshot) requirementFor(ctx context.Context, facts ast.Value) (*requirement, error) {
	key := facts.String()
	if cached, ok := s.requirements.Get(key); ok {
		return cached, nil
	}
	required, err := s.evaluateRequirement(ctx, facts)
	if err != nil {
		return nil, err
	}
	s.requirements.Add(key, required)
	return required, nil
}

func (s *snapshot) evaluateRequirement(ctx context.Context, facts ast.Value) (*requirement, error) {
	document, err := s.requirement.evaluate(ctx, facts)
	if err != nil {
		return nil, err
	}
	required, err := decodeRequirement(document)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return required, nil
}
