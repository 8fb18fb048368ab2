package opa_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/cases/testdata"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// leastCases is the number of OPA's own cases that must run at least. A few hundred are about other things than evaluating a document.
const leastCases = 1200

// document matches the query of a case that asks for one document.
var document = regexp.MustCompile(`^(data(?:\.\w+)+) = (\w+)$`)

// TestPlansGiveWhatOPASays runs OPA's own cases of what Rego means, as many of them as ask for one document.
func TestPlansGiveWhatOPASays(t *testing.T) {
	ran := 0
	err := fs.WalkDir(testdata.V1, "v1", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(testdata.V1, path)
		if err != nil {
			return err
		}
		var set cases.Set
		if err := util.Unmarshal(content, &set); err != nil {
			return err
		}
		for _, c := range set.Cases {
			if asked := document.FindStringSubmatch(c.Query); asked != nil && hasInput(&c) && !otherNumbers[c.Note] {
				t.Run(strings.ReplaceAll(c.Note, "/", "."), func(t *testing.T) {
					if checkCase(t, &c, asked[1], asked[2]) {
						ran++
					}
				})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ran < leastCases {
		t.Errorf("%d cases ran, want at least %d", ran, leastCases)
	}
	t.Logf("%d cases ran", ran)
}

// otherNumbers are the cases in which a number finds the text of it in the data. The data here has names only, and no rule asks by number.
var otherNumbers = map[string]bool{"data/toplevel integer": true, "data/nested integer": true}

// hasInput reports whether the case has an input or does not read any: here every query has one.
func hasInput(c *cases.TestCase) bool {
	return c.Input != nil || c.InputTerm != nil || !slices.ContainsFunc(c.Modules, func(m string) bool { return strings.Contains(m, "input") })
}

// checkCase runs a case and reports whether it could.
func checkCase(t *testing.T, c *cases.TestCase, ref, variable string) bool {
	source := opa.NewSource(pureBuiltins())
	for i, module := range c.Modules {
		if err := source.AddModule("module"+string(rune('0'+i))+".rego", []byte(module)); err != nil {
			t.Skip(err)
		}
	}
	compiled, err := source.Compile()
	if err != nil {
		t.Skip(err)
	}
	data := opa.Object{}.Term().Value
	if c.Data != nil {
		if data, err = ast.InterfaceToValue(*c.Data); err != nil {
			t.Fatal(err)
		}
	}
	query, err := compiled.Prepare(t.Context(), data, ref)
	if err != nil {
		t.Skip(err)
	}
	got, err := query.Evaluate(t.Context(), readInput(t, c), time.Minute)
	switch {
	case err != nil && regexp.MustCompile("eval_(builtin|type)_error").MatchString(err.Error()) && !c.StrictError:
		t.Skip("an error of a builtin function ends the evaluation here")
	case c.WantErrorCode != nil || c.WantError != nil:
		if err == nil {
			t.Errorf("no error but %v", got)
		}
	case c.WantResult != nil && len(*c.WantResult) > 0:
		if err != nil {
			t.Fatal(err)
		}
		want, err := ast.InterfaceToValue((*c.WantResult)[0][variable])
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(asJSON(t, got, c.SortBindings), asJSON(t, want, c.SortBindings)) {
			t.Errorf("got %v, want %v", got, want)
		}
	default:
		if err == nil || !strings.Contains(err.Error(), "gave no result") {
			t.Errorf("got %v and the error %v, want no result", got, err)
		}
	}
	return true
}

func readInput(t *testing.T, c *cases.TestCase) opa.Value {
	t.Helper()
	if c.InputTerm != nil {
		return ast.MustParseTerm(*c.InputTerm).Value
	}
	var input any = map[string]any{}
	if c.Input != nil {
		input = *c.Input
	}
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// asJSON returns a value as decoded JSON, in which a set is a sorted array, as the cases write it. If isSorted is true, the value is an array
// whose order means nothing.
func asJSON(t *testing.T, value ast.Value, isSorted bool) any {
	t.Helper()
	native, err := ast.JSON(value)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(native)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	if list, ok := decoded.([]any); ok && isSorted {
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return decoded
}

// otherBuiltins are the beginnings of the names of builtin functions that read something else than their arguments, or keep secrets.
var otherBuiltins = []string{"io.", "crypto.", "http.", "net.", "graphql.", "providers.", "rand.", "uuid.", "opa.", "rego.parse", "time.now"}

func pureBuiltins() []string {
	var names []string
	for _, builtin := range ast.CapabilitiesForThisVersion().Builtins {
		if !slices.ContainsFunc(otherBuiltins, func(prefix string) bool { return strings.HasPrefix(builtin.Name, prefix) }) {
			names = append(names, builtin.Name)
		}
	}
	return names
}
