package organisation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The kinds of the objects of an organisation, for policy.Faults.
const (
	kindProfile = "JurisdictionProfile"
	kindPolicy  = "GovernancePolicy"
)

// cachedPrograms is the capacity of the cache of compiled modules. Each entry has the text of its modules, at most 256 KiB.
const cachedPrograms = 64

// Resolver makes organisations ready for decisions. It caches compiled modules and prepared laws, which take long to make. It is safe for
// concurrent use.
type Resolver struct {
	runner   *sandbox.Runner
	programs *lru.Cache[string, *sandbox.Program]
	laws     *lawCache
	disabled disabledRules
}

// NewResolver returns a resolver that compiles and evaluates modules with the runner. Closing the resolver closes the runner.
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

// Close closes the runner.
func (r *Resolver) Close() { r.runner.Close() }

// State is an organisation together with the versions of its objects that are in force. In the zero value no object is in force.
type State struct {
	// organisation is the one given to Resolve. It has the newest version of each object, including the faulty ones.
	organisation policy.Organisation
	// profiles and policies are the versions in force, by name: the newest ones or, in place of faulty ones, the last usable ones.
	profiles map[string]v1alpha1.JurisdictionProfile
	policies map[string]v1alpha1.GovernancePolicy
	// law is the law of the bundle with the points of the profiles in force.
	law keyedLaw
}

// Organisation returns the organisation as it was given to Resolve, with its faulty objects.
func (s *State) Organisation() policy.Organisation { return s.organisation }

// Resolution is the result of Resolve: an organisation, ready for decisions with one bundle.
type Resolution struct {
	// State is the value for the parameter `last` of the next call of Resolve.
	State State
	// Additions are what decisions read of the organisation's policies.
	Additions *Additions
	// Law is the law of the bundle with the points of the profiles.
	Law *bundle.PreparedLaw
	// Revision identifies the bundle and the organisation. Without an organisation it is the revision of the bundle.
	Revision string
	// Faults are the faults of the organisation's objects.
	Faults policy.Faults
}

// Resolve makes an organisation ready for decisions. It reports a fault for an object that cannot be used, and keeps the last usable
// version of that object in force. Without such a version, decisions to which the object applies are Undecided. Resolve returns an error
// only for causes outside the organisation, such as a canceled context.
func (r *Resolver) Resolve(ctx context.Context, b *bundle.Bundle, last State, org policy.Organisation) (*Resolution, error) {
	c := &resolveCall{
		Resolver: r, bundle: b, last: last, faults: policy.Faults{}, rejections: map[string]int{},
		next: State{organisation: org}, additions: &Additions{runner: r.runner, disabled: &r.disabled},
	}
	if err := c.resolveProfiles(ctx); err != nil {
		return nil, err
	}
	if err := c.resolvePolicies(ctx); err != nil {
		return nil, err
	}
	revision, err := c.computeRevision()
	if err == nil {
		err = c.addBasis()
	}
	if err != nil {
		return nil, err
	}
	return &Resolution{State: c.next, Additions: c.additions, Law: c.next.law.prepared, Revision: revision, Faults: c.faults}, nil
}

// resolveCall holds the variables of one call of Resolver.Resolve.
type resolveCall struct {
	*Resolver
	bundle *bundle.Bundle
	// last is the state in force.
	last State
	// next, additions and faults become fields of the Resolution that Resolve returns.
	next      State
	additions *Additions
	faults    policy.Faults
	// rejections maps the name of a profile to the number of its versions that have been found unusable so far. findUsableVersion tries the
	// versions in order: first the one in the cluster, then the last usable one.
	rejections map[string]int
}

// computeRevision returns 16 hexadecimal digits of a SHA-256 over everything on which decisions depend: the bundle, the objects in force,
// the unusable objects, all faults, and the rules that are disabled so far. A rule that is disabled later changes the revision only with
// the next call of Resolve. Without an organisation, computeRevision returns the revision of the bundle.
func (c *resolveCall) computeRevision() (string, error) {
	if len(c.next.organisation.Profiles) == 0 && len(c.next.organisation.Policies) == 0 {
		return c.bundle.Revision, nil
	}
	// The spec of an unusable policy has an effect too: it selects the declarations for which the outcome is Undecided.
	unusablePolicies := map[string]v1alpha1.GovernancePolicySpec{}
	for i := range c.next.organisation.Policies {
		p := &c.next.organisation.Policies[i]
		if _, isInForce := c.next.policies[p.Name]; !isInForce {
			unusablePolicies[p.Name] = p.Spec
		}
	}
	content := []any{c.bundle.Revision, c.additions.unusableProfiles, unusablePolicies, c.faults}
	for _, name := range slices.Sorted(maps.Keys(c.next.profiles)) {
		content = append(content, name, c.next.profiles[name].Spec)
	}
	for _, name := range slices.Sorted(maps.Keys(c.next.policies)) {
		content = append(content, name, c.next.policies[name].Spec)
	}
	for i := range c.additions.policies {
		content = append(content, c.disabled.get(c.additions.policies[i].sourceKey))
	}
	return hashJSON(content...)
}
