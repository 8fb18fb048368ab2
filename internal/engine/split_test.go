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
}

func listParts(v policy.Verdict) []part {
	var parts []part
	for _, d := range v.Split {
		p := part{Name: d.Name, Selector: d.Spec.Selector.MatchLabels["app"], Jurisdictions: d.Spec.Jurisdictions, Sectors: d.Spec.Sectors}
		if d.Spec.Residency != nil {
			p.Countries = d.Spec.Residency.Countries
		}
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
		"data that must stay in two countries: each keeps its own, the others go where they can": {
			change: func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Jurisdictions, d.Spec.Sectors = codes{"ae", "us-tx", "eu"}, codes{"health"}
				d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"health"}}
				countries(d, "AE", "US")
			},
			want: []part{
				{Name: "support-ae", Selector: "support-bot-ae", Jurisdictions: codes{"ae", "eu"}, Sectors: codes{"health"}, Countries: []v1alpha1.PlaceCode{"AE"}},
				{Name: "support-us-tx", Selector: "support-bot-us-tx", Jurisdictions: codes{"us-tx"}, Sectors: codes{"health"}, Countries: []v1alpha1.PlaceCode{"US"}},
			},
		},
		"a processor and a country to which America lets no sensitive data go": {
			change: func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Jurisdictions = codes{"sg", "us"}
				d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"genetic"}}
				d.Spec.Accountability.PeopleServed = new(int64(1_000_000))
				d.Spec.Residency = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"SG", "CN"}}
				d.Spec.Processors = []v1alpha1.Processor{{Name: "far", Country: "CN"}}
			},
			want: []part{
				{Name: "support-sg", Selector: "support-bot-sg", Jurisdictions: codes{"sg"}, Countries: []v1alpha1.PlaceCode{"SG", "CN"}, Processors: []string{"far"}},
				{Name: "support-us", Selector: "support-bot-us", Jurisdictions: codes{"us"}, Countries: []v1alpha1.PlaceCode{"SG"}},
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
				{Name: "support-at", Selector: "support-bot-at", Jurisdictions: codes{"at"}},
				{Name: "support-de", Selector: "support-bot-de", Jurisdictions: codes{"de"}},
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

// TestSplitCoversEverything splits a declaration for two jurisdictions and two sectors. The parts have each jurisdiction with each sector.
func TestSplitCoversEverything(t *testing.T) {
	e := newEngine(t)
	d := enginetest.NewMinimal(t)
	d.Spec.Jurisdictions, d.Spec.Sectors = []v1alpha1.Code{"ae", "in"}, []v1alpha1.Code{"health", "payments"}
	d.Spec.Residency, d.Spec.Processors = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"IN", "AE"}}, nil
	d.Spec.PersonalData = &v1alpha1.PersonalData{Categories: []v1alpha1.Word{"health"}}
	d.Spec.Accountability.Roles = []v1alpha1.Word{"payment-institution"}
	v := splitDeclaration(t, e, d)
	if len(v.Split) < 2 {
		t.Fatalf("%d parts: %v", len(v.Split), v.Rules())
	}
	covered := map[string]bool{}
	for _, p := range v.Split {
		for _, code := range p.Spec.Jurisdictions {
			for _, sector := range p.Spec.Sectors {
				covered[string(code)+" "+string(sector)] = true
			}
		}
	}
	if len(covered) != 4 {
		t.Errorf("the parts cover %v, want each jurisdiction with each sector", covered)
	}
}

// TestSplitOfSectors splits a declaration for one jurisdiction whose sectors require data to stay in different countries. A sector that fits
// into an existing part does not get its own.
func TestSplitOfSectors(t *testing.T) {
	files := map[string]string{}
	for code, country := range map[string]string{"first": "de", "second": "fr", "third": "de"} {
		files["data/sectors/"+code+".yaml"] = `
code: ` + code + `
kind: sector
name: A sector
parent: null
checked: "2026-11-23"
acts:
  act: {title: An act, cite: "1", url: "https://law.example", status: in-force}
points:
- {dimension: residency.countries, value: [` + country + `], act: act, article: "1", confidence: sourced}
`
	}
	e, err := New(t.Context(), changeBundle(t, files))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	type codes = []v1alpha1.Code
	d := enginetest.NewMinimal(t)
	d.Spec.Jurisdictions, d.Spec.Sectors = codes{"eu"}, codes{"first", "second", "third"}
	d.Spec.Residency, d.Spec.Processors = &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"DE", "FR"}}, nil
	want := []part{
		{
			Name: "support-eu-first", Selector: "support-bot-eu-first", Jurisdictions: codes{"eu"}, Sectors: codes{"first", "third"},
			Countries: []v1alpha1.PlaceCode{"DE"},
		},
		{
			Name: "support-eu-second", Selector: "support-bot-eu-second", Jurisdictions: codes{"eu"}, Sectors: codes{"second"},
			Countries: []v1alpha1.PlaceCode{"FR"},
		},
	}
	v := splitDeclaration(t, e, d)
	if diff := cmp.Diff(want, listParts(v)); diff != "" {
		t.Errorf("parts (-want +got):\n%s\n%v %s", diff, v.Rules(), v.Reason)
	}
}
