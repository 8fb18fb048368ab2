package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// organisation is what was adopted of an organisation, ready for decisions.
type organisation struct {
	policies []governance
	// unusable says, by code, which profile of it cannot be used and why: no decision is reached about its declarations.
	unusable map[string]string
	// rules are the ids of all rules, the organisation's among them, and whether exceptions may waive each.
	rules map[string]bool
	// awaited: none was adopted yet, and decisions wait for it.
	awaited bool
}

// notAdopted is why nothing is decided while an organisation is awaited.
const notAdopted = "the organisation's profiles and policies were not read yet"

// adopted is an organisation and the last version of each of its objects that could be used.
type adopted struct {
	wanted   policy.Organisation
	profiles map[string]v1alpha1.JurisdictionProfile
	policies map[string]v1alpha1.GovernancePolicy
	base     *base
	// of is the bundle and the profiles that base was made from.
	of string
}

// settled is what an organisation comes to with a bundle.
type settled struct {
	adopted
	organisation organisation
	revision     string
	faults       policy.Faults
	// given are, by name, how many versions of a profile turned out not to be usable.
	given map[string]int
}

// Adopt takes the organisation into all decisions from now on. An object that cannot be used is a fault; its last usable version
// stays in force, and where there is none, no decision is reached about the declarations that it covers. The error is not the
// organisation's: nothing has changed then.
func (e *Engine) Adopt(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settle(ctx, e.loaded, org)
}

// Check returns the faults that the organisation would have, and adopts nothing.
func (e *Engine) Check(ctx context.Context, org policy.Organisation) (policy.Faults, error) {
	e.mu.Lock()
	l, before := e.loaded, e.adopted
	e.mu.Unlock()
	s, err := e.settled(ctx, l, before, org)
	if err != nil {
		return nil, err
	}
	return s.faults, nil
}

func (e *Engine) settle(ctx context.Context, l *loaded, org policy.Organisation) (policy.Faults, error) {
	next, err := e.settled(ctx, l, e.adopted, org)
	if err != nil {
		return nil, err
	}
	if last := e.current.Load(); last != nil && last.revision == next.revision && !last.organisation.awaited {
		e.adopted.wanted = org
		return next.faults, nil
	}
	current, err := newSnapshot(next.base, next.organisation, next.revision)
	if err != nil {
		return nil, err
	}
	current.runner, current.disabled = e.programs.runner, &e.disabled
	e.loaded, e.adopted = l, next.adopted
	e.current.Store(current)
	return next.faults, nil
}

func (e *Engine) settled(ctx context.Context, l *loaded, before adopted, org policy.Organisation) (*settled, error) {
	s := &settled{faults: policy.Faults{}, organisation: organisation{unusable: map[string]string{}}, given: map[string]int{}}
	s.wanted = org
	if err := s.settleProfiles(ctx, l, before); err != nil {
		return nil, err
	}
	if err := s.settlePolicies(ctx, l, before, e.programs); err != nil {
		return nil, err
	}
	return s, s.identify(l, &e.disabled)
}

// settleProfiles finds the profiles that can be used. Which of them loosen shows only in the law that they make, so it begins again
// when one does that must not.
func (s *settled) settleProfiles(ctx context.Context, l *loaded, before adopted) error {
	for {
		profiles := s.usableProfiles(l, before)
		if err := s.derive(ctx, l, profiles, before); err != nil {
			return err
		}
		found := false
		for _, p := range profiles {
			if !p.loosens && p.loosensBy(s.base.loosening) {
				s.faults.Add(kindProfile, p.name, "it asks for less than the legal data, whose values it replaces: tighten it, "+
					"or set spec.loosens to true and say why in spec.reason")
				s.given[p.name]++
				found = true
			}
		}
		if !found {
			return nil
		}
	}
}

// derive makes the base of the profiles, unless the one before was made of the same.
func (s *settled) derive(ctx context.Context, l *loaded, profiles []profile, before adopted) (err error) {
	// Specs alone: what else changes about a profile, its status above all, changes no law.
	specs := map[string]v1alpha1.JurisdictionProfileSpec{}
	for name, p := range s.profiles {
		specs[name] = p.Spec
	}
	content, err := json.Marshal(specs)
	if err != nil {
		return err
	}
	s.of = l.revision + string(content)
	if s.of == before.of {
		s.base = before.base
		return nil
	}
	s.base, err = newBase(ctx, l, profiles)
	return err
}

// usableProfiles are those without a fault, one for each code, the older first; in the place of the others their last usable
// version.
func (s *settled) usableProfiles(l *loaded, before adopted) []profile {
	s.profiles = map[string]v1alpha1.JurisdictionProfile{}
	s.organisation.unusable = map[string]string{}
	all := slices.Clone(s.wanted.Profiles)
	slices.SortStableFunc(all, func(a, b v1alpha1.JurisdictionProfile) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	var usable []profile
	for i := range all {
		name := all[i].Name
		versions := []v1alpha1.JurisdictionProfile{all[i]}
		if last, known := before.profiles[name]; known {
			versions = append(versions, last)
		}
		made, err := s.usableProfile(name, versions, usable, l)
		if err != nil {
			s.organisation.unusable[strings.ToLower(string(all[i].Spec.Code))] = fmt.Sprintf("JurisdictionProfile %q cannot be used: %v", name, err)
			continue
		}
		usable = append(usable, made)
	}
	return usable
}

// usableProfile is made of the first version without a fault. The faults are those of the first version.
func (s *settled) usableProfile(name string, versions []v1alpha1.JurisdictionProfile, others []profile, l *loaded) (profile, error) {
	for ; s.given[name] < len(versions); s.given[name]++ {
		version := &versions[s.given[name]]
		made, err := newProfile(version, &l.data)
		if err == nil {
			err = oneForEachCode(made, others)
		}
		if err == nil {
			s.profiles[name] = *version
			return made, nil
		}
		if s.given[name] == 0 {
			s.faults.Add(kindProfile, name, err.Error())
		}
	}
	return profile{}, errors.New(s.faults.Of(kindProfile, name))
}

func oneForEachCode(p profile, others []profile) error {
	for _, other := range others {
		if other.code == p.code {
			return fmt.Errorf("spec.code is %q, which JurisdictionProfile %q is about already: each code has one profile, so put the values there",
				p.code, other.name)
		}
	}
	return nil
}

// identify makes the revision: that of the bundle alone while there is no organisation.
func (s *settled) identify(l *loaded, disabled *disabled) error {
	s.revision = l.revision
	if len(s.wanted.Profiles) == 0 && len(s.wanted.Policies) == 0 {
		return nil
	}
	specs := []any{l.revision, s.organisation.unusable, s.faults}
	for _, name := range slices.Sorted(maps.Keys(s.profiles)) {
		specs = append(specs, name, s.profiles[name].Spec)
	}
	for _, name := range slices.Sorted(maps.Keys(s.policies)) {
		specs = append(specs, name, s.policies[name].Spec)
	}
	for i := range s.organisation.policies {
		specs = append(specs, disabled.of(s.organisation.policies[i].content))
	}
	content, err := json.Marshal(specs)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	s.revision = hex.EncodeToString(sum[:])[:16]
	return nil
}
