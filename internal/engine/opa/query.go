package opa

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Query is one document of a policy, ready to be evaluated over its data. It is safe for concurrent use.
type Query struct {
	prepared rego.PreparedEvalQuery
	data     documents
}

// documents is the data of a query. OPA takes it for a cache that holds everything from the start; reading through the store would
// read a path again in each evaluation. The data never changes.
type documents struct {
	root ast.Object
}

// Get returns the value at a reference that begins with `data`, and nil when there is none.
func (d documents) Get(ref ast.Ref) ast.Value {
	value, err := d.root.Find(ref[1:])
	if err != nil {
		return nil
	}
	return value
}

// Put implements topdown.BaseCache. OPA calls it with documents that only the store has, of which there are none.
func (documents) Put(ast.Ref, ast.Value) {}

// Prepare returns the query of one document (`data.entrypoints.workload.verdict`), which a rule must define. The data is an object.
func (p *Policy) Prepare(ctx context.Context, data Value, ref string) (Query, error) {
	if len(p.compiler.GetRules(ast.MustParseRef(ref))) == 0 {
		return Query{}, fmt.Errorf("no such entrypoint in the bundle")
	}
	root, ok := data.(ast.Object)
	if !ok {
		return Query{}, fmt.Errorf("the data is not an object")
	}
	prepared, err := rego.New(
		rego.Compiler(p.compiler),
		rego.Store(inmem.NewFromASTObject(root)),
		rego.Query(ref),
		rego.StrictBuiltinErrors(true),
		rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) { return term.Value, nil }),
	).PrepareForEval(ctx)
	return Query{prepared: prepared, data: documents{root}}, err
}

// Evaluate returns the one value of the query. No value, or more than one, is an error, as is the end of the time limit or of the
// caller's context. A flag tells the query of both, which costs less than a goroutine that waits for them.
func (q Query) Evaluate(ctx context.Context, input Value, limit time.Duration) (Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stop := topdown.NewCancel()
	defer time.AfterFunc(limit, stop.Cancel).Stop()
	defer context.AfterFunc(ctx, stop.Cancel)()
	results, err := q.prepared.Eval(ctx, rego.EvalParsedInput(input), rego.EvalBaseCache(q.data), rego.EvalMetrics(metrics.NoOp()),
		rego.EvalExternalCancel(stop))
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 || len(results[0].Bindings) != 0 {
		return nil, fmt.Errorf("the policy gave %d results instead of one", len(results))
	}
	value, ok := results[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return nil, fmt.Errorf("the policy gave a result of an unexpected type")
	}
	return value, nil
}
