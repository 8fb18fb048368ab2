package starter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/starter"
	"github.com/chaperone-dev/chaperone/policies"
)

func day() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }

type fixture struct {
	engine    *engine.Engine
	validator *schema.Validator
	searcher  *starter.Searcher
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	engine, err := engine.New(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	return fixture{engine, validator, starter.New(engine, validator, policies.FS, day())}
}

// read returns the declaration in a text that the API server would take.
func (f fixture) read(t *testing.T, text string) *v1alpha1.ChatbotDeployment {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(text), &object.Object); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if errs := f.validator.Validate(t.Context(), object); len(errs) > 0 {
		t.Fatalf("%v: %s", errs, text)
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := yaml.UnmarshalStrict([]byte(text), declaration); err != nil {
		t.Fatal(err)
	}
	return declaration
}

// The declaration passes, and declares exactly the places that were requested: a place that is left out would pass more easily.
func TestFind(t *testing.T) {
	f := newFixture(t)
	tests := map[string]starter.Places{
		"one place":              {Jurisdictions: []string{"eu"}},
		"a code that YAML knows": {Jurisdictions: []string{"no"}},
		"a sector that makes no difference stays declared":             {Jurisdictions: []string{"us-ca"}, Sectors: []string{"retail"}},
		"a place that makes no difference stays declared":              {Jurisdictions: []string{"de", "fr", "jp"}},
		"places abroad need grounds for transfers of data":             {Jurisdictions: []string{"cn", "us-ca"}},
		"a minimum number that is above what the search starts from":   {Jurisdictions: []string{"eu", "us-ca", "gb", "br"}, Sectors: []string{"retail", "health"}},
		"a sector with its own rules about what the chatbot discloses": {Jurisdictions: []string{"eu"}, Sectors: []string{"finance"}},
	}
	for name, places := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := f.searcher.Find(t.Context(), "helper", places)
			if err != nil {
				t.Fatal(err)
			}
			declaration := f.read(t, found.String())
			if declaration.Name != "helper" {
				t.Errorf("name is %q", declaration.Name)
			}
			stated := starter.Places{Jurisdictions: toWords(declaration.Spec.Jurisdictions), Sectors: toWords(declaration.Spec.Sectors)}
			if diff := cmp.Diff(places, stated); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
			for i, code := range slices.Concat(places.Jurisdictions, places.Sectors) {
				if titles := found.Titles(); i >= len(titles) || !strings.HasSuffix(titles[i], " ("+code+")") {
					t.Errorf("titles are %q, want %q at %d", titles, code, i)
				}
			}
			verdict := f.engine.Declaration(t.Context(), facts.NewDeclarationInput(declaration, facts.Environment{}, day()))
			if diff := cmp.Diff(verdict.Rules(), found.Verdict.Rules()); diff != "" || verdict.Refuses() {
				t.Errorf("verdict is %s; findings (-of the text +of the search):\n%s", verdict.Outcome, diff)
			}
		})
	}
}

func toWords(codes []v1alpha1.Code) []string {
	var words []string
	for _, code := range codes {
		words = append(words, string(code))
	}
	return words
}

func TestFindRefuses(t *testing.T) {
	f := newFixture(t)
	tests := map[string]struct {
		places starter.Places
		want   string
	}{
		"an unknown jurisdiction": {starter.Places{Jurisdictions: []string{"atlantis"}}, "read legal data: "},
		"an unknown sector":       {starter.Places{Jurisdictions: []string{"eu"}, Sectors: []string{"magic"}}, "read legal data: "},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := f.searcher.Find(t.Context(), "x", tc.places); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("error is %v, want %q", err, tc.want)
			}
		})
	}
}
