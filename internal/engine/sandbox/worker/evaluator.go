package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// evaluator is a compiled program.
type evaluator struct {
	// queries maps the ID of each rule to its prepared query.
	queries map[string]rego.PreparedEvalQuery
}

// newEvaluator compiles a source and prepares its rules for evaluation. The response has the rules. If the source has faults, newEvaluator
// returns nil and a response with the faults.
func newEvaluator(s sandbox.Source) (*evaluator, sandbox.Response) {
	compiled, err := compile(s)
	if err != nil {
		return nil, newFaultResponse(err)
	}
	prepared, err := compiled.prepare(context.Background())
	if err != nil {
		return nil, newFaultResponse(err)
	}
	return prepared, sandbox.Response{Rules: compiled.rules}
}

// newFaultResponse returns the response about a source that does not compile.
func newFaultResponse(err error) sandbox.Response {
	var compileError *sandbox.CompileError
	if errors.As(err, &compileError) {
		return sandbox.Response{Faults: compileError.Faults}
	}
	return sandbox.Response{Faults: []string{sandbox.Shorten(err.Error())}}
}

// prepare prepares the query of each rule. The only data that queries can read are the parameters.
func (c *compiledSource) prepare(ctx context.Context) (*evaluator, error) {
	parameters, err := ast.InterfaceToValue(c.parameters)
	if err != nil {
		return nil, fmt.Errorf("read parameters: %w", err)
	}
	store := inmem.NewFromASTObject(ast.NewObject(ast.Item(ast.StringTerm("parameters"), ast.NewTerm(parameters))))
	e := &evaluator{queries: map[string]rego.PreparedEvalQuery{}}
	for _, rule := range c.rules {
		e.queries[rule.ID], err = rego.New(
			rego.Compiler(c.compiler),
			rego.Store(store),
			rego.Query(c.formatQuery(rule.ID)),
			rego.StrictBuiltinErrors(true),
			// Return the Rego value itself, which decodeFindings reads: JSON would not distinguish sets from arrays.
			rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) { return term.Value, nil }),
		).PrepareForEval(ctx)
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", rule.ID, err)
		}
	}
	return e, nil
}

// formatQuery returns the query for the findings of a rule, an object such as {"deny": data.organisation.tone.deny}. The object has only
// the actions that the package of the rule defines, because one undefined member would make the whole object undefined.
func (c *compiledSource) formatQuery(id string) string {
	var members []string
	for _, action := range actions {
		ref := fmt.Sprintf("data.%s.%s", id, action)
		if len(c.compiler.GetRulesExact(ast.MustParseRef(ref))) > 0 {
			members = append(members, fmt.Sprintf("%q: %s", action, ref))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// evaluate evaluates one rule for an input until it is told to stop. The response has the findings or, if the rule cannot be evaluated, the
// failure.
func (e *evaluator) evaluate(ctx context.Context, rule string, input ast.Value, stop topdown.Cancel) sandbox.Response {
	query, ok := e.queries[rule]
	if !ok {
		return sandbox.Response{Failure: "the policy has no such rule"}
	}
	results, err := query.Eval(ctx,
		rego.EvalParsedInput(input), rego.EvalMetrics(metrics.NoOp()), rego.EvalExternalCancel(stop))
	if err != nil {
		return sandbox.Response{Failure: describeFailure(err)}
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return sandbox.Response{Failure: fmt.Sprintf("the rule gave %d results instead of one", len(results))}
	}
	value, ok := results[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return sandbox.Response{Failure: "the rule gave a result of an unexpected type"}
	}
	findings, err := decodeFindings(value)
	if err != nil {
		return sandbox.Response{Failure: sandbox.Shorten(err.Error())}
	}
	return sandbox.Response{Findings: findings}
}

// describeFailure describes an error of the evaluation by its code, module and line. It leaves out OPA's message, which can repeat values
// of the input: they must not reach a status or a log.
func describeFailure(err error) string {
	var failed *topdown.Error
	if !errors.As(err, &failed) {
		return "the evaluation failed"
	}
	if failed.Location == nil {
		return failed.Code
	}
	return fmt.Sprintf("%s in %s:%d", failed.Code, failed.Location.File, failed.Location.Row)
}
