package sandbox

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// Rule describes one rule of a program, from the METADATA of its package.
type Rule struct {
	// ID is `organisation.<name>`, as the package.
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Remedy is one sentence: what to do about a finding.
	Remedy string `json:"remedy"`
	// Party is who must act: deployer (when nothing is said), developer, processor or platform.
	Party string `json:"party"`
	// Severity is low, medium (when nothing is said) or high.
	Severity string `json:"severity"`
}

// Program is a source that compiles. It never changes.
type Program struct {
	source Source
	key    string
	rules  []Rule
}

// Rules are those of the program, in the order of its modules. They must not be changed.
func (p *Program) Rules() []Rule {
	return p.rules
}

// Compile checks a source in this process. A source with a fault is a *CompileError with all of them. Few lines of Rego can
// keep the compiler busy for minutes: ask Runner.Compile where the text is somebody else's.
func Compile(s Source) (*Program, error) {
	l, err := load(s)
	if err != nil {
		return nil, err
	}
	return newProgram(s, l.rules)
}

func newProgram(s Source, rules []Rule) (*Program, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	return &Program{source: s, key: key, rules: rules}, nil
}

// loaded is a source that was compiled: what a worker keeps of it.
type loaded struct {
	compiler   *ast.Compiler
	parameters map[string]any
	rules      []Rule
}

// load parses and compiles. All faults of the parser are told at once, then those of the packages, and of the compiler.
func load(s Source) (*loaded, error) {
	names := make([]string, len(s.Modules))
	for i, m := range s.Modules {
		names[i] = m.Name
	}
	found := s.checkSize()
	parameters, faulty := s.parameters()
	if found = append(found, faulty...); len(found) > 0 {
		return nil, found.err(names)
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
	if p.incomplete(modules) {
		return nil, found.err(names)
	}
	if len(p.rules) == 0 {
		found.add(nowhere, "the policy has no rule; a rule is package organisation.<name>")
	}
	compiler := p.compile(modules, names, &found)
	if err := found.err(names); err != nil {
		return nil, err
	}
	return &loaded{compiler: compiler, parameters: parameters, rules: p.rules}, nil
}

func parse(m Text, names []string, found *faults) *ast.Module {
	module, err := ast.ParseModuleWithOpts(m.Name, m.Rego, ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      capabilities(),
	})
	if err != nil {
		found.addError(err, names)
		return nil
	}
	return module
}
