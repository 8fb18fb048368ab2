package evaluation

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const (
	// timeout bounds one evaluation, besides the deadline of the caller. A decision takes milliseconds.
	timeout = 2 * time.Second
	// cachedSplits bounds the splits that are kept, each a few declarations. Few declarations have a conflict.
	cachedSplits = 64
)

// AwaitingOrganisation is the reason for Undecided while an organisation is awaited.
const AwaitingOrganisation = "the organisation's profiles and policies were not read yet"

// Snapshot decides with one bundle and one organisation. It never changes, except for its caches, and is safe for concurrent use.
type Snapshot struct {
	*base
	additions *organisation.Additions
	revision  string
	// awaiting: the organisation was not read yet, so each decision about a declaration is Undecided.
	awaiting bool
	splits   *lru.Cache[[sha256.Size]byte, []*v1alpha1.ChatbotDeployment]
}

// NewSnapshot returns the snapshot of a bundle and what an organisation comes to with it. What the last snapshot, which may be nil,
// has prepared of the same law is reused.
func NewSnapshot(ctx context.Context, b *bundle.Bundle, org *organisation.Resolution, last *Snapshot) (*Snapshot, error) {
	splits, err := lru.New[[sha256.Size]byte, []*v1alpha1.ChatbotDeployment](cachedSplits)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	s := &Snapshot{additions: org.Additions, revision: org.Revision, splits: splits}
	if last != nil && last.law == org.Law {
		s.base = last.base
		return s, nil
	}
	s.base, err = newBase(ctx, b, org.Law)
	return s, err
}

// AwaitOrganisation returns the snapshot without decisions about declarations until an organisation is there.
func (s *Snapshot) AwaitOrganisation() *Snapshot {
	awaiting := *s
	awaiting.awaiting = true
	return &awaiting
}

// IsAwaitingOrganisation reports whether AwaitOrganisation made the snapshot.
func (s *Snapshot) IsAwaitingOrganisation() bool { return s.awaiting }

// Additions returns what the organisation adds.
func (s *Snapshot) Additions() *organisation.Additions { return s.additions }

// Revision identifies the bundle and the organisation.
func (s *Snapshot) Revision() string { return s.revision }

// Codes returns the jurisdictions and sectors of the legal data, sorted.
func (s *Snapshot) Codes() policy.Codes {
	return policy.Codes{Jurisdictions: slices.Clone(s.codes.Jurisdictions), Sectors: slices.Clone(s.codes.Sectors)}
}

// Statements returns the built-in disclosure statements by language (BCP 47).
func (s *Snapshot) Statements() map[string]string { return maps.Clone(s.statements) }

// encodeAndEvaluate encodes the input of an entrypoint whose result is a verdict, and evaluates it.
func (s *Snapshot) encodeAndEvaluate(ctx context.Context, query opa.Query, input any, asOf string) (policy.Verdict, error) {
	term, err := opa.Encode(input)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode input: %w", err)
	}
	return s.evaluateVerdict(ctx, query, term.Value, asOf)
}

// evaluateVerdict evaluates an entrypoint whose result is a verdict.
func (s *Snapshot) evaluateVerdict(ctx context.Context, query opa.Query, input opa.Value, asOf string) (policy.Verdict, error) {
	result, err := query.Evaluate(ctx, input, timeout)
	if err != nil {
		return policy.Verdict{}, err
	}
	verdict, err := decodeVerdict(result)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("decode verdict: %w", err)
	}
	verdict.Revision, verdict.AsOf = s.revision, asOf
	return verdict, nil
}
