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
	"github.com/open-policy-agent/opa/v1/topdown/cache"
)

// Query is a prepared query for one document of a policy over fixed data. It is safe for concurrent use.
type Query struct {
	prepared rego.PreparedEvalQuery
	data     documents
	patterns cache.InterQueryValueCache
}

// documents is the data of a query as a topdown.BaseCache, a cache of OPA for data that it has read from the store. This one has all the
// data from the start, so OPA reads the store only for a reference that the data does not have, and finds nothing there. The data never
// changes.
type documents struct {
	root ast.Object
}

// Get implements topdown.BaseCache. It returns the value at a reference that begins with `data`, or nil if there is none.
func (d documents) Get(ref ast.Ref) ast.Value {
	value, err := d.root.Find(ref[1:])
	if err != nil {
		return nil
	}
	return value
}

// Put implements topdown.BaseCache. It drops a document that OPA has read from the store, because all documents are in the cache from the
// start.
func (documents) Put(ast.Ref, ast.Value) {}

// Prepare prepares a query for the document at a reference such as `data.entrypoints.workload.verdict`. It returns an error if no rule
// defines the document, or if the data is not an object.
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
		// Return the value itself: decoding it to JSON would take longer.
		rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) { return term.Value, nil }),
	).PrepareForEval(ctx)
	return Query{prepared: prepared, data: documents{root}, patterns: p.patterns}, err
}

// Evaluate evaluates the query and returns the value of the document. It returns an error if the document is undefined or has several
// values, if the evaluation exceeds the time limit, or if the context ends.
func (q Query) Evaluate(ctx context.Context, input Value, limit time.Duration) (Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// The evaluation polls `stop`, a flag that the timer or the end of the context sets. Without it, OPA starts a goroutine that waits for the
	// end of the context, which takes longer. The deferred calls end the timer and the watch on the context.
	stop := topdown.NewCancel()
	defer time.AfterFunc(limit, stop.Cancel).Stop()
	defer context.AfterFunc(ctx, stop.Cancel)()
	// EvalBaseCache gives OPA the data, which is faster than its store. NoOp stops OPA from measuring metrics, which nothing reads.
	results, err := q.prepared.Eval(ctx, rego.EvalParsedInput(input), rego.EvalBaseCache(q.data), rego.EvalMetrics(metrics.NoOp()),
		rego.EvalExternalCancel(stop), rego.EvalInterQueryBuiltinValueCache(q.patterns))
	if err != nil {
		return nil, err
	}
	// The query is a single expression without variables.
	if len(results) != 1 || len(results[0].Expressions) != 1 || len(results[0].Bindings) != 0 {
		return nil, fmt.Errorf("the policy gave %d results instead of one", len(results))
	}
	value, ok := results[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return nil, fmt.Errorf("the policy gave a result of an unexpected type")
	}
	return value, nil
}
