package engine

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/policies"
)

// TestUnknownObligationsAreUndecided changes the obligations in the policy, like a policy that is newer than this build or wrong.
func TestUnknownObligationsAreUndecided(t *testing.T) {
	const requirement, declaration = "entrypoints/requirement/requirement.rego", "entrypoints/declaration/declaration.rego"
	for name, test := range map[string]struct{ file, old, new, want string }{
		"an unknown kind": {
			requirement, `{"kind": kind, "dimension": name,`, `{"kind": "dance", "dimension": name,`,
			`obligation "dance" is not known: use one of consent,`,
		},
		"an unknown dimension": {
			requirement, `"kind": kind, "dimension": name,`, `"kind": kind, "dimension": "rights.magic",`, `has no dimension "rights.magic"`,
		},
		"a value of another type": {
			requirement, `"dimension": name, "value": merged.value,`, `"dimension": name, "value": {"much": 1.5},`, `the value {"much":1.5} is not of the type`,
		},
		"no value": {
			requirement, `"dimension": name, "value": merged.value,`, `"dimension": name, "value": null,`, `the value null is not of the type`,
		},
		"another obligation of the declaration": {
			declaration, `"kind": "suspend"`, `"kind": "stop"`, `obligation "stop" is not known`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := fs.ReadFile(policies.FS, test.file)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(content), test.old, test.new)
			if text == string(content) {
				t.Fatalf("%s does not hold %s", test.file, test.old)
			}
			engine, err := New(t.Context(), changeBundle(t, map[string]string{test.file: text}))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(engine.Close)
			suspended := enginetest.NewMinimal(t)
			suspended.Spec.Suspended = true
			v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: suspended, AsOf: enginetest.AsOf})
			if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, test.want) {
				t.Errorf("outcome %s: %q, want undecided with %q", v.Outcome, v.Reason, test.want)
			}
			if len(v.Obligations.Entries()) != 0 {
				t.Error("an undecided verdict has obligations")
			}
		})
	}
}

// TestObligationsOfOneDeclarationStayOutOfTheNext decides about declarations that share a cached requirement.
func TestObligationsOfOneDeclarationStayOutOfTheNext(t *testing.T) {
	engine := newEngine(t)
	open, suspended := enginetest.NewMinimal(t), enginetest.NewMinimal(t)
	suspended.Spec.Suspended = true
	for i, declaration := range []*v1alpha1.ChatbotDeployment{open, suspended, suspended, open} {
		v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
		suspends := slices.ContainsFunc(v.Obligations.Entries(), func(e obligation.Entry) bool { return e.Kind == "suspend" })
		if v.Outcome == policy.OutcomeUndecided || suspends != declaration.Spec.Suspended {
			t.Errorf("decision %d: outcome %s %s, suspends: %t, want %t", i, v.Outcome, v.Reason, suspends, declaration.Spec.Suspended)
		}
	}
}
