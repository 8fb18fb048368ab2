package worker

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// newInputSchema returns the schema of the input of a rule. With the schema, the compiler reports a misspelt member. Without it, the rule
// would compile and never find anything.
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

// isIncomplete reports whether the compiler would report faults that are only consequences of others.
func (p *packages) isIncomplete(modules []*ast.Module) bool {
	return slices.Contains(modules, nil) || len(p.names) < len(modules)
}

// compile compiles the modules and adds what is wrong with them to found. The names are the names of the modules.
func (p *packages) compile(modules []*ast.Module, names []string, found *faults) *ast.Compiler {
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(opa.Capabilities(allowedBuiltins())).WithSchemas(newInputSchema()).
		SetErrorLimit(2*maxFaults).
		// After this stage every reference has its full path, also where the module uses the alias of an import.
		WithStageAfterID(ast.StageResolveRefs, ast.CompilerStageDefinition{
			Name:       "CheckData",
			MetricName: "compile_stage_check_data",
			Stage: func(c *ast.Compiler) *ast.Error {
				for i, name := range names {
					p.checkData(i, c.Modules[name], found)
				}
				return nil
			},
		})
	byName := map[string]*ast.Module{}
	for i, name := range names {
		byName[name] = modules[i]
	}
	compiler.Compile(byName)
	found.addErrors(compiler.Errors, names)
	return compiler
}

// checkData reports references of a module to data that is not its policy's own.
func (p *packages) checkData(index int, m *ast.Module, found *faults) {
	for _, rule := range m.Rules {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			switch {
			case ref.Equal(ast.Print.Ref()):
				// The compiler removes calls of print silently.
				found.add(placeOf(index, ref[0].Location), "undefined function %s", ref)
			case ref.HasPrefix(ast.DefaultRootRef):
				if problem := p.findProblem(ref); problem != "" {
					found.add(placeOf(index, ref[0].Location), "%s: %s", ref, problem)
				}
			}
			return false
		})
	}
}

// findProblem returns the reason why a module must not read the reference below data, or "" if it may.
func (p *packages) findProblem(ref ast.Ref) string {
	path := constantPath(ref)
	if len(path) > 0 && path[0] == "parameters" {
		if len(path) > 1 && !hasKey(p.parameters, path[1]) {
			return "the policy has no such parameter; object.get(data.parameters, …) reads one that may be missing"
		}
		return ""
	}
	// The name of a package has two members (organisation.NAME, a rule) or three (organisation.lib.NAME, a library).
	for _, depth := range []int{2, 3} {
		if len(path) < depth {
			break
		}
		defined, ok := p.names[strings.Join(path[:depth], ".")]
		if !ok {
			continue
		}
		if len(path) == depth {
			return "name a rule or function of the package"
		}
		if !defined[path[depth]] {
			return "the package does not define it"
		}
		return ""
	}
	return "a module reads data.parameters and the packages of its own policy: " +
		strings.Join(slices.Sorted(maps.Keys(p.names)), ", ")
}

func hasKey(object map[string]any, key string) bool {
	_, ok := object[key]
	return ok
}

// constantPath returns the members of a reference after `data`, up to the first one that is not a constant string.
func constantPath(ref ast.Ref) []string {
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
