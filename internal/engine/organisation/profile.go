package organisation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/law"
)

// profile is a JurisdictionProfile whose values are valid points of its code.
type profile struct {
	name, code, kind string
	loosens          bool
	points           []map[string]any
}

// newProfile returns the points of a profile. The error lists every invalid value with the values that are allowed.
func newProfile(p *v1alpha1.JurisdictionProfile, data *law.Data) (profile, error) {
	made := profile{name: p.Name, code: strings.ToLower(string(p.Spec.Code)), loosens: p.Spec.Loosens}
	switch codes := data.Codes(); {
	case data.Jurisdictions[made.code].Code != "":
		made.kind = "jurisdictions"
	case data.Sectors[made.code].Code != "":
		made.kind = "sectors"
	default:
		return profile{}, fmt.Errorf("spec.code is %q, which is not a code of the legal data: use one of %s, %s",
			p.Spec.Code, strings.Join(codes.Jurisdictions, ", "), strings.Join(codes.Sectors, ", "))
	}
	var problems []error
	for i := range p.Spec.Values {
		point, err := data.NewPoint(&p.Spec.Values[i], fmt.Sprintf("spec.values[%d]", i))
		problems = append(problems, err)
		made.points = append(made.points, point)
	}
	return made, errors.Join(problems...)
}

// addPoints returns the legal data with the points of the profiles. The documents given are not changed.
func addPoints(documents map[string]any, profiles []profile) map[string]any {
	all := maps.Clone(documents)
	for _, p := range profiles {
		ofKind := maps.Clone(all[p.kind].(map[string]any))
		document := maps.Clone(ofKind[p.code].(map[string]any))
		acts := maps.Clone(document["acts"].(map[string]any))
		key := "organisation:" + p.name
		acts[key] = map[string]any{"title": fmt.Sprintf("JurisdictionProfile %q", p.name), "url": "", "status": "in-force"}
		points := append([]any{}, document["points"].([]any)...)
		for _, point := range p.points {
			point = maps.Clone(point)
			point["act"] = key
			points = append(points, point)
		}
		document["acts"], document["points"] = acts, points
		ofKind[p.code], all[p.kind] = document, ofKind
	}
	return all
}

// isLoosening reports whether one of the points that loosen, given by their ids (`code/index`), belongs to the profile. The built-in law
// has no such points.
func (p profile) isLoosening(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(id, p.code+"/") })
}

// resolveProfiles finds the profiles that can be used. Only the law prepared with them shows which of them loosen. When one loosens
// without permission, resolveProfiles rejects that version and starts over.
func (s *resolution) resolveProfiles(ctx context.Context) error {
	for {
		profiles := s.findUsableProfiles()
		if err := s.prepareLaw(ctx, profiles); err != nil {
			return fmt.Errorf("prepare legal data: %w", err)
		}
		found := false
		for _, p := range profiles {
			if !p.loosens && p.isLoosening(s.next.law.law.Loosening) {
				s.faults.Add(kindProfile, p.name, "it asks for less than the legal data, whose values it replaces: tighten it, "+
					"or set spec.loosens to true and say why in spec.reason")
				s.rejections[p.name]++
				found = true
			}
		}
		if !found {
			return nil
		}
	}
}

// prepareLaw prepares the law with the points of the profiles. It reuses the law in force when that has the same bundle and profiles.
func (s *resolution) prepareLaw(ctx context.Context, profiles []profile) error {
	key, err := lawKey(s.bundle, s.next.profiles)
	if err != nil {
		return err
	}
	if s.last.law.key == key {
		s.next.law = s.last.law
		return nil
	}
	prepared, err := s.laws.get(ctx, key, s.bundle, profiles)
	s.next.law = preparedLaw{key: key, law: prepared}
	return err
}

// findUsableProfiles returns the profiles without a fault, at most one for each code, the oldest first. A faulty profile is replaced by
// its last usable version.
func (s *resolution) findUsableProfiles() []profile {
	s.next.profiles = map[string]v1alpha1.JurisdictionProfile{}
	s.additions.unusable = map[string]string{}
	all := slices.Clone(s.next.desired.Profiles)
	slices.SortStableFunc(all, func(a, b v1alpha1.JurisdictionProfile) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	var usable []profile
	for i := range all {
		name := all[i].Name
		versions := []v1alpha1.JurisdictionProfile{all[i]}
		if last, ok := s.last.profiles[name]; ok {
			versions = append(versions, last)
		}
		version, err := s.findUsableVersion(name, versions, usable)
		if err != nil {
			s.additions.unusable[strings.ToLower(string(all[i].Spec.Code))] = fmt.Sprintf("JurisdictionProfile %q cannot be used: %v", name, err)
			continue
		}
		usable = append(usable, version)
	}
	return usable
}

// findUsableVersion returns the first version that is not rejected and has no fault, and rejects those before it. It reports the faults
// of the first version only: the one in the cluster.
func (s *resolution) findUsableVersion(name string, versions []v1alpha1.JurisdictionProfile, others []profile) (profile, error) {
	for ; s.rejections[name] < len(versions); s.rejections[name]++ {
		version := &versions[s.rejections[name]]
		usable, err := newProfile(version, &s.bundle.Law)
		if err == nil {
			err = checkCodeIsFree(usable, others)
		}
		if err == nil {
			s.next.profiles[name] = *version
			return usable, nil
		}
		if s.rejections[name] == 0 {
			s.faults.Add(kindProfile, name, err.Error())
		}
	}
	return profile{}, errors.New(s.faults.Of(kindProfile, name))
}

func checkCodeIsFree(p profile, others []profile) error {
	for _, other := range others {
		if other.code == p.code {
			return fmt.Errorf("spec.code is %q, which JurisdictionProfile %q is about already: each code has one profile, so put the values there",
				p.code, other.name)
		}
	}
	return nil
}
