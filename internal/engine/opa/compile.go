package opa

import (
	"context"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown/cache"

	"github.com/chaperone-dev/chaperone/internal/engine/opa/machine"
)

// Source is a set of Rego files to compile together. NewSource makes one; the zero value is not usable.
type Source struct {
	capabilities *ast.Capabilities
	modules      map[string]*ast.Module
	schemas      *ast.SchemaSet
}

// NewSource returns an empty source. Its modules may call only the named builtin functions.
func NewSource(builtins []string) *Source {
	return &Source{capabilities: Capabilities(builtins), modules: map[string]*ast.Module{}, schemas: ast.NewSchemaSet()}
}

// AddModule parses a file of Rego v1, with its METADATA, and adds it to the source. The name is the path of the file in errors.
func (s *Source) AddModule(name string, content []byte) error {
	module, err := ast.ParseModuleWithOpts(name, string(content), ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      s.capabilities,
	})
	if err != nil {
		return err
	}
	s.modules[name] = module
	return nil
}

// AddSchema adds a JSON schema, as decoded JSON, that METADATA refers to as `schema.<name>`. The compiler checks the types of rules with
// it.
func (s *Source) AddSchema(name string, schema any) {
	s.schemas.Put(ast.Ref{ast.VarTerm("schema"), ast.StringTerm(name)}, schema)
}

// Len returns the number of modules.
func (s *Source) Len() int { return len(s.modules) }

// Compile compiles all modules in strict mode. The error lists the faults that OPA finds before it stops, which it does after ten.
func (s *Source) Compile() (*Policy, error) {
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(s.capabilities).WithSchemas(s.schemas).
		WithUseTypeCheckAnnotations(true)
	compiler.Compile(s.modules)
	if compiler.Failed() {
		return nil, fmt.Errorf("compile: %w", compiler.Errors)
	}
	patterns := cache.NewInterQueryValueCache(context.Background(), &cache.Config{
		InterQueryBuiltinValueCache: cache.InterQueryBuiltinValueCacheConfig{MaxNumEntries: new(cachedPatterns)},
	})
	return &Policy{compiler: compiler, patterns: patterns, plans: map[string]*machine.Program{}}, nil
}

// Policy is a compiled set of modules. It never changes, except for its plans and patterns, and what Seal drops.
type Policy struct {
	// mu guards compiler, which OPA's planner reads and writes, and plans.
	mu sync.Mutex
	// compiler has the modules as OPA parsed and compiled them; nil after Seal.
	compiler *ast.Compiler
	// plans has the plan of each document that was asked for, by its reference.
	plans map[string]*machine.Program
	// patterns keeps compiled regular expressions for all queries. OPA's own cache has room for 100, and the words of the languages alone
	// are several hundred patterns, some of which take a millisecond to compile.
	patterns cache.InterQueryValueCache
}

// Seal drops the modules, which take more memory than all plans. Afterwards, Prepare knows only the documents for which it was called before, and
// Packages and RuleChains must not be called.
func (p *Policy) Seal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.compiler = nil
}

// plan returns the plan of a document, made once.
func (p *Policy) plan(ctx context.Context, ref string) (*machine.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if program, ok := p.plans[ref]; ok {
		return program, nil
	}
	if p.compiler == nil || len(p.compiler.GetRules(ast.MustParseRef(ref))) == 0 {
		return nil, fmt.Errorf("no such entrypoint in the bundle")
	}
	program, err := plan(ctx, p.compiler, ref)
	if err != nil {
		return nil, err
	}
	if !program.Has(ref) {
		return nil, fmt.Errorf("%s is no rule, but holds rules", ref)
	}
	p.plans[ref] = program
	return program, nil
}

// cachedPatterns is the number of regular expressions that a Policy keeps.
const cachedPatterns = 4096
