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
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const (
	// evaluationTimeout is the time limit of one evaluation, in addition to the deadline of the caller. Most evaluations take
	// milliseconds.
	evaluationTimeout = 2 * time.Second
	// cachedSplits is the capacity of the cache of splits. It is small because few declarations have a conflict.
	cachedSplits = 64
)

// AwaitingOrganisation is the reason of an Undecided verdict about a declaration before the organisation has been read.
const AwaitingOrganisation = "the organisation's profiles and policies have not been read yet"

// Snapshot decides with one bundle and one organisation. It never changes, except for its caches, and is safe for concurrent use.
type Snapshot struct {
	*base
	additions *organisation.Additions
	revision  string
	// isAwaiting is true before the organisation has been read. Until then, the outcome for every declaration is Undecided.
	isAwaiting bool
	// splitCache maps the hash of an input (hashDeclarationInput) to the parts of the split. The list of parts is empty if the search found no
	// split.
	splitCache *lru.Cache[[sha256.Size]byte, []*v1alpha1.ChatbotDeployment]
}

// NewSnapshot returns a snapshot that decides with the bundle and an organisation resolved for this bundle. If the last snapshot has the
// same prepared law (org.Law), which is made from the bundle and the organisation's profiles, the bundle is the same too. The new snapshot
// then shares its queries and its cache of requirements. The last snapshot may be nil.
func NewSnapshot(ctx context.Context, b *bundle.Bundle, org *organisation.Resolution, last *Snapshot) (*Snapshot, error) {
	splitCache, err := lru.New[[sha256.Size]byte, []*v1alpha1.ChatbotDeployment](cachedSplits)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	s := &Snapshot{additions: org.Additions, revision: org.Revision, splitCache: splitCache}
	if last != nil && last.law == org.Law {
		s.base = last.base
		return s, nil
	}
	s.base, err = newBase(ctx, b, org.Law)
	return s, err
}

// AwaitOrganisation returns a copy of the snapshot that awaits an organisation: the outcome for every declaration is Undecided.
func (s *Snapshot) AwaitOrganisation() *Snapshot {
	awaiting := *s
	awaiting.isAwaiting = true
	return &awaiting
}

// IsAwaitingOrganisation reports whether AwaitOrganisation made the snapshot.
func (s *Snapshot) IsAwaitingOrganisation() bool { return s.isAwaiting }

// Additions returns what the organisation adds to the law.
func (s *Snapshot) Additions() *organisation.Additions { return s.additions }

// Basis identifies what of the policy the decision about a declaration can depend on. It is equal in snapshots that decide the same.
func (s *Snapshot) Basis(in facts.DeclarationInput) string {
	if s.isAwaiting {
		return AwaitingOrganisation
	}
	return s.additions.Basis(in.NamespaceLabels, len(in.Exceptions) > 0)
}

// Revision returns the hash that identifies the bundle and the organisation.
func (s *Snapshot) Revision() string { return s.revision }

// Codes returns the jurisdictions and sectors of the legal data, sorted.
func (s *Snapshot) Codes() policy.Codes {
	return policy.Codes{Jurisdictions: slices.Clone(s.codes.Jurisdictions), Sectors: slices.Clone(s.codes.Sectors)}
}

// Statements returns the built-in disclosure statements by language (BCP 47).
func (s *Snapshot) Statements() map[string]string { return maps.Clone(s.statements) }

// encodeAndEvaluate is evaluateVerdict for an input that is a Go value. It encodes the input by its JSON tags.
func (s *Snapshot) encodeAndEvaluate(ctx context.Context, query opa.Query, input any, asOf string) (policy.Verdict, error) {
	term, err := opa.Encode(input)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("encode input: %w", err)
	}
	return s.evaluateVerdict(ctx, query, term.Value, asOf)
}

// evaluateVerdict evaluates an entrypoint that returns a verdict, and decodes the verdict. It adds the revision and the day of the
// decision, which the rules do not return.
func (s *Snapshot) evaluateVerdict(ctx context.Context, query opa.Query, input opa.Value, asOf string) (policy.Verdict, error) {
	result, err := query.Evaluate(ctx, input, evaluationTimeout)
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
