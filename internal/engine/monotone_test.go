package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// aboutLeftOutCodes are the rules about codes that are not declared: the place of the deployer's seat, and the sector of a role.
var aboutLeftOutCodes = []string{"accountability.seat_law", "agreement.role_sector"}

// strength orders the actions of findings.
var strength = map[policy.Action]int{
	policy.ActionAudit: 1, policy.ActionWarn: 2, policy.ActionQuarantine: 3, policy.ActionDeny: 4,
}

// TestOneMorePlaceNeverLoosens evaluates a declaration while jurisdictions and sectors of the built-in law are added one by one, in random
// orders, until it has all of them. It also evaluates pairs of codes, for deployers of whom other facts are declared. With more codes, no
// finding may disappear or become weaker, unless one about the same fact names its rule, and no requirement or obligation may disappear. A
// finding about a code that is left out disappears with the code.
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
	grow := func(order []string, declared deployment) {
		var smaller summary
		for n := 1; n <= len(order); n++ {
			larger := evaluateCodes(t, engine, declared, order[:n])
			larger.covers(t, smaller, order[:n])
			smaller = larger
			compared++
		}
	}
	for _, declared := range []deployment{{}, drawDeployment(draw)} {
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		grow(all, declared)
	}
	for range 150 {
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		declared := drawDeployment(draw)
		grow(all[:2], declared)
		grow([]string{all[1], all[0]}, declared)
	}
	if compared < 750 {
		t.Errorf("only %d steps were compared", compared)
	}
}

// summary holds what the test compares of the verdict for some codes.
type summary struct {
	// findings are the actions by rule and field, strongest last.
	findings map[string]int
	// also has the rules that share a fact with a finding, each with the strongest action of such findings.
	also map[string]int
	// required are dimensions, and obligations kinds with dimensions.
	required, obligations map[string]bool
}

func evaluateCodes(t *testing.T, engine *Engine, declared deployment, codes []string) summary {
	t.Helper()
	declaration := enginetest.NewFull(t)
	declared.apply(&declaration.Spec)
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
	declared.applyToPlaces(&declaration.Spec, codes[0])
	v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: "2028-06-01"})
	if v.Outcome == policy.OutcomeUndecided {
		t.Fatal(v.Reason)
	}
	s := summary{findings: map[string]int{}, also: map[string]int{}, required: map[string]bool{}, obligations: map[string]bool{}}
	for _, f := range v.Findings {
		// Two places can have a finding about the same field of the whole declaration.
		s.findings[f.Rule+" "+f.Field] = max(s.findings[f.Rule+" "+f.Field], strength[f.Action])
		for _, rule := range f.Also {
			s.also[rule] = max(s.also[rule], strength[f.Action])
		}
	}
	for _, r := range v.Requirements {
		s.required[r.Dimension] = true
	}
	for _, o := range v.Obligations.Entries() {
		s.obligations[o.Kind+" "+o.Dimension] = true
	}
	return s
}

// covers fails the test if anything in the summary for fewer codes is missing or weaker here.
func (s summary) covers(t *testing.T, smaller summary, codes []string) {
	t.Helper()
	last := codes[len(codes)-1]
	for finding, action := range smaller.findings {
		rule, _, _ := strings.Cut(finding, " ")
		if s.findings[finding] < action && s.also[rule] < action && !slices.Contains(aboutLeftOutCodes, rule) {
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

// TestOrderAndRepetitionDoNotMatter compares the verdicts for the same codes in every rotation and with duplicates.
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
		if diff := cmp.Diff(collectValues(want), collectValues(got)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", declaration.Spec.Jurisdictions, diff)
		}
	}
}

func collectValues(v policy.Verdict) map[string]string {
	all := map[string]string{}
	for _, r := range v.Requirements {
		all[r.Dimension] = fmt.Sprint(r.Value)
	}
	return all
}
