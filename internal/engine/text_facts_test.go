package engine

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// TestTextsOfADeclarationAreEvaluated checks that the facts about texts reach the rules, and that findings do not repeat texts.
func TestTextsOfADeclarationAreEvaluated(t *testing.T) {
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.IntellectualProperty = &v1alpha1.IntellectualProperty{Model: &v1alpha1.Model{License: "CC-BY-NC-4.0"}}
	declaration.Spec.Disclosure = &v1alpha1.Disclosure{Statements: map[string]v1alpha1.Statement{
		"en": v1alpha1.Statement(strings.Repeat("secret ", 81)),
	}}
	verdict := newEngine(t).Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
	found := map[string]any{}
	for _, f := range verdict.Findings {
		if strings.HasPrefix(f.Rule, "intellectual_property.") || strings.HasPrefix(f.Rule, "transparency.") {
			found[f.Rule+" "+f.Field] = f.Found
		}
	}
	want := map[string]any{
		"intellectual_property.non_commercial_licence spec.intellectualProperty.model.license": map[string]any{
			"license": "CC-BY-NC-4.0", "uses": []any{"commercial"},
		},
		"transparency.names_no_ai spec.disclosure.statements.en":      "no word for an AI system",
		"transparency.statement_length spec.disclosure.statements.en": map[string]any{"words": json.Number("81")},
		"transparency.reading_level spec.disclosure.statements.en": map[string]any{
			"lix": json.Number("81"), "longWords": json.Number("0"), "sentences": json.Number("1"), "words": json.Number("81"),
		},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
