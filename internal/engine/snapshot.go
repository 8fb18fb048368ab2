package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const (
	// timeout bounds one evaluation, beside the deadline of the caller. A decision takes milliseconds.
	timeout = 2 * time.Second
	// loadTimeout bounds what is derived once when a bundle is loaded. 70 jurisdictions take half a second.
	loadTimeout = 30 * time.Second
	// cachedRequirements bounds the merged requirements that are kept, each some 100 KiB. Chatbots of the same places and
	// kinds share one.
	cachedRequirements = 256
	// cachedVerdicts bounds the verdicts about declarations that are kept, each a few KiB.
	cachedVerdicts = 8192
)

// base is a compiled bundle with everything that was derived from its law and from the profiles of an organisation. It never
// changes after it was made, but for its cache.
type base struct {
	codes policy.Codes
	// parents maps a code to the one above it; empty at the top.
	parents map[string]string
	// splits are the rules that find what only a split resolves.
	splits       map[string]bool
	statements   map[string]string
	facts        query
	requirement  query
	declaration  query
	workload     query
	service      query
	connection   query
	requirements *lru.Cache[string, *requirement]
	// loosening are the ids of the points of profiles that ask for less than what they replace.
	loosening []string
}

// snapshot is what decides: a base and the organisation that was adopted. It never changes after it was made, but for its caches.
type snapshot struct {
	*base
	organisation organisation
	revision     string
	verdicts     *lru.Cache[[sha256.Size]byte, policy.Verdict]
	// runner and disabled are the engine's.
	runner   *sandbox.Runner
	disabled *disabled
}

func newSnapshot(b *base, adopted organisation, revision string) (*snapshot, error) {
	verdicts, err := lru.New[[sha256.Size]byte, policy.Verdict](cachedVerdicts)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &snapshot{base: b, organisation: adopted, revision: revision, verdicts: verdicts}, nil
}

// closed returns the codes with those above them, sorted; unknown ones are left out.
func (b *base) closed(codes []v1alpha1.Code) []string {
	var found []string
	for _, code := range codes {
		for at := strings.ToLower(string(code)); at != ""; at = b.parents[at] {
			if _, known := b.parents[at]; !known {
				break
			}
			found = append(found, at)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// loaded is a bundle that was read, validated and compiled.
type loaded struct {
	bundle
	data     legalData
	compiler *ast.Compiler
	rules    ruleSet
}

// load reads, validates and compiles a bundle. Any fault of the bundle is an error.
func load(fsys fs.FS) (*loaded, error) {
	b, err := readBundle(fsys)
	if err != nil {
		return nil, err
	}
	data, err := validate(b.law)
	if err != nil {
		return nil, fmt.Errorf("validate legal data: %w", err)
	}
	compiler, err := compile(b)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	return &loaded{bundle: b, data: data, compiler: compiler, rules: rulesIn(compiler, &data)}, nil
}

// newBase derives what decisions read from the bundle and the profiles, which must be valid.
func newBase(ctx context.Context, l *loaded, profiles []profile) (*base, error) {
	prepared, loosening, err := prepareData(ctx, l.compiler, overlay(l.law, profiles))
	if err != nil {
		return nil, fmt.Errorf("prepare legal data: %w", err)
	}
	b := &base{
		codes: l.data.codes(), parents: l.data.parents(), splits: l.rules.splits,
		statements: l.data.Statements.Statements, loosening: loosening,
	}
	if b.requirements, err = lru.New[string, *requirement](cachedRequirements); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	for to, ref := range map[*query]string{
		&b.facts:       "data.entrypoints.facts.document",
		&b.requirement: "data.entrypoints.requirement.document",
		&b.declaration: "data.entrypoints.declaration.verdict",
		&b.workload:    "data.entrypoints.workload.verdict",
		&b.service:     "data.entrypoints.service.verdict",
		&b.connection:  "data.entrypoints.connection.verdict",
	} {
		if *to, err = prepare(ctx, l.compiler, prepared, ref); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", ref, err)
		}
	}
	return b, nil
}

func compile(b bundle) (*ast.Compiler, error) {
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithSchemas(b.schemas).
		WithUseTypeCheckAnnotations(true)
	compiler.Compile(b.modules)
	if compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// prepareData evaluates once what Rego derives from the legal data, and returns the data that decisions read: what is written
// below `law`, the derived below `prepared`; and the ids of the points that loosen.
func prepareData(ctx context.Context, compiler *ast.Compiler, law map[string]any) (ast.Object, []string, error) {
	written, err := ast.InterfaceToValue(law)
	if err != nil {
		return nil, nil, err
	}
	root := ast.NewObject(ast.Item(ast.StringTerm("law"), ast.NewTerm(written)))
	query, err := prepare(ctx, compiler, root, "data.lib.law.prepared")
	if err != nil {
		return nil, nil, err
	}
	prepared, err := query.run(ctx, ast.NewObject(), loadTimeout)
	if err != nil {
		return nil, nil, err
	}
	loosening, err := wordsAt(prepared, "loosening")
	if err != nil {
		return nil, nil, err
	}
	both := ast.NewObject(
		ast.Item(ast.StringTerm("law"), ast.NewTerm(written)),
		ast.Item(ast.StringTerm("prepared"), ast.NewTerm(prepared)),
	)
	return both, loosening, nil
}
