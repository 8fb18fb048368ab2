package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// strength orders what a finding does, for comparisons.
var strength = map[policy.Action]int{
	policy.ActionAudit: 1, policy.ActionWarn: 2, policy.ActionQuarantine: 3, policy.ActionDeny: 4,
}

// TestOneMorePlaceNeverLoosens judges the same answers while jurisdictions and sectors of the real law are added one by one, in
// orders drawn by lot, until all are there; and beside it pairs of them. What was found stays found at least as strongly, what was
// required stays required, and what is carried out stays an obligation.
func TestOneMorePlaceNeverLoosens(t *testing.T) {
	engine := newEngine(t)
	known := engine.Codes()
	all := slices.Concat(known.Jurisdictions, known.Sectors)
	if len(all) < 60 {
		t.Fatalf("only %d codes", len(all))
	}
	// The fixed seed makes failures repeatable.
	draw := rand.New(rand.NewPCG(2026, 11))
	compared := 0
	grow := func(order []string) {
		var smaller said
		for n := 1; n <= len(order); n++ {
			larger := asks(t, engine, order[:n])
			larger.covers(t, smaller, order[:n])
			smaller = larger
			compared++
		}
	}
	for range 2 {
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		grow(all)
	}
	for range 150 {
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		grow(all[:2])
		grow([]string{all[1], all[0]})
	}
	if compared < 750 {
		t.Errorf("only %d steps were compared", compared)
	}
}

// said is what a verdict says of some codes.
type said struct {
	// findings are the actions by rule and field, strongest last.
	findings map[string]int
	// required are dimensions, and obligations kinds with dimensions.
	required, obligations map[string]bool
}

func asks(t *testing.T, engine *Engine, codes []string) said {
	t.Helper()
	declaration := enginetest.NewFull(t)
	// Stated to be none: unset would mean undeclared, and then the points of certain sectors apply.
	declaration.Spec.Jurisdictions, declaration.Spec.Sectors = nil, []v1alpha1.Code{}
	known := engine.Codes()
	for _, code := range codes {
		if slices.Contains(known.Sectors, code) {
			declaration.Spec.Sectors = append(declaration.Spec.Sectors, v1alpha1.Code(code))
		} else {
			declaration.Spec.Jurisdictions = append(declaration.Spec.Jurisdictions, v1alpha1.Code(code))
		}
	}
	v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: "2028-06-01"})
	if v.Outcome == policy.OutcomeUndecided {
		t.Fatal(v.Reason)
	}
	s := said{findings: map[string]int{}, required: map[string]bool{}, obligations: map[string]bool{}}
	for _, f := range v.Findings {
		s.findings[f.Rule+" "+f.Field] = strength[f.Action]
	}
	for _, r := range v.Requirements {
		s.required[r.Dimension] = true
	}
	for _, o := range v.Obligations.Entries() {
		s.obligations[o.Kind+" "+o.Dimension] = true
	}
	return s
}

// covers fails where something of the smaller choice is gone, or weaker.
func (s said) covers(t *testing.T, smaller said, codes []string) {
	t.Helper()
	last := codes[len(codes)-1]
	for finding, action := range smaller.findings {
		if s.findings[finding] < action {
			t.Errorf("%s: adding %s to %v weakens it from %d to %d", finding, last, codes[:len(codes)-1], action, s.findings[finding])
		}
	}
	for dimension := range smaller.required {
		if !s.required[dimension] {
			t.Errorf("%s is required no more after adding %s to %v", dimension, last, codes[:len(codes)-1])
		}
	}
	for obligation := range smaller.obligations {
		if !s.obligations[obligation] {
			t.Errorf("%s is not an obligation after adding %s to %v", obligation, last, codes[:len(codes)-1])
		}
	}
}

// TestOrderAndRepetitionDoNotMatter compares verdicts about the same places in every rotation and with doubles.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewFull(t)
	places := []v1alpha1.Code{"de", "us-ca", "gb", "us-ut"}
	declaration.Spec.Jurisdictions = places
	want := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
	for i := range places {
		declaration.Spec.Jurisdictions = slices.Concat(places[i:], places[:i], places[i:], []v1alpha1.Code{"EU", "us"})
		got := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
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
