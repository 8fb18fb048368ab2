package law_test

import (
	"flag"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

var update = flag.Bool("update", false, "write known.yaml and docs/law-quality.md")

// What is decided differs from what is right only in ways that are known, and all of these are still there.
func TestDifferencesAreKnown(t *testing.T) {
	known := readKnown(t)
	actual := listDifferences(measureAll(t).differences(), known)
	if *update {
		writeKnown(t, actual)
		known = actual
	}
	if diff := cmp.Diff(places(known), places(actual)); diff != "" {
		t.Errorf("differences (-known +found); run with -update, and give a reason for each that is new:\n%s", diff)
	}
	for _, k := range known {
		if len(k.Reason) < 20 {
			t.Errorf("%s %s: the reason %q says nothing", k.Kind, k.Rule, k.Reason)
		}
	}
}

// The corpus can be read by a lawyer and by the policy: each declaration is valid, each judgement is complete and names rules that exist.
func TestCorpusIsComplete(t *testing.T) {
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := bundle.ReadCatalogue(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	isRule := func(id string) bool {
		return slices.ContainsFunc(contents.Rules, func(rule bundle.Rule) bool { return rule.ID == id })
	}
	outcomes := []string{string(policy.OutcomeAllow), string(policy.OutcomeWarn), string(policy.OutcomeDeny)}
	for _, c := range readCorpus(t) {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(c.declaration)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range validator.Validate(t.Context(), &unstructured.Unstructured{Object: object}) {
			t.Errorf("%s: %v", c.name, fault)
		}
		if len(c.About) < 40 {
			t.Errorf("%s: about says nothing", c.name)
		}
		for _, day := range days() {
			if !c.isProbe && !slices.Contains(outcomes, c.Outcome[day]) {
				t.Errorf("%s: %q is no outcome for %s", c.name, c.Outcome[day], day)
			}
		}
		for _, key := range c.keys() {
			for _, name := range rulesIn(key) {
				if !isRule(name) && !isField(name) {
					t.Errorf("%s: %s is neither a rule nor a field", c.name, name)
				}
			}
		}
	}
}

// The corpus is broad: it has every sector, many places, every capacity of people and every ground of a transfer.
func TestCorpusIsBroad(t *testing.T) {
	decider, err := newDecider()
	if err != nil {
		t.Fatal(err)
	}
	declarations := 0
	places, sectors, told := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range readCorpus(t) {
		if c.isProbe {
			continue
		}
		declarations++
		spec := c.declaration.Spec
		for _, code := range spec.Jurisdictions {
			places[string(code)] = true
		}
		for _, sector := range spec.Sectors {
			sectors[string(sector)] = true
		}
		for _, capacity := range spec.Audience.Who {
			told[string(capacity)] = true
		}
		for _, processor := range spec.Processors {
			for _, ground := range processor.Transfer {
				told[string(ground)] = true
			}
		}
	}
	if declarations < 52 || len(places) < 45 {
		t.Errorf("%d declarations in %d places, want 52 in 45 at the least", declarations, len(places))
	}
	if diff := cmp.Diff(decider.engine.Codes().Sectors, slices.Sorted(maps.Keys(sectors))); diff != "" {
		t.Errorf("sectors (-law +corpus):\n%s", diff)
	}
	for _, value := range []string{
		"consumers", "businesses", "employees", "patients", "pupils", "residents",
		"adequacy", "standard-clauses", "binding-rules", "certification", "derogation", "consent", "contract", "security-assessment", "assessment",
		"registration", "authorisation",
	} {
		if !told[value] {
			t.Errorf("no declaration has %s", value)
		}
	}
}
