package organisation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The kinds of an organisation's objects, as faults name them.
const (
	kindProfile = "JurisdictionProfile"
	kindPolicy  = "GovernancePolicy"
)

// cachedPrograms bounds the compiled modules that a Resolver keeps, each with its text of at most 256 KiB.
const cachedPrograms = 64

// Resolver makes organisations ready for decisions. It caches what is costly: compiled modules and prepared laws.
// It is safe for concurrent use.
type Resolver struct {
	runner   *sandbox.Runner
	programs *lru.Cache[string, *sandbox.Program]
	laws     *lawCache
	disabled disabledRules
}

// NewResolver returns a resolver that runs modules in the runner. Close closes the runner too.
func NewResolver(runner *sandbox.Runner) (*Resolver, error) {
	programs, err := lru.New[string, *sandbox.Program](cachedPrograms)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	laws, err := newLawCache()
	if err != nil {
		return nil, err
	}
	return &Resolver{runner: runner, programs: programs, laws: laws}, nil
}

// Close closes the runner of modules.
func (r *Resolver) Close() { r.runner.Close() }

// State is an organisation and the last usable version of each of its objects. The zero value is no organisation.
type State struct {
	desired  policy.Organisation
	profiles map[string]v1alpha1.JurisdictionProfile
	policies map[string]v1alpha1.GovernancePolicy
	law      preparedLaw
}

// Desired returns the organisation as it was given.
func (s *State) Desired() policy.Organisation { return s.desired }

// WithDesired returns the state with another organisation, which must resolve to the same State.
func (s *State) WithDesired(org policy.Organisation) State {
	next := *s
	next.desired = org
	return next
}

// Resolution is an organisation resolved with a bundle.
type Resolution struct {
	State State
	// Additions are what decisions read.
	Additions *Additions
	// Law is the law with the points of the profiles.
	Law *bundle.PreparedLaw
	// Revision identifies the bundle and the organisation. Without an organisation it is that of the bundle.
	Revision string
	// Faults are the faults of the organisation's objects.
	Faults policy.Faults
}

// Resolve makes an organisation ready for decisions. It reports a fault for an object that cannot be used, and keeps the last usable
// version of that object in force. Without such a version, decisions to which the object applies are Undecided. Resolve returns an error
// only for causes outside the organisation, such as a canceled context.
func (r *Resolver) Resolve(ctx context.Context, b *bundle.Bundle, last State, desired policy.Organisation) (*Resolution, error) {
	s := &resolution{
		Resolver: r, bundle: b, last: last, faults: policy.Faults{}, rejections: map[string]int{},
		next: State{desired: desired}, additions: &Additions{runner: r.runner, disabled: &r.disabled},
	}
	if err := s.resolveProfiles(ctx); err != nil {
		return nil, err
	}
	if err := s.resolvePolicies(ctx); err != nil {
		return nil, err
	}
	revision, err := s.computeRevision()
	if err != nil {
		return nil, err
	}
	return &Resolution{State: s.next, Additions: s.additions, Law: s.next.law.law, Revision: revision, Faults: s.faults}, nil
}

// resolution is the state of one call of Resolve.
type resolution struct {
	*Resolver
	bundle    *bundle.Bundle
	last      State
	next      State
	additions *Additions
	faults    policy.Faults
	// rejections maps the name of a profile to the number of its versions (the current one, then the last usable one) that cannot be used.
	rejections map[string]int
}

// computeRevision hashes everything on which decisions depend.
func (s *resolution) computeRevision() (string, error) {
	if len(s.next.desired.Profiles) == 0 && len(s.next.desired.Policies) == 0 {
		return s.bundle.Revision, nil
	}
	content := []any{s.bundle.Revision, s.additions.unusable, s.faults}
	for _, name := range slices.Sorted(maps.Keys(s.next.profiles)) {
		content = append(content, name, s.next.profiles[name].Spec)
	}
	for _, name := range slices.Sorted(maps.Keys(s.next.policies)) {
		content = append(content, name, s.next.policies[name].Spec)
	}
	for i := range s.additions.policies {
		content = append(content, s.disabled.get(s.additions.policies[i].content))
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])[:16], nil
}
