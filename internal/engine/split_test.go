package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// part holds the fields of a proposed declaration that tests compare.
type part struct {
	Name, Selector         string
	Jurisdictions, Sectors []v1alpha1.Code
	Countries              []v1alpha1.PlaceCode
	Processors             []string
	// IsUndeclared is true if nothing is said about processors, not even that there are none.
	IsUndeclared bool
	// MinimumAge is that of a declaration for minors, and 0 for adults.
	MinimumAge int32
}

func listParts(v policy.Verdict) []part {
	var parts []part
	for _, d := range v.Split {
		p := part{Name: d.Name, Selector: d.Spec.Selector.MatchLabels["app"], Jurisdictions: d.Spec.Jurisdictions, Sectors: d.Spec.Sectors}
		if d.Spec.Residency != nil {
			p.Countries = d.Spec.Residency.Countries
		}
		if age := d.Spec.Audience.MinimumAge; *age < 18 {
			p.MinimumAge = *age
		}
		p.IsUndeclared = d.Spec.Processors == nil
		for _, processor := range d.Spec.Processors {
			p.Processors = append(p.Processors, processor.Name)
		}
		parts = append(parts, p)
	}
	return parts
}

func TestSplit(t *testing.T) {
	type codes = []v1alpha1.Code
	countries := func(d *v1alpha1.ChatbotDeployment, countries ...v1alpha1.PlaceCode) {
		d.Spec.Residency = &v1alpha1.Residency{Countries: countries}
		d.Spec.Processors = nil
	}
	tests := map[string]struct {
		change func(*v1alpha1.ChatbotDeployment)
		want   []part
	}{
		"no conflict: nothing is proposed": {change: func(d *v1alpha1.ChatbotDeployment) { d.Spec.Jurisdictions = codes{"eu", "us-ca"} }},
		"data that must stay in two countries: that of each place can": {
			change: func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Jurisdictions, d.Spec.Sectors = codes{"ae", "us-tx", "eu"}, codes{"health"}
				d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"health"}}
				countries(d, "AE", "US")
			},
		},
		"a processor and a country to which America lets no sensitive data go": {
			change: func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Jurisdictions = codes{"sg", "us"}
				d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"genetic"}}
				d.Spec.Accountability.PeopleServed = new(int64(1_000_000))
				d.Spec.Residency = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"SG", "CN"}}
				d.Spec.Processors = []v1alpha1.Processor{{Name: "far", Country: "CN"}}
				d.Spec.PerPlace = []v1alpha1.PlaceValues{
					{Jurisdictions: codes{"US"}, Retention: &v1alpha1.Retention{AuditDays: new(v1alpha1.Days(400))}},
				}
			},
			want: []part{
				{Name: "support-sg", Selector: "support-bot-sg", Jurisdictions: codes{"sg"}, Countries: []v1alpha1.PlaceCode{"SG", "CN"}, Processors: []string{"far"}},
				{Name: "support-us", Selector: "support-bot-us", Jurisdictions: codes{"us"}, Countries: []v1alpha1.PlaceCode{"SG"}, IsUndeclared: true},
			},
		},
		"an age that is enough for one place": {
			change: func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Jurisdictions = codes{"at", "de"}
				age := int32(14)
				d.Spec.Audience = &v1alpha1.Audience{MinimumAge: &age}
				d.Spec.Consent.LawfulBasis = []v1alpha1.LawfulBasis{"consent"}
			},
			want: []part{
				{Name: "support-at", Selector: "support-bot-at", Jurisdictions: codes{"at"}, IsUndeclared: true, MinimumAge: 14},
				{Name: "support-de", Selector: "support-bot-de", Jurisdictions: codes{"de"}, IsUndeclared: true, MinimumAge: 16},
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			d := enginetest.NewMinimal(t)
			d.Spec.Residency, d.Spec.Processors = nil, nil
			tc.change(d)
			before := d.DeepCopy()
			v := splitDeclaration(t, e, d)
			if diff := cmp.Diff(tc.want, listParts(v)); diff != "" {
				t.Errorf("parts (-want +got):\n%s\n%v %s", diff, v.Rules(), v.Reason)
			}
			if diff := cmp.Diff(before, d); diff != "" {
				t.Errorf("the declaration was changed:\n%s", diff)
			}
			for _, proposed := range v.Split {
				judged := e.Declaration(t.Context(), facts.DeclarationInput{Declaration: proposed, AsOf: enginetest.AsOf})
				if judged.HasConflict {
					t.Errorf("%s has a conflict too: %v", proposed.Name, judged.Rules())
				}
				if slices.Contains(judged.Rules(), "declaration.unknown_place") {
					t.Errorf("%s has values for places that it does not declare", proposed.Name)
				}
			}
			said := slices.ContainsFunc(v.Findings, func(f policy.Finding) bool { return strings.Contains(f.Remedy, "Without this conflict: support-") })
			if said != (len(tc.want) > 0) {
				t.Errorf("the remedy says what is proposed: %t", said)
			}
		})
	}
}

