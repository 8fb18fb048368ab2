package worker

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// Compile compiles a source in this process. When the source has faults, the error is a *sandbox.CompileError that lists all of them. A
// few lines of Rego can keep the compiler busy for minutes: use sandbox.Runner.Compile for text that is not trusted.
func Compile(s sandbox.Source) (*sandbox.Program, error) {
	compiled, err := compile(s)
	if err != nil {
		return nil, err
	}
	return sandbox.NewProgram(s, compiled.rules)
}

// compiledSource is a source that was compiled.
type compiledSource struct {
	compiler   *ast.Compiler
	parameters map[string]any
	rules      []sandbox.Rule
}

// compile parses and compiles a source. It stops at the first step with faults and reports all faults of that step: sizes and
// parameters, then the parser, then packages and the compiler.
func compile(s sandbox.Source) (*compiledSource, error) {
	names := make([]string, len(s.Modules))
	for i, m := range s.Modules {
		names[i] = m.Name
	}
	found := checkSize(s)
	parameters, parameterFaults := readParameters(s)
	if found = append(found, parameterFaults...); len(found) > 0 {
		return nil, found.toError(names)
	}
	modules := make([]*ast.Module, len(names))
	for i, m := range s.Modules {
		modules[i] = parse(m, names, &found)
	}
	p := newPackages(parameters)
	for i, m := range modules {
		if m != nil {
			p.add(i, m, &found)
		}
	}
	if p.isIncomplete(modules) {
		return nil, found.toError(names)
	}
	if len(p.rules) == 0 {
		found.add(nowhere, "the policy has no rule; a rule is package organisation.<name>")
	}
	compiler := p.compile(modules, names, &found)
	if err := found.toError(names); err != nil {
		return nil, err
	}
	return &compiledSource{compiler: compiler, parameters: parameters, rules: p.rules}, nil
}

func parse(m sandbox.Text, names []string, found *faults) *ast.Module {
	module, err := ast.ParseModuleWithOpts(m.Name, m.Rego, ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      opa.Capabilities(allowedBuiltins()),
	})
	if err != nil {
		found.addError(err, names)
		return nil
	}
	return module
}
