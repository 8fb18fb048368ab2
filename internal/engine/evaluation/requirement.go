package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// requirement is the merged law for equal facts: as the declaration's rules read it, and as the verdict shows it.
type requirement struct {
	document     opa.Value
	requirements []policy.Requirement
	obligations  obligation.Set
	// upcoming are the changes of the law ahead.
	upcoming []policy.Change
}

// findRequirement returns the merged law for the facts, from the cache when equal facts were merged before.
func (s *Snapshot) findRequirement(ctx context.Context, derived opa.Value) (*requirement, error) {
	key := derived.String()
	if cached, ok := s.requirements.Get(key); ok {
		return cached, nil
	}
	required, err := s.evaluateRequirement(ctx, derived)
	if err != nil {
		return nil, err
	}
	s.requirements.Add(key, required)
	return required, nil
}

func (s *Snapshot) evaluateRequirement(ctx context.Context, derived opa.Value) (*requirement, error) {
	document, err := s.requirement.Evaluate(ctx, derived, timeout)
	if err != nil {
		return nil, err
	}
	required, err := decodeRequirement(document)
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return required, nil
}
