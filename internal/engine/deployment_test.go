package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// deployment is what a declaration says of the deployer and the people served. The zero value says nothing of them.
type deployment struct {
	who            []v1alpha1.Capacity
	roles          []v1alpha1.Word
	country        v1alpha1.PlaceCode
	establishments []v1alpha1.PlaceCode
	staff          *int32
	peopleServed   *int64
	turnover       map[string]int64
	notApplicable  []v1alpha1.RuleID
	// hasOwnValues is true if the first place has values of its own.
	hasOwnValues bool
}

// drawDeployment draws each fact by itself, or leaves it undeclared.
func drawDeployment(draw *rand.Rand) deployment {
	var d deployment
	isDeclared := func() bool { return draw.IntN(3) > 0 }
	if isDeclared() {
		d.who = []v1alpha1.Capacity{pick[v1alpha1.Capacity](draw, "consumers", "businesses", "employees", "patients")}
	}
	if isDeclared() {
		d.roles = []v1alpha1.Word{}
		for _, role := range []v1alpha1.Word{"investment-firm", "public-body", "online-platform", "essential-entity", "covered-entity", "financial-entity"} {
			if draw.IntN(4) == 0 {
				d.roles = append(d.roles, role)
			}
		}
	}
	if isDeclared() {
		d.country = pick[v1alpha1.PlaceCode](draw, "DE", "US", "CA-QC", "IN", "CN")
		d.establishments = []v1alpha1.PlaceCode{pick[v1alpha1.PlaceCode](draw, "IE", "SG", "BR")}
	}
	if isDeclared() {
		d.staff, d.peopleServed = new(pick[int32](draw, 3, 60, 5000)), new(pick[int64](draw, 10, 200_000, 50_000_000))
		d.turnover = map[string]int64{pick(draw, "EUR", "USD"): pick[int64](draw, 1_000_000, 30_000_000, 2_000_000_000)}
	}
	if isDeclared() {
		d.notApplicable = []v1alpha1.RuleID{pick[v1alpha1.RuleID](draw, "fairness.accessibility", "accountability.assessments", "consent.recording")}
	}
	d.hasOwnValues = draw.IntN(2) == 0
	return d
}

func pick[T any](draw *rand.Rand, values ...T) T { return values[draw.IntN(len(values))] }

// apply sets the facts in a specification.
func (d deployment) apply(spec *v1alpha1.ChatbotDeploymentSpec) {
	spec.Audience.Who = d.who
	spec.Accountability.Roles = d.roles
	spec.Accountability.Deployer.Country, spec.Accountability.Establishments = d.country, d.establishments
	spec.Accountability.Staff, spec.Accountability.PeopleServed, spec.Accountability.Turnover = d.staff, d.peopleServed, d.turnover
	for _, dimension := range d.notApplicable {
		spec.NotApplicable = append(spec.NotApplicable, v1alpha1.NotApplicable{Dimension: dimension, Reason: "nothing of the kind is done"})
	}
}

// applyToPlaces sets values of its own for the first code, if it is a jurisdiction.
func (d deployment) applyToPlaces(spec *v1alpha1.ChatbotDeploymentSpec, first string) {
	if d.hasOwnValues && slices.Contains(spec.Jurisdictions, v1alpha1.Code(first)) {
		spec.PerPlace = []v1alpha1.PlaceValues{newValues(v1alpha1.Code(first), 60)}
	}
}

func newValues(code v1alpha1.Code, days v1alpha1.Days) v1alpha1.PlaceValues {
	return v1alpha1.PlaceValues{
		Jurisdictions: []v1alpha1.Code{code},
		Retention:     &v1alpha1.Retention{TranscriptDays: &days},
		Residency:     &v1alpha1.Residency{Countries: []v1alpha1.PlaceCode{"US"}},
	}
}

// TestOrderOfFactsDoesNotMatter declares the same facts in two orders, and once more than once.
func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	engine := newEngine(t)
	declare := func(isReversed bool) *v1alpha1.ChatbotDeployment {
		d := enginetest.NewFull(t)
		d.Spec.Jurisdictions = []v1alpha1.Code{"de", "us-ca", "gb"}
		d.Spec.Audience.Who = []v1alpha1.Capacity{"consumers", "businesses"}
		d.Spec.Accountability.Roles = []v1alpha1.Word{"investment-firm", "online-platform"}
		d.Spec.Accountability.Deployer.Country = "DE"
		d.Spec.Accountability.Establishments = []v1alpha1.PlaceCode{"IE", "US"}
		d.Spec.NotApplicable = []v1alpha1.NotApplicable{
			{Dimension: "fairness.accessibility", Reason: "nothing of the kind is done"}, {Dimension: "consent.recording", Reason: "nothing of the kind is done"},
		}
		d.Spec.PerPlace = []v1alpha1.PlaceValues{newValues("de", 60), newValues("us-ca", 90)}
		if isReversed {
			slices.Reverse(d.Spec.Audience.Who)
			slices.Reverse(d.Spec.Accountability.Roles)
			slices.Reverse(d.Spec.Accountability.Establishments)
			slices.Reverse(d.Spec.NotApplicable)
			slices.Reverse(d.Spec.PerPlace)
		}
		return d
	}
	decide := func(d *v1alpha1.ChatbotDeployment) []string {
		v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: d, AsOf: enginetest.AsOf})
		if v.Outcome == policy.OutcomeUndecided {
			t.Fatal(v.Reason)
		}
		var found []string
		for _, f := range v.Findings { // The field of a finding has the position of its place.
			found = append(found, f.Rule+" "+string(f.Action))
		}
		slices.Sort(found)
		return found
	}
	want := decide(declare(false))
	repeated := declare(false)
	repeated.Spec.Accountability.Roles = append(repeated.Spec.Accountability.Roles, "investment-firm")
	repeated.Spec.Accountability.Establishments = append(repeated.Spec.Accountability.Establishments, "IE", "DE")
	for name, d := range map[string]*v1alpha1.ChatbotDeployment{"in another order": declare(true), "more than once": repeated} {
		if diff := cmp.Diff(want, decide(d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
