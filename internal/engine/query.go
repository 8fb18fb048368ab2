package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	opa "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// query is one document of a compiled bundle, ready to be evaluated over its data.
type query struct {
	prepared opa.PreparedEvalQuery
	data     documents
}

// documents is the data of a bundle. OPA finds in it what a rule refers to, as in a cache that holds everything from the
// start: the way over the store reads a path again in each evaluation. The data never changes.
type documents struct {
	root ast.Object
}

// Get returns what stands at a reference that begins with `data`, and nil when nothing does.
func (d documents) Get(ref ast.Ref) ast.Value {
	value, err := d.root.Find(ref[1:])
	if err != nil {
		return nil
	}
	return value
}

// Put is what OPA calls with documents that only the store has. There are none.
func (documents) Put(ast.Ref, ast.Value) {}

// prepare readies the query of one document that must exist.
func prepare(ctx context.Context, c *ast.Compiler, data ast.Object, ref string) (query, error) {
	if len(c.GetRules(ast.MustParseRef(ref))) == 0 {
		return query{}, fmt.Errorf("no such entrypoint in the bundle")
	}
	prepared, err := opa.New(
		opa.Compiler(c),
		opa.Store(inmem.NewFromASTObject(data)),
		opa.Query(ref),
		opa.StrictBuiltinErrors(true),
		opa.GenerateJSON(func(term *ast.Term, _ *opa.EvalContext) (any, error) { return term.Value, nil }),
	).PrepareForEval(ctx)
	return query{prepared: prepared, data: documents{data}}, err
}

// evaluate returns the one value of a query within the time of a decision.
func (q query) evaluate(ctx context.Context, input ast.Value) (ast.Value, error) {
	return q.run(ctx, input, timeout)
}

// run returns the one value of a query. No value, or more than one, is an error, as is the end of the time or of the caller's
// context. The query is told of both by a flag, which costs less than a goroutine that waits for them.
func (q query) run(ctx context.Context, input ast.Value, limit time.Duration) (ast.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stop := topdown.NewCancel()
	defer time.AfterFunc(limit, stop.Cancel).Stop()
	defer context.AfterFunc(ctx, stop.Cancel)()
	results, err := q.prepared.Eval(ctx, opa.EvalParsedInput(input), opa.EvalBaseCache(q.data), opa.EvalMetrics(metrics.NoOp()),
		opa.EvalExternalCancel(stop))
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
