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

// profile is a JurisdictionProfile whose values are valid points for its code.
type profile struct {
	name, code string
	// folder is the member of the legal data in which the code is: "jurisdictions" or "sectors".
	folder string
	// mayLoosen is true if the profile may require less than the points that it replaces (spec.loosens).
	mayLoosen bool
	// points are legal points as decoded YAML, without the member "act", which addPoints adds.
	points []map[string]any
}

// newProfile checks a JurisdictionProfile and converts its values to legal points. The error lists every invalid value with the values that
// are allowed.
func newProfile(p *v1alpha1.JurisdictionProfile, data *law.Data) (profile, error) {
	made := profile{name: p.Name, code: strings.ToLower(string(p.Spec.Code)), mayLoosen: p.Spec.Loosens}
	codes := data.Codes()
	switch {
	case slices.Contains(codes.Jurisdictions, made.code):
		made.folder = "jurisdictions"
	case slices.Contains(codes.Sectors, made.code):
		made.folder = "sectors"
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

// addPoints adds the points of the profiles to the legal data. The act of these points is the profile.
func addPoints(documents map[string]any, profiles []profile) {
	for _, p := range profiles {
		document := documents[p.folder].(map[string]any)[p.code].(map[string]any)
		act := "organisation:" + p.name
		document["acts"].(map[string]any)[act] = map[string]any{"title": fmt.Sprintf("JurisdictionProfile %q", p.name), "url": "", "status": "in-force"}
		points := document["points"].([]any)
		for _, point := range p.points {
			point = maps.Clone(point)
			point["act"] = act
			points = append(points, point)
		}
		document["points"] = points
	}
}

// loosensLaw reports whether the profile requires less than the points that it replaces. looseningIDs are the IDs (`code/index`) of all
// points that require less than the points that they replace. Such a point belongs to a profile, because only points of profiles replace
// others. Each code has at most one profile, so such a point with the code of this profile belongs to this profile.
func (p profile) loosensLaw(looseningIDs []string) bool {
	return slices.ContainsFunc(looseningIDs, func(id string) bool { return strings.HasPrefix(id, p.code+"/") })
}

// resolveProfiles finds the usable profiles and prepares the law with their points. Only the prepared law shows which profiles loosen the
// law. If a version of a profile does so without permission, resolveProfiles rejects this version and starts over. Each profile has at most
// two versions, so the loop ends.
func (c *resolveCall) resolveProfiles(ctx context.Context) error {
	for {
		profiles := c.findUsableProfiles()
		if err := c.prepareLaw(ctx, profiles); err != nil {
			return fmt.Errorf("prepare legal data: %w", err)
		}
		if !c.rejectLoosening(profiles) {
			return nil
		}
	}
}

// rejectLoosening rejects each given version of a profile that loosens the law without permission, so that findUsableVersion takes the next
// version of that profile. It reports whether it rejected any version.
func (c *resolveCall) rejectLoosening(profiles []profile) bool {
	hasRejected := false
	for _, p := range profiles {
		if !p.mayLoosen && p.loosensLaw(c.next.law.prepared.Loosening) {
			c.faults.Add(kindProfile, p.name, "it asks for less than the legal data, whose values it replaces: tighten it, "+
				"or set spec.loosens to true and say why in spec.reason")
			c.rejections[p.name]++
			hasRejected = true
		}
	}
	return hasRejected
}

// prepareLaw prepares the law with the points of the profiles. It reuses the law in force if the bundle and the profiles are the same.
func (c *resolveCall) prepareLaw(ctx context.Context, profiles []profile) error {
	// c.next.profiles has the versions from which the given profiles were made, so the key identifies the law with these profiles.
	key, err := computeLawKey(c.bundle, c.next.profiles)
	if err != nil {
		return err
	}
	if c.last.law.key == key {
		c.next.law = c.last.law
		return nil
	}
	prepared, err := c.laws.get(ctx, key, c.bundle, profiles)
	c.next.law = keyedLaw{key: key, prepared: prepared}
	return err
}

// findUsableProfiles returns the usable profiles, at most one for each code, the oldest first. In place of a faulty version of a profile it
// returns the last usable version. Without a usable version, it records the code of the profile in unusableProfiles.
func (c *resolveCall) findUsableProfiles() []profile {
	c.next.profiles = map[string]v1alpha1.JurisdictionProfile{}
	c.additions.unusableProfiles = map[string]string{}
	all := slices.Clone(c.next.organisation.Profiles)
	slices.SortStableFunc(all, func(a, b v1alpha1.JurisdictionProfile) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	// An older profile comes first, so it keeps its code if a newer one has the same code.
	var usable []profile
	for i := range all {
		name, code := all[i].Name, strings.ToLower(string(all[i].Spec.Code))
		versions := []v1alpha1.JurisdictionProfile{all[i]}
		if last, ok := c.last.profiles[name]; ok {
			versions = append(versions, last)
		}
		version, err := c.findUsableVersion(name, versions, usable)
		if err != nil {
			c.additions.unusableProfiles[code] = fmt.Sprintf("JurisdictionProfile %q cannot be used: %v", name, err)
			continue
		}
		usable = append(usable, version)
	}
	return usable
}

// findUsableVersion returns the first version of a profile that can be used together with the other usable profiles. It counts the versions
// before that one as rejected, and skips versions that were rejected earlier. If no version is left, the error has the faults that have
// been reported about the profile.
func (c *resolveCall) findUsableVersion(name string, versions []v1alpha1.JurisdictionProfile, others []profile) (profile, error) {
	// The number of rejected versions is the index of the first version that has not been rejected.
	for i := c.rejections[name]; i < len(versions); i++ {
		usable, err := c.makeProfile(&versions[i], others)
		if err == nil {
			c.next.profiles[name] = versions[i]
			return usable, nil
		}
		c.rejections[name]++
		// People see and can mend only the version in the cluster, which is the first, so only its fault is reported here.
		if i == 0 {
			c.faults.Add(kindProfile, name, err.Error())
		}
	}
	return profile{}, errors.New(c.faults.Find(kindProfile, name))
}

// makeProfile converts a version of a profile. It returns an error if the version is faulty, and also if one of the other usable profiles
// has the same code.
func (c *resolveCall) makeProfile(version *v1alpha1.JurisdictionProfile, others []profile) (profile, error) {
	made, err := newProfile(version, &c.bundle.Law)
	if err != nil {
		return profile{}, err
	}
	return made, checkCodeIsFree(made, others)
}

// checkCodeIsFree returns an error if one of the other usable profiles has the code of the profile p.
func checkCodeIsFree(p profile, others []profile) error {
	for _, other := range others {
		if other.code == p.code {
			return fmt.Errorf("spec.code is %q, which JurisdictionProfile %q already covers: each code has one profile, so put the values there",
				p.code, other.name)
		}
	}
	return nil
}
