package worker_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

// TestCompileRefuses compiles sources with one fault each and compares the faults.
const (
	ownOnly  = "a module reads data.parameters and the packages of its own policy: organisation.tested"
	bothOnly = "a module reads data.parameters and the packages of its own policy: organisation.lib.a, organisation.tested"
)

func TestCompileRefuses(t *testing.T) {
	reserved := func(name string) string {
		return "tested.rego:6: package " + name + " is reserved; a rule is package organisation.<name>, a library " +
			"organisation.lib.<name>, with a name of lower-case letters, digits and _"
	}
	tests := map[string]struct {
		source sandbox.Source
		want   []string
	}{
		"no module":        {sandbox.Source{}, []string{"the policy has 0 modules; 1 to 16 are allowed"}},
		"too many modules": {sandbox.Source{Modules: make([]sandbox.Text, 17)}, []string{"the policy has 17 modules; 1 to 16 are allowed"}},
		"a long module": {
			sandboxtest.NewSource(sandboxtest.Passing + strings.Repeat("#", 64<<10)),
			[]string{"tested.rego:1: the module has 65736 bytes; at most 65536 are allowed"},
		},
		"a name with a slash": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a/b"}}},
			[]string{"a/b:1: the module's name \"a/b\" does not match ^[a-z0-9][a-z0-9._-]{0,62}$"},
		},
		"one name twice": {
			sandboxtest.AddModules(sandboxtest.NewSource(sandboxtest.Passing), sandbox.Text{Name: "tested.rego"}),
			[]string{"tested.rego:1: another module has the name \"tested.rego\" too"},
		},
		"parameters that are a list": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a"}}, Parameters: []byte(`[]`)},
			[]string{"the parameters are not a JSON object"},
		},
		"parameters with something behind them": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a"}}, Parameters: []byte(`{} }`)},
			[]string{"the parameters are not a JSON object"},
		},
		"only a library": {
			sandbox.Source{Modules: []sandbox.Text{sandboxtest.NewLibrary("day", "x := 1\n")}},
			[]string{"the policy has no rule; a rule is package organisation.<name>"},
		},
		"an empty module": {sandbox.Source{Modules: []sandbox.Text{{Name: "a"}}}, []string{"a:1: empty module"}},
		"syntax errors in two modules": {
			sandboxtest.AddModules(sandboxtest.NewSource("deny contains {} if\n"), sandboxtest.NewLibrary("a", "x := \n")),
			[]string{
				"tested.rego:9: unexpected eof token",
				"a.rego:4: unexpected eof token",
				"a.rego:4: unexpected eof token: expected rule value term (e.g., x := <VALUE> { ... })",
			},
		},
		"another organisation": {replaceInPassing("organisation.tested", "company.tested"), []string{reserved("company.tested")}},
		"a built-in package":   {replaceInPassing("organisation.tested", "governance.retention"), []string{reserved("governance.retention")}},
		"an entrypoint":        {replaceInPassing("organisation.tested", "entrypoints.declaration"), []string{reserved("entrypoints.declaration")}},
		"three segments":       {replaceInPassing("organisation.tested", "organisation.tested.more"), []string{reserved("organisation.tested.more")}},
		"the library itself":   {replaceInPassing("organisation.tested", "organisation.lib"), []string{reserved("organisation.lib")}},
		"a name in upper case": {replaceInPassing("organisation.tested", "organisation.Tested"), []string{reserved("organisation.Tested")}},
		"a name with a dash":   {replaceInPassing("organisation.tested", `organisation["a-b"]`), []string{reserved(`organisation["a-b"]`)}},
		"a name with a dot":    {replaceInPassing("organisation.tested", `organisation["lib.x"]`), []string{reserved(`organisation["lib.x"]`)}},
		"one rule in two modules": {
			sandboxtest.AddModules(sandboxtest.NewSource(sandboxtest.Passing), sandbox.Text{Name: "again.rego", Rego: sandboxtest.Metadata + "package organisation.tested\n\n" + sandboxtest.Passing}),
			[]string{"again.rego:6: another module has the package organisation.tested too; one module is one package"},
		},
		"no METADATA": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a", Rego: "package organisation.tested\n\n" + sandboxtest.Passing}}},
			[]string{"a:1: package organisation.tested has no METADATA block with title, description and custom.remedy above it"},
		},
		"METADATA of which all is wrong": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a", Rego: "# METADATA\n# custom:\n#   remdy: x\n#   party: nobody\n#   severity: 3\npackage organisation.tested\n\n" + sandboxtest.Passing}}},
			[]string{
				"a:1: METADATA: title has 0 characters; 1 to 120 are allowed",
				"a:1: METADATA: description has 0 characters; 1 to 1000 are allowed",
				"a:1: METADATA: custom.remedy has 0 characters; 1 to 500 are allowed",
				"a:1: METADATA: custom.party is \"nobody\"; allowed are deployer, developer, processor, platform",
				"a:1: METADATA: custom.severity is not a string",
				"a:1: METADATA: custom.remdy is unknown; there are remedy, party and severity",
			},
		},
		"METADATA that is no YAML": {
			sandbox.Source{Modules: []sandbox.Text{{Name: "a", Rego: "# METADATA\n# title: [\npackage organisation.tested\n\n" + sandboxtest.Passing}}},
			[]string{"a:2: yaml: line 1: did not find expected node content"},
		},
		"an import not used":  {sandboxtest.NewSource("import data.organisation.lib.day\n" + sandboxtest.Passing), []string{"tested.rego:8: import data.organisation.lib.day unused"}},
		"a conflict of types": {sandboxtest.NewSource(sandboxtest.Passing + "x := 1\nx(y) := y\n"), []string{"tested.rego:9: conflicting rules data.organisation.tested.x found"}},
		"a function that a library does not have": {
			sandboxtest.AddModules(sandboxtest.NewSource("import data.organisation.lib.day\n\ndeny contains {} if day.before\n"), sandboxtest.NewLibrary("day", "x := 1\n")),
			[]string{"tested.rego:10: data.organisation.lib.day.before: the package does not define it"},
		},
		"faults in the order of modules": {
			sandboxtest.AddModules(sandboxtest.NewSource("deny contains {} if data.law\n\nwarn contains {} if data.law\n"), sandboxtest.NewLibrary("a", "x := data.law\n")),
			[]string{
				"tested.rego:8: data.law: " + bothOnly,
				"tested.rego:10: data.law: " + bothOnly,
				"a.rego:3: data.law: " + bothOnly,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := worker.Compile(test.source)
			var faulty *sandbox.CompileError
			if p != nil || !errors.As(err, &faulty) {
				t.Fatalf("got %v, want a CompileError", err)
			}
			if diff := cmp.Diff(test.want, faulty.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// replaceInPassing returns the source of the sandboxtest.Passing rule with a part of its text replaced.
func replaceInPassing(old, instead string) sandbox.Source {
	s := sandboxtest.NewSource(sandboxtest.Passing)
	s.Modules[0].Rego = strings.Replace(s.Modules[0].Rego, "package "+old, "package "+instead, 1)
	return s
}

// TestCompileRefusesRules compiles sources with the module tested.rego only, so all faults begin with that name.
func TestCompileRefusesRules(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a syntax error": {
			"deny contains {} if {\n\tinput.spec.name ==\n}\n",
			"10: unexpected } token",
		},
		"rego before v1": {
			"deny[x] { x := 1 }\n",
			"8: `if` keyword is required before rule body\n8: `contains` keyword is required for partial set rules",
		},
		"no set of findings": {
			"x := 1\n",
			"6: package organisation.tested defines neither deny nor warn",
		},
		"deny is a value": {
			"deny := true\n",
			"8: deny must be a set of findings: `deny contains finding if { … }`",
		},
		"deny is a function": {
			"deny(x) := x\n",
			"8: deny must be a set of findings: `deny contains finding if { … }`",
		},
		"warn is an object": {
			"warn[x] := 1 if some x in input.spec.y\n",
			"8: warn[x] must be a set of findings: `warn contains finding if { … }`",
		},
		"deny is below": {
			"deny.x contains 1\n",
			"8: deny.x must be a set of findings: `deny contains finding if { … }`",
		},
		"a default for deny": {
			"default deny := {}\n",
			"8: deny must be a set of findings: `deny contains finding if { … }`",
		},
		"an unsafe variable": {
			"deny contains {\"found\": x} if input.spec.y\n",
			"8: var x is unsafe",
		},
		"a variable not used": {
			"deny contains {} if {\n\tx := input.spec.y\n}\n",
			"9: assigned var x unused",
		},
		"http.send": {
			"deny contains {} if http.send({\"url\": \"http://a.example\"})\n",
			"8: undefined function http.send",
		},
		"the clock": {
			"deny contains {} if time.now_ns() > 0\n",
			"8: undefined function time.now_ns",
		},
		"the environment": {
			"deny contains {} if opa.runtime().env\n",
			"8: undefined function opa.runtime",
		},
		"print": {
			"deny contains {} if print(input)\n",
			"8: undefined function print",
		},
		"print by its other name": {
			"deny contains {} if internal.print([])\n",
			"8: undefined function internal.print",
		},
		"mocked by http.send": {
			"deny contains {} if count([1]) == 1 with count as http.send\n",
			"8: var http is unsafe",
		},
		"a recursion": {
			"deny contains {} if count(deny) == 0\n",
			"8: rule data.organisation.tested.deny is recursive: data.organisation.tested.deny -> data.organisation.tested.deny",
		},
		"input misspelt": {
			"deny contains {} if input.spce.name\n",
			"8: undefined ref: input.spce.name",
		},
		"the law": {
			"deny contains {} if data.law.jurisdictions.eu\n",
			"8: data.law.jurisdictions.eu: " + ownOnly,
		},
		"the law, imported": {
			"import data.law as ours\n\ndeny contains {} if ours.x\n",
			"10: data.law.x: " + ownOnly,
		},
		"prepared law": {
			"deny contains {} if data.prepared\n",
			"8: data.prepared: " + ownOnly,
		},
		"all data": {
			"deny contains {} if {\n\tsome x in data\n\tx.y\n}\n",
			"8: rule data.organisation.tested.deny is recursive: data.organisation.tested.deny -> data.organisation.tested.deny\n9: data: " + ownOnly,
		},
		"data by variable": {
			"deny contains {} if {\n\tsome x\n\tdata[x].y\n}\n",
			"10: data[x].y: " + ownOnly,
		},
		"walking through data": {
			"deny contains {} if walk(data, [_, 1])\n",
			"8: rule data.organisation.tested.deny is recursive: data.organisation.tested.deny -> data.organisation.tested.deny\n8: data: " + ownOnly,
		},
		"all packages": {
			"deny contains {} if data.organisation[_].x\n",
			"8: data.organisation[_].x: " + ownOnly,
		},
		"a whole package": {
			"deny contains {} if data.organisation.tested\n",
			"8: rule data.organisation.tested.deny is recursive: data.organisation.tested.deny -> data.organisation.tested.deny\n8: data.organisation.tested: name a rule or function of the package",
		},
		"with another law": {
			"deny contains {} if input.spec.x with data.law as {}\n",
			"8: data.law: " + ownOnly,
		},
		"another's library": {
			"import data.organisation.lib.day\n\ndeny contains {} if day.x\n",
			"10: data.organisation.lib.day.x: " + ownOnly,
		},
		"a parameter that is not given": {
			"deny contains {} if data.parameters.days\n",
			"8: data.parameters.days: the policy has no such parameter; object.get(data.parameters, …) reads one that may be missing",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := worker.Compile(sandboxtest.NewSource(test.body))
			var faulty *sandbox.CompileError
			if !errors.As(err, &faulty) {
				t.Fatalf("got %v, want a CompileError", err)
			}
			got := strings.ReplaceAll("\n"+err.Error(), "\ntested.rego:", "\n")
			if diff := cmp.Diff("\n"+test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}
