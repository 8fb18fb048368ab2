package worker

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// Compile compiles a source in this process and without limits. A few lines of Rego can keep the compiler busy for minutes, so use
// sandbox.Runner.Compile for a source that is not trusted. The error is a *sandbox.CompileError if the source has faults.
func Compile(s sandbox.Source) (*sandbox.Program, error) {
	compiled, err := compile(s)
	if err != nil {
		return nil, err
	}
	return sandbox.NewProgram(s, compiled.rules)
}

// compiledSource is the result of compiling a source without faults.
type compiledSource struct {
	compiler   *ast.Compiler
	parameters map[string]any
	rules      []sandbox.Rule
}

// compile compiles a source in three steps: it checks sizes and parameters, parses the modules and checks their packages, and runs the
// compiler. A step does not run if the faults of the step before would cause more faults in it. The error is a *sandbox.CompileError with
// all faults of the steps that ran.
func compile(s sandbox.Source) (*compiledSource, error) {
	moduleNames := make([]string, len(s.Modules))
	for i, m := range s.Modules {
		moduleNames[i] = m.Name
	}
	// Step 1: sizes and parameters.
	found := checkSource(s)
	parameters, parameterFaults := readParameters(s)
	if found = append(found, parameterFaults...); len(found) > 0 {
		return nil, found.toError(moduleNames)
	}
	// Step 2: modules and packages.
	modules := make([]*ast.Module, len(moduleNames))
	for i, m := range s.Modules {
		modules[i] = parseModule(m, moduleNames, &found)
	}
	p := newPackages(parameters)
	for i, m := range modules {
		if m != nil {
			p.add(i, m, &found)
		}
	}
	if p.isIncomplete(modules) {
		return nil, found.toError(moduleNames)
	}
	if len(p.rules) == 0 {
		found.add(wholePolicy, "the policy has no rule; a rule is package organisation.<name>")
	}
	// Step 3: the compiler. It also runs if METADATA has faults, which do not concern it.
	compiler := p.compile(modules, moduleNames, &found)
	if err := found.toError(moduleNames); err != nil {
		return nil, err
	}
	return &compiledSource{compiler: compiler, parameters: parameters, rules: p.rules}, nil
}

// parseModule parses one module with its METADATA. If the module has faults, parseModule adds them and returns nil.
func parseModule(m sandbox.Text, moduleNames []string, found *faults) *ast.Module {
	module, err := ast.ParseModuleWithOpts(m.Name, m.Rego, ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      opa.Capabilities(listBuiltins()),
	})
	if err != nil {
		found.addParseError(err, moduleNames)
		return nil
	}
	return module
}
