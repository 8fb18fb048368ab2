package specification_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// isOwn tells whether the point is a value of an organization.
func (p *point) isOwn() bool { return p.Confidence == "organisation" }

// withoutReplaced returns the points without the points of law that values of an organization replace: those of the same code and dimension.
func withoutReplaced(all []applied) []applied {
	return slices.DeleteFunc(slices.Clone(all), func(p applied) bool {
		return !p.isOwn() && slices.ContainsFunc(all, func(other applied) bool {
			return other.Replaces && other.code == p.code && other.Dimension == p.Dimension
		})
	})
}

// loosened returns the dimensions of which values of an organization that replace points make the requirement another one, sorted.
func (c *chatbot) loosened() []string {
	var names []string
	own := c.requirements(c.listPoints())
	for name, of := range c.requirements(c.listApplying()) {
		if canonical(of.Value) != canonical(own[name].Value) {
			names = append(names, name)
		}
	}
	return unique(names)
}

// listLoosened returns the dimensions that, as a verdict says, the organization loosens.
func listLoosened(verdict policy.Verdict) []string {
	var names []string
	for i := range verdict.Findings {
		if f := &verdict.Findings[i]; f.Rule == "profile.loosens" {
			names = append(names, f.Dimension)
		}
	}
	return unique(names)
}

// withProfiles returns the law with the values of an organization as points of their codes.
func (l *law) withProfiles(t *testing.T, profiles []v1alpha1.JurisdictionProfile) *law {
	t.Helper()
	changed := *l
	changed.documents = maps.Clone(l.documents)
	for i := range profiles {
		code := strings.ToLower(string(profiles[i].Spec.Code))
		d := *l.documents[code]
		d.Points = slices.Clone(d.Points)
		for _, value := range profiles[i].Spec.Values {
			d.Points = append(d.Points, newOwnPoint(t, &d, profiles[i].Name, value))
		}
		changed.documents[code] = &d
	}
	return &changed
}

func newOwnPoint(t *testing.T, d *document, profile string, v v1alpha1.ProfileValue) *point {
	t.Helper()
	p := &point{
		Dimension: string(v.Dimension), Article: v.Reference, From: string(v.From), Until: string(v.Until), Replaces: v.Replaces, Confidence: "organisation",
		code: d.Code, isSector: d.Kind == "sector", act: act{Title: fmt.Sprintf("JurisdictionProfile %q", profile)},
	}
	err := json.Unmarshal(v.Value.Raw, &p.Value)
	if err == nil && v.When != nil {
		err = json.Unmarshal(v.When.Raw, &p.When)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// adopt makes the engine decide under the profiles, all of which it must be able to use.
func adopt(t *testing.T, decider *engine.Engine, profiles []v1alpha1.JurisdictionProfile) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		faults, err := decider.Adopt(t.Context(), policy.Organisation{Profiles: profiles})
		switch {
		case err == nil && len(faults) == 0:
			return
		case len(faults) > 0 || attempt == attempts:
			t.Fatalf("the profiles cannot be used: %v %v", err, faults)
		}
	}
}

// profiles returns profiles of one to three codes, which may loosen the law.
func (g *generator) profiles(t *testing.T) []v1alpha1.JurisdictionProfile {
	t.Helper()
	var profiles []v1alpha1.JurisdictionProfile
	for _, code := range g.codes(slices.Concat(g.jurisdictions, g.sectors), 3) {
		profile := v1alpha1.JurisdictionProfile{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("house-%d", len(profiles))},
			Spec:       v1alpha1.JurisdictionProfileSpec{Code: code, Loosens: true, Reason: "Counsel has confirmed it."},
		}
		for i := range 4 + g.IntN(8) {
			profile.Spec.Values = append(profile.Spec.Values, g.profileValue(t, g.law.documents[strings.ToLower(string(code))], i))
		}
		profiles = append(profiles, profile)
	}
	return profiles
}

// profileValue returns a value, mostly of a dimension that the law of the document sets.
func (g *generator) profileValue(t *testing.T, d *document, number int) v1alpha1.ProfileValue {
	t.Helper()
	dimension := pick(g, slices.Sorted(maps.Keys(g.values)))
	if len(d.Points) > 0 && g.chance(80) {
		dimension = pick(g, d.Points).Dimension
	}
	value := v1alpha1.ProfileValue{
		Dimension: v1alpha1.DimensionName(dimension), Value: runtime.RawExtension{Raw: encode(t, pick(g, g.values[dimension]))},
		Replaces: g.chance(60), Reference: fmt.Sprintf("House rules %d", number),
	}
	if g.chance(30) {
		value.From = v1alpha1.Date(pick(g, g.days))
	}
	if g.chance(20) {
		value.Until = v1alpha1.Date(dayAfter(max(string(value.From), "2026-01-01"), g.IntN(900)))
	}
	if when := g.inventConditions(); len(when) > 0 && g.chance(50) {
		value.When = &runtime.RawExtension{Raw: encode(t, when)}
	}
	return value
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// narrow returns a generator of declarations that the profiles mostly govern: for the codes of the profiles, their parts, and few others.
func (g *generator) narrow(profiles []v1alpha1.JurisdictionProfile) *generator {
	narrow := *g
	narrow.jurisdictions = []string{"de", pick(g, g.jurisdictions)}
	narrow.sectors = []string{pick(g, g.sectors)}
	for code, d := range g.law.documents {
		above := g.law.withParents(code)
		if !slices.ContainsFunc(profiles, func(p v1alpha1.JurisdictionProfile) bool { return above[strings.ToLower(string(p.Spec.Code))] }) {
			continue
		}
		if d.Kind == "sector" {
			narrow.sectors = append(narrow.sectors, code)
		} else {
			narrow.jurisdictions = append(narrow.jurisdictions, code)
		}
	}
	narrow.jurisdictions, narrow.sectors = unique(narrow.jurisdictions), unique(narrow.sectors)
	return &narrow
}
