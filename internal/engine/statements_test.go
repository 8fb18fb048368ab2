package engine

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// corpus has the statements of testdata/statements.yaml, by language.
type corpus map[string]struct {
	Honest []v1alpha1.Statement `json:"honest"`
	Lying  []v1alpha1.Statement `json:"lying"`
}

// TestStatementsOfAllLanguagesAreRead holds that no honest statement is denied or warned of, and that every lying one is found. The
// statements of all languages are declared together, so each is also read beside the words of all other languages.
func TestStatementsOfAllLanguagesAreRead(t *testing.T) {
	all := readCorpus(t)
	e := newEngine(t)
	for round := range longest(all) {
		honest, lying := map[string]v1alpha1.Statement{}, map[string]v1alpha1.Statement{}
		for tag, texts := range all {
			if round < len(texts.Honest) {
				honest[tag] = texts.Honest[round]
			}
			if round < len(texts.Lying) {
				lying[tag] = texts.Lying[round]
			}
		}
		for field, rules := range readStatements(t, e, honest) {
			t.Errorf("%s (%q) is honest: %v", field, honest[field], rules)
		}
		found := readStatements(t, e, lying)
		for _, tag := range slices.Sorted(maps.Keys(lying)) {
			if !slices.Contains(found[tag], "transparency.claims_human") {
				t.Errorf("%s (%q) claims a person: %v", tag, lying[tag], found[tag])
			}
		}
	}
}

// longest returns the largest number of statements of one kind that a language has.
func longest(all corpus) int {
	most := 0
	for _, texts := range all {
		most = max(most, len(texts.Honest), len(texts.Lying))
	}
	return most
}

func readCorpus(t *testing.T) corpus {
	t.Helper()
	text, err := os.ReadFile("testdata/statements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all corpus
	if err := yaml.UnmarshalStrict(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// readStatements returns the rules about what the statements say that have findings, by language.
func readStatements(t *testing.T, e *Engine, statements map[string]v1alpha1.Statement) map[string][]string {
	t.Helper()
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Disclosure = &v1alpha1.Disclosure{Statements: statements}
	var verdict policy.Verdict
	// On a busy machine so many texts may take more than the time for an evaluation. The manager would ask again, too.
	for range 20 {
		verdict = e.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
		if verdict.Outcome != policy.OutcomeUndecided {
			break
		}
	}
	if verdict.Outcome == policy.OutcomeUndecided {
		t.Fatal(verdict.Reason)
	}
	found := map[string][]string{}
	for i := range verdict.Findings {
		tag, ok := strings.CutPrefix(verdict.Findings[i].Field, "spec.disclosure.statements.")
		if ok && slices.Contains([]string{"transparency.claims_human", "transparency.names_no_ai"}, verdict.Findings[i].Rule) {
			found[tag] = append(found[tag], verdict.Findings[i].Rule)
		}
	}
	return found
}
