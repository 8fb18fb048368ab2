package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// requirement is what the law requires of declarations with certain facts. All of these declarations share it, so it must not be changed.
type requirement struct {
	// document is the result of the entrypoint `requirement`, which the rules about declarations read.
	document opa.Value
	// requirements, obligations and upcoming are decoded from document for the verdict.
	requirements []policy.Requirement
	obligations  *obligation.Set
	// upcoming are the future changes of the law.
	upcoming []policy.Change
}

// findRequirement returns what the law requires of declarations with these facts: from the cache, or evaluated and added to the cache. The
// facts include the day of the decision, so an entry of the cache is never used on another day.
func (s *Snapshot) findRequirement(ctx context.Context, derivedFacts opa.Value) (*requirement, error) {
	key := derivedFacts.String()
	if cached, ok := s.requirementCache.Get(key); ok {
		return cached, nil
	}
	required, err := s.evaluateRequirement(ctx, derivedFacts)
	if err != nil {
		return nil, err
	}
	s.requirementCache.Add(key, required)
	return required, nil
}

// evaluateRequirement evaluates what the law requires of declarations with these facts. It does not use the cache.
func (s *Snapshot) evaluateRequirement(ctx context.Context, derivedFacts opa.Value) (*requirement, error) {
	document, err := s.requirementQuery.Evaluate(ctx, derivedFacts, evaluationTimeout)
	if err != nil {
		return nil, err
	}
	required, err := decodeRequirement(s.requirementParts.Share(document))
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return required, nil
}
