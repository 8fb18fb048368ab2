package worker

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// newInputSchema returns the JSON schema of the input of rules. It lets the compiler report a misspelled member at the top of the input,
// such as `input.sepc`; below `spec`, `facts` and `requirement` every name is accepted. A rule with an unnoticed misspelling compiles and
// never finds anything.
func newInputSchema() *ast.SchemaSet {
	anything := map[string]any{}
	object := map[string]any{"type": "object"}
	text := map[string]any{"type": "string"}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, map[string]any{
		"type": "object",
		"properties": map[string]any{
			"spec": anything, "asOf": text, "facts": object, "requirement": object, "namespace": text, "name": text,
		},
		"additionalProperties": false,
	})
	return schemas
}

// isIncomplete reports whether a module does not parse, or has a package that was not added. The compiler would then report faults that
// only follow from this.
func (p *packages) isIncomplete(modules []*ast.Module) bool {
	return slices.Contains(modules, nil) || len(p.definitions) < len(modules)
}

// compile compiles the modules of the packages and adds their faults. moduleNames are the names of the modules, in the same order.
func (p *packages) compile(modules []*ast.Module, moduleNames []string, found *faults) *ast.Compiler {
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(opa.Capabilities(listBuiltins())).WithSchemas(newInputSchema()).
		// The compiler reports more errors than maxFaults, so that the last fault in a CompileError can tell how many others there are.
		SetErrorLimit(2*maxFaults).
		// checkData runs after the stage that replaces the aliases of imports, so that it sees full paths.
		WithStageAfterID(ast.StageResolveRefs, ast.CompilerStageDefinition{
			Name:       "CheckData",
			MetricName: "compile_stage_check_data",
			Stage: func(c *ast.Compiler) *ast.Error {
				for i, name := range moduleNames {
					p.checkData(i, c.Modules[name], found)
				}
				return nil
			},
		})
	moduleByName := map[string]*ast.Module{}
	for i, name := range moduleNames {
		moduleByName[name] = modules[i]
	}
	compiler.Compile(moduleByName)
	found.addErrors(compiler.Errors, moduleNames)
	return compiler
}

// checkData adds a fault for each reference of a module to data that does not belong to its policy, and for each call of print. The index
// is that of the module in the source.
func (p *packages) checkData(index int, m *ast.Module, found *faults) {
	for _, rule := range m.Rules {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			switch {
			case ref.Equal(ast.Print.Ref()):
				// The compiler would remove calls of print without an error.
				found.add(findPlace(index, ref[0].Location), "undefined function %s", ref)
			case ref.HasPrefix(ast.DefaultRootRef):
				if refusal := p.explainRefusal(ref); refusal != "" {
					found.add(findPlace(index, ref[0].Location), "%s: %s", ref, refusal)
				}
			}
			return false // Walk the operands of the reference too.
		})
	}
}

// explainRefusal returns the reason why a module may not refer to a path below data, or "" if it may. A module may refer to the parameters
// and to what the packages of its own policy define.
func (p *packages) explainRefusal(ref ast.Ref) string {
	path := readConstantPath(ref)
	if len(path) > 0 && path[0] == "parameters" {
		if len(path) > 1 && !hasKey(p.parameters, path[1]) {
			return "the policy has no such parameter; object.get(data.parameters, …) reads one that may be missing"
		}
		return ""
	}
	definitions, rest := p.findPackage(path)
	switch {
	case definitions == nil:
		return "a module reads data.parameters and the packages of its own policy: " +
			strings.Join(slices.Sorted(maps.Keys(p.definitions)), ", ")
	case len(rest) == 0:
		return "name a rule or function of the package"
	case !definitions[rest[0]]:
		return "the package does not define it"
	}
	return ""
}

// findPackage returns what the package at the beginning of a path defines, and the rest of the path. It returns nil if the policy has no
// such package. The name of a package has two parts (organisation.NAME, a rule) or three (organisation.lib.NAME, a library).
func (p *packages) findPackage(path []string) (definitions map[string]bool, rest []string) {
	for _, partCount := range []int{2, 3} {
		if len(path) < partCount {
			break
		}
		if found := p.definitions[strings.Join(path[:partCount], ".")]; found != nil {
			return found, path[partCount:]
		}
	}
	return nil, nil
}

func hasKey(object map[string]any, key string) bool {
	_, ok := object[key]
	return ok
}

// readConstantPath returns the parts of a reference after `data`, up to the first part that is not a constant string.
func readConstantPath(ref ast.Ref) []string {
	var path []string
	for _, term := range ref[1:] {
		name, ok := term.Value.(ast.String)
		if !ok {
			break
		}
		path = append(path, string(name))
	}
	return path
}
