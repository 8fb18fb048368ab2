package evaluation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// cachedRequirements bounds the cache of merged requirements, about 100 KiB each. Chatbots of the same places and kinds share one.
const cachedRequirements = 256

// base holds the parts of a bundle and a law that decisions read. It never changes, except for its cache.
type base struct {
	law   *bundle.PreparedLaw
	codes policy.Codes
	// parents maps a code to the code above it; empty at the top.
	parents map[string]string
	// splitRules are the rules whose findings only a split resolves.
	splitRules   map[string]bool
	statements   map[string]string
	facts        opa.Query
	requirement  opa.Query
	declaration  opa.Query
	workload     opa.Query
	service      opa.Query
	connection   opa.Query
	requirements *lru.Cache[string, *requirement]
}

func newBase(ctx context.Context, b *bundle.Bundle, law *bundle.PreparedLaw) (*base, error) {
	requirements, err := lru.New[string, *requirement](cachedRequirements)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	made := &base{
		law: law, codes: b.Law.Codes(), parents: b.Law.Parents(), splitRules: b.Rules.Splits,
		statements: b.Law.Statements.Statements, requirements: requirements,
	}
	for query, ref := range map[*opa.Query]string{
		&made.facts:       "data.entrypoints.facts.document",
		&made.requirement: "data.entrypoints.requirement.document",
		&made.declaration: "data.entrypoints.declaration.verdict",
		&made.workload:    "data.entrypoints.workload.verdict",
		&made.service:     "data.entrypoints.service.verdict",
		&made.connection:  "data.entrypoints.connection.verdict",
	} {
		if *query, err = b.Policy.Prepare(ctx, law.Data, ref); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", ref, err)
		}
	}
	return made, nil
}

// WithParents returns the codes with their parents, sorted and in lower case. It leaves out codes that the legal data does not have.
func (b *base) WithParents(codes []v1alpha1.Code) []string {
	var found []string
	for _, code := range codes {
		for current := strings.ToLower(string(code)); current != ""; current = b.parents[current] {
			if _, ok := b.parents[current]; !ok {
				break
			}
			found = append(found, current)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
