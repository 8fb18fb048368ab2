package rego

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// strength orders what a finding does, for comparisons.
var strength = map[policy.Action]int{
	policy.ActionAudit: 1, policy.ActionWarn: 2, policy.ActionQuarantine: 3, policy.ActionDeny: 4,
}

// TestOneMorePlaceNeverLoosens judges the same answers for every choice of jurisdictions and sectors of the real law, and
// compares each choice with those that have one code more.
func TestOneMorePlaceNeverLoosens(t *testing.T) {
	engine := newEngine(t)
	known := engine.Codes()
	codes := slices.Concat(known.Jurisdictions, known.Sectors)
	findings := make([]map[string]int, 1<<len(codes))
	for choice := range findings {
		findings[choice] = strengths(t, engine, codes, choice, len(known.Jurisdictions))
	}
	for choice, smaller := range findings {
		for i, code := range codes {
			larger := findings[choice|1<<i]
			for finding, action := range smaller {
				if larger[finding] < action {
					t.Errorf("%s: adding %s to %v weakens it from %d to %d", finding, code, chosen(codes, choice), action, larger[finding])
				}
			}
		}
	}
}

func strengths(t *testing.T, engine *Engine, codes []string, choice, jurisdictions int) map[string]int {
	t.Helper()
	declaration := read[v1alpha1.ChatbotDeployment](t, "full.yaml")
	declaration.Spec.Jurisdictions, declaration.Spec.Sectors = nil, nil
	for i, code := range codes {
		switch {
		case choice&(1<<i) == 0:
		case i < jurisdictions:
			declaration.Spec.Jurisdictions = append(declaration.Spec.Jurisdictions, v1alpha1.Code(code))
		default:
			declaration.Spec.Sectors = append(declaration.Spec.Sectors, v1alpha1.Code(code))
		}
	}
	v := engine.Declaration(t.Context(), policy.DeclarationInput{Declaration: declaration, AsOf: "2028-06-01"})
	if v.Outcome == policy.OutcomeUndecided {
		t.Fatal(v.Reason)
	}
	found := map[string]int{}
	for _, f := range v.Findings {
		found[f.Rule+" "+f.Field] = strength[f.Action]
	}
	return found
}

func chosen(codes []string, choice int) []string {
	var all []string
	for i, code := range codes {
		if choice&(1<<i) != 0 {
			all = append(all, code)
		}
	}
	return all
}

// TestOrderAndRepetitionDoNotMatter compares verdicts about the same places in every rotation and with doubles.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	engine := newEngine(t)
	declaration := read[v1alpha1.ChatbotDeployment](t, "full.yaml")
	places := []v1alpha1.Code{"de", "us-ca", "gb", "us-ut"}
	declaration.Spec.Jurisdictions = places
	want := engine.Declaration(t.Context(), policy.DeclarationInput{Declaration: declaration, AsOf: asOf})
	for i := range places {
		declaration.Spec.Jurisdictions = slices.Concat(places[i:], places[:i], places[i:], []v1alpha1.Code{"EU", "us"})
		got := engine.Declaration(t.Context(), policy.DeclarationInput{Declaration: declaration, AsOf: asOf})
		// The declared parents are direct now; the Union's own age of consent of children equals Germany's.
		if diff := cmp.Diff(want.Findings, got.Findings); diff != "" {
			t.Errorf("%v (-want +got):\n%s", declaration.Spec.Jurisdictions, diff)
		}
		if diff := cmp.Diff(values(want), values(got)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", declaration.Spec.Jurisdictions, diff)
		}
	}
}

func values(v policy.Verdict) map[string]string {
	all := map[string]string{}
	for _, r := range v.Requirements {
		all[r.Dimension] = fmt.Sprint(r.Value)
	}
	return all
}