// splitDeclaration decides about a declaration and proposes a split. The decision alone must not search for one.
func splitDeclaration(t *testing.T, e *Engine, d *v1alpha1.ChatbotDeployment) policy.Verdict {
	t.Helper()
	in := facts.DeclarationInput{Declaration: d, AsOf: enginetest.AsOf}
	decided := e.Declaration(t.Context(), in)
	if len(decided.Split) > 0 {
		t.Errorf("the decision alone has %d parts", len(decided.Split))
	}
	remedies := listRemedies(decided)
	split, err := e.Split(t.Context(), in, decided)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(remedies, listRemedies(e.Declaration(t.Context(), in))); diff != "" {
		t.Errorf("the split changes the verdict (-before +after):\n%s", diff)
	}
	return split
}

func listRemedies(v policy.Verdict) []string {
	var remedies []string
	for _, f := range v.Findings {
		remedies = append(remedies, f.Remedy)
	}
	return remedies
}

// TestSplitOfAnotherPolicy checks that Split does not change a verdict of a policy that has been replaced.
func TestSplitOfAnotherPolicy(t *testing.T) {
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf}
	verdict := policy.Verdict{HasConflict: true, Revision: "another", AsOf: enginetest.AsOf}
	split, err := newEngine(t).Split(t.Context(), in, verdict)
	if diff := cmp.Diff(verdict, split); diff != "" || err != nil {
		t.Errorf("error %v, verdict (-want +got):\n%s", err, diff)
	}
}

// TestSplitCoversEverything splits a declaration for two jurisdictions and two sectors that cannot share a declaration in one of the
// jurisdictions. The parts have each jurisdiction with each sector.
func TestSplitCoversEverything(t *testing.T) {
	e := newEngineWithStorage(t, map[string]string{"first": "de", "second": "fr"}, "jurisdictions: [eu], ")
	d := enginetest.NewMinimal(t)
	d.Spec.Jurisdictions, d.Spec.Sectors = []v1alpha1.Code{"gb", "eu"}, []v1alpha1.Code{"first", "second"}
	d.Spec.Residency, d.Spec.Processors = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"DE", "FR"}}, nil
	v := splitDeclaration(t, e, d)
	covered := map[string]int{}
	for _, p := range v.Split {
		for _, code := range p.Spec.Jurisdictions {
			for _, sector := range p.Spec.Sectors {
				covered[string(code)+" "+string(sector)]++
			}
		}
	}
	want := map[string]int{"gb first": 1, "gb second": 1, "eu first": 1, "eu second": 1}
	if diff := cmp.Diff(want, covered); diff != "" || len(v.Split) != 3 {
		t.Errorf("%d parts cover (-want +got):\n%s\n%v", len(v.Split), diff, v.Rules())
	}
}

// newEngineWithStorage returns an engine with sectors that let data be stored in one country only. conditions are those of the points.
func newEngineWithStorage(t *testing.T, countries map[string]string, conditions string) *Engine {
	t.Helper()
	files := map[string]string{}
	for code, country := range countries {
		files["data/sectors/"+code+".yaml"] = `
code: ` + code + `
kind: sector
name: A sector
parent: null
checked: "2026-11-23"
acts:
  act: {title: An act, cite: "1", url: "https://law.example", status: in-force}
points:
- {dimension: residency.countries, value: [` + country + `], act: act, article: "1", ` + conditions + `confidence: sourced}
`
	}
	e, err := New(t.Context(), changeBundle(t, files))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// TestSplitOfSectors splits a declaration for one jurisdiction whose sectors require data to stay in different countries. A sector that fits
// into an existing part does not get its own.
func TestSplitOfSectors(t *testing.T) {
	e := newEngineWithStorage(t, map[string]string{"first": "de", "second": "fr", "third": "de"}, "")
	type codes = []v1alpha1.Code
	d := enginetest.NewMinimal(t)
	d.Spec.Jurisdictions, d.Spec.Sectors = codes{"eu"}, codes{"first", "second", "third"}
	d.Spec.Residency, d.Spec.Processors = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"DE", "FR"}}, nil
	want := []part{
		{
			Name: "support-eu-first", Selector: "support-bot-eu-first", Jurisdictions: codes{"eu"}, Sectors: codes{"first", "third"},
			Countries: []v1alpha1.PlaceCode{"DE"}, IsUndeclared: true,
		},
		{
			Name: "support-eu-second", Selector: "support-bot-eu-second", Jurisdictions: codes{"eu"}, Sectors: codes{"second"},
			Countries: []v1alpha1.PlaceCode{"FR"}, IsUndeclared: true,
		},
	}
	v := splitDeclaration(t, e, d)
	if diff := cmp.Diff(want, listParts(v)); diff != "" {
		t.Errorf("parts (-want +got):\n%s\n%v %s", diff, v.Rules(), v.Reason)
	}
}
