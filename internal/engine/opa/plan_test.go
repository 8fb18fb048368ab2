package opa_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/cases/testdata"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/opa/machine"
)

// leastCases is the number of OPA's own cases that must run at least. A few hundred are about other things than evaluating a document.
const leastCases = 1700

// document matches the query of a case that asks for one document.
var document = regexp.MustCompile(`^(data(?:\.\w+)+) = (\w+)$`)

// builtinError matches an error of a builtin function, which OPA's cases tolerate unless they are strict.
var builtinError = regexp.MustCompile("eval_(builtin|type)_error")

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
		if err := source.AddModule(fmt.Sprintf("module%d.rego", i), []byte(module)); err != nil {
			t.Skip("a bundle cannot have this module: ", err)
		}
	}
	compiled, err := source.Compile()
	if err != nil {
		t.Skip("a bundle cannot have these modules: ", err)
	}
	data := opa.Object{}.Term().Value
	if c.Data != nil {
		if data, err = ast.InterfaceToValue(*c.Data); err != nil {
			t.Fatal(err)
		}
	}
	query, err := compiled.Prepare(t.Context(), data, ref)
	if err != nil {
		t.Skip("there is no plan, which fails a bundle: ", err)
	}
	got, err := query.Evaluate(t.Context(), readInput(t, c), time.Minute)
	switch {
	case err != nil && builtinError.MatchString(err.Error()) && !c.StrictError:
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

// asJSON returns a value as decoded JSON, in which a set is a sorted array, as the cases write it. If isSorted is true, the order of the
// value, an array, means nothing.
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
var otherBuiltins = []string{
	"io.", "crypto.", "http.", "net.", "graphql.", "providers.", "rand.", "uuid.", "opa.", "rego.parse", "time.now",
}

func pureBuiltins() []string {
	var names []string
	for _, builtin := range ast.CapabilitiesForThisVersion().Builtins {
		if !slices.ContainsFunc(otherBuiltins, func(prefix string) bool { return strings.HasPrefix(builtin.Name, prefix) }) {
			names = append(names, builtin.Name)
		}
	}
	return names
}

// compile compiles the rules of the package a.
func compile(t *testing.T, rules string) *opa.Policy {
	t.Helper()
	source := opa.NewSource(pureBuiltins())
	if err := source.AddModule("module.rego", []byte("package a\n"+rules)); err != nil {
		t.Fatal(err)
	}
	compiled, err := source.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestPlans is about what OPA's cases say nothing of.
func TestPlans(t *testing.T) {
	for name, test := range map[string]struct {
		module, want string
	}{
		"the first rule that gives the only value decides": {
			module: "p if is_known(1)\nis_known(x) if is_number(x)\nis_known(x) if count(x) > 0", want: "true",
		},
		"rules with several values are all evaluated": {
			module: "p := v if v := named(1)\nnamed(x) := \"a\" if is_number(x)\nnamed(x) := \"b\" if count(x) > 0", want: "eval_type_error",
		},
		"so does the first of a rule with else": {
			module: "p := f(1)\nf(x) := \"a\" if x == 2 else := \"a\" if x == 1\nf(x) := \"a\" if count(x) > 0", want: "a",
		},
		"the first of equal numbers is kept": {
			module: "p := x if some x in [1, 1.0]", want: "1<nil>",
		},
		"a rule with two values is an error": {
			module: "p := x if some x in [1, 2]", want: "module.rego:2: a rule has two values",
		},
		"an object with two values for a key is an error": {
			module: "p := {k: v | some v in [1, 2]; k := \"a\"}", want: "module.rego:2: an object has two values for a key",
		},
		"a set under a key that grows has the hash of what is in it": {
			module: "p := {q, {1: {2, 3}, 4: {5}}}\nq[1] contains 2\nq[1] contains 3\nq[4] contains 5", want: "{{1: {2, 3}, 4: {5}}}",
		},
		"objects under keys that grow have the hash of what is in them": {
			module: "p := {q, {1: {2: {3, 4}}}}\nq[1][2] contains 3\nq[1][2] contains 4", want: "{{1: {2: {3, 4}}}}",
		},
		"each input has values of its own": {
			module: "p := [a, b, c] if {\n\ta := q with input as {\"x\": 1}\n\tb := q with input as {\"x\": 2}\n\tc := q\n}\ndefault q := 0\nq := input.x",
			want:   "[1, 2, 0]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			query, err := compile(t, test.module).Prepare(t.Context(), opa.Object{}.Term().Value, "data.a.p")
			if err != nil {
				t.Fatal(err)
			}
			value, err := query.Evaluate(t.Context(), opa.Object{}.Term().Value, time.Minute)
			if got := fmt.Sprint(value, err); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestPlansDoNotAddToValuesOfOthers expects an error for rules of one name of which some give values and others add to sets.
func TestPlansDoNotAddToValuesOfOthers(t *testing.T) {
	compiled := compile(t, "p := q\nq[x][y] contains 3 if {\n\tx := input.x\n\ty := input.y\n}\nq.a.b := data.s if input.go")
	if _, err := compiled.Prepare(t.Context(), opa.Object{}.Term().Value, "data.a.p"); err == nil || !strings.Contains(err.Error(), "add to sets") {
		t.Errorf("got the error %v, want one about sets", err)
	}
}

// TestPlansEndInTime expects that a plan ends soon after its time, also between calls of builtin functions that take long.
func TestPlansEndInTime(t *testing.T) {
	compiled := compile(t, "p := [x | some i in input.l; x := regex.find_n(`[a-c]+[0-9]*|x+y`, input.t, -1); i]")
	query, err := compiled.Prepare(t.Context(), opa.Object{}.Term().Value, "data.a.p")
	if err != nil {
		t.Fatal(err)
	}
	var input opa.Object
	input.AddText("t", strings.Repeat("abc1 xxy ", 2000))
	opa.AddArray(&input, "l", make([]int, 5000), func(int) *opa.Term { return ast.InternedTerm(1) })
	// The limit is far below what the calls take, so the test does not depend on how fast the machine is.
	if _, err := query.Evaluate(t.Context(), input.Term().Value, time.Millisecond); !errors.Is(err, machine.ErrCanceled) {
		t.Errorf("got the error %v, want that it was canceled", err)
	}
}

// TestPlansShareValues reads a set in order and in any order at once, from data that Share has prepared.
func TestPlansShareValues(t *testing.T) {
	compiled := compile(t, "p := [count(data.s | {0}), [x | some x in data.s; x > 999999]]")
	for range 50 {
		set := ast.NewSet()
		for i := range 3000 {
			set.Add(ast.InternedTerm(3000 - i))
		}
		var data opa.Object
		data.Add("s", opa.NewTerm(set))
		query, err := compiled.Prepare(t.Context(), opa.NewSharer(nil).Share(data.Term().Value), "data.a.p")
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if got, err := query.Evaluate(t.Context(), opa.Object{}.Term().Value, time.Minute); fmt.Sprint(got, err) != "[3001, []] <nil>" {
					t.Errorf("got %v and the error %v", got, err)
				}
			})
		}
		group.Wait()
	}
}

// TestPlansWithoutBuiltinsOfSeveralResults expects an error for a builtin function that would be run as if it had one result.
func TestPlansWithoutBuiltinsOfSeveralResults(t *testing.T) {
	compiled := compile(t, "p contains x if walk(input, [_, x])")
	if _, err := compiled.Prepare(t.Context(), opa.Object{}.Term().Value, "data.a.p"); err == nil || !strings.Contains(err.Error(), "walk") {
		t.Errorf("got the error %v, want one about walk", err)
	}
}

// TestSealedPolicy asks a sealed policy for a document that was prepared before, and for another one.
func TestSealedPolicy(t *testing.T) {
	compiled := compile(t, "p := 1\n\nq := 2")
	data := opa.Object{}.Term().Value
	if _, err := compiled.Prepare(t.Context(), data, "data.a.p"); err != nil {
		t.Fatal(err)
	}
	compiled.Seal()
	if _, err := compiled.Prepare(t.Context(), data, "data.a.p"); err != nil {
		t.Errorf("a document that was prepared before: %v", err)
	}
	if _, err := compiled.Prepare(t.Context(), data, "data.a.q"); err == nil || !strings.Contains(err.Error(), "no such entrypoint") {
		t.Errorf("another document: got the error %v", err)
	}
}
