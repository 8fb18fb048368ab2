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

// cachedRequirements is the capacity of the cache of merged requirements. An entry takes about 40 KiB. All chatbots with equal facts
// (codes, purposes, …) share an entry.
const cachedRequirements = 256

// base holds what snapshots with the same prepared law share. It never changes, except for its cache.
type base struct {
	// law is the legal data of one bundle with the points of the organisation's profiles.
	law   *bundle.PreparedLaw
	codes policy.Codes
	// parents maps each code of the legal data to its parent (`de` to `eu`), and a code without a parent to "".
	parents map[string]string
	// gaps returns what the legal data lacks for jurisdictions and sectors, all with their parents.
	gaps func(jurisdictions, sectors []string) []policy.Gap
	// splitRules holds the IDs of the rules whose findings can be resolved only by splitting the declaration.
	splitRules map[string]bool
	// statements are the built-in disclosure statements by language (BCP 47).
	statements map[string]string

	// Each query evaluates one entrypoint of the bundle, with the prepared law as data.
	factsQuery       opa.Query
	requirementQuery opa.Query
	declarationQuery opa.Query
	workloadQuery    opa.Query
	serviceQuery     opa.Query
	connectionQuery  opa.Query
	networkQuery     opa.Query
	// requirementCache maps facts of declarations, as text, to what the law requires of every declaration with these facts.
	requirementCache *lru.Cache[string, *requirement]
	// requirementParts lets the documents in the cache share what is equal in them and in the law.
	requirementParts *opa.Sharer
}

// newBase prepares the queries of all entrypoints, and seals the policy of the bundle, which decisions ask for nothing else. It returns an error
// if the bundle does not define one of them.
func newBase(ctx context.Context, b *bundle.Bundle, prepared *bundle.PreparedLaw) (*base, error) {
	cache, err := lru.New[string, *requirement](cachedRequirements)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	shared := &base{
		law: prepared, gaps: b.Law.Gaps, codes: b.Law.Codes(), parents: b.Law.Parents(), splitRules: b.Rules.Splits,
		statements: b.Law.Statements.Statements, requirementCache: cache,
		requirementParts: opa.NewSharer(prepared.Parts),
	}
	for query, entrypoint := range map[*opa.Query]string{
		&shared.factsQuery:       "data.entrypoints.facts.document",
		&shared.requirementQuery: "data.entrypoints.requirement.document",
		&shared.declarationQuery: "data.entrypoints.declaration.verdict",
		&shared.workloadQuery:    "data.entrypoints.workload.verdict",
		&shared.serviceQuery:     "data.entrypoints.service.verdict",
		&shared.connectionQuery:  "data.entrypoints.connection.verdict",
		&shared.networkQuery:     "data.entrypoints.network.verdict",
	} {
		if *query, err = b.Policy.Prepare(ctx, prepared.Data, entrypoint); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", entrypoint, err)
		}
	}
	b.Policy.Seal()
	return shared, nil
}

// Gaps returns what the legal data is known to lack for the jurisdictions, with their parents, and the sectors.
func (b *base) Gaps(jurisdictions, sectors []v1alpha1.Code) []policy.Gap {
	return b.gaps(b.WithParents(jurisdictions), b.WithParents(sectors))
}

// WithParents returns the given codes and all codes above them (`de` brings `eu`), in lower case, sorted and without duplicates. It
// leaves out codes that the legal data does not have.
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
