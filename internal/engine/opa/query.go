package opa

import (
	"context"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/cache"

	"github.com/chaperone-dev/chaperone/internal/engine/opa/machine"
)

// Query is a prepared query for one document of a policy over fixed data. It is safe for concurrent use.
type Query struct {
	program  *machine.Program
	ref      string
	data     *ast.Term
	patterns cache.InterQueryValueCache
}

// Prepare prepares a query for the document at a reference such as `data.entrypoints.workload.verdict`. It returns an error if no rule
// defines the document, or if the data is not an object.
func (p *Policy) Prepare(ctx context.Context, data Value, ref string) (Query, error) {
	if _, ok := data.(ast.Object); !ok {
		return Query{}, fmt.Errorf("the data is not an object")
	}
	program, err := p.plan(ctx, ref)
	if err != nil {
		return Query{}, err
	}
	return Query{program: program, ref: ref, data: ast.NewTerm(data), patterns: p.patterns}, nil
}

// Evaluate evaluates the query and returns the value of the document. It returns an error if the document is undefined, if the evaluation
// exceeds the time limit, or if the context ends.
func (q Query) Evaluate(ctx context.Context, input Value, limit time.Duration) (Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// The evaluation polls `stop`, a flag that the timer or the end of the context sets. The deferred calls end the timer and the watch on the
	// context.
	stop := topdown.NewCancel()
	defer time.AfterFunc(limit, stop.Cancel).Stop()
	defer context.AfterFunc(ctx, stop.Cancel)()
	result, err := q.program.Run(ctx, q.ref, ast.NewTerm(input), q.data, machine.Options{Stop: stop, Patterns: q.patterns})
	if err != nil {
		return nil, err
	}
	if result == nil {
		return nil, fmt.Errorf("the policy gave no result")
	}
	return result.Value, nil
}
