package opa

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// TestLiteralArgumentsAreIndexed checks that an evaluation enters only the definition of a function whose literals match.
func TestLiteralArgumentsAreIndexed(t *testing.T) {
	source := NewSource([]string{"eq", "equal", "plus"})
	err := source.AddModule("a.rego", []byte(`package a

f("least", true, x) := x + 1

f("most", true, x) := x + 2

f("most", false, x) := x + 3

f(kind, null, x) := x if kind == "most"
`))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := source.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`data.a.f("least", true, 1)`: "2", `data.a.f("most", true, 1)`: "3", `data.a.f("most", false, 1)`: "4",
		`data.a.f("most", null, 1)`: "1", `data.a.f("least", false, 1)`: "",
	} {
		trace := topdown.NewBufferTracer()
		results, err := rego.New(rego.Compiler(policy.compiler), rego.Query("x := "+query), rego.QueryTracer(trace)).Eval(t.Context())
		if err != nil {
			t.Fatal(query, err)
		}
		got, entered := "", 0
		for _, result := range results {
			got = ast.MustInterfaceToValue(result.Bindings["x"]).String()
		}
		for _, event := range *trace {
			if _, isRule := event.Node.(*ast.Rule); isRule && event.Op == topdown.EnterOp {
				entered++
			}
		}
		if got != want || entered != len(results) {
			t.Errorf("%s: %q with %d definitions entered, want %q", query, got, entered, want)
		}
	}
}
