package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	opa "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// evaluator is a program that is ready to be asked: one query per rule.
type evaluator struct {
	queries map[string]opa.PreparedEvalQuery
}

// newEvaluator compiles a source. The answer has its rules or its faults.
func newEvaluator(s Source) (*evaluator, answer) {
	l, err := load(s)
	var faulty *CompileError
	if errors.As(err, &faulty) {
		return nil, answer{Faults: faulty.Faults}
	}
	if err == nil {
		var e *evaluator
		if e, err = l.prepare(context.Background()); err == nil {
			return e, answer{Rules: l.rules}
		}
	}
	return nil, answer{Faults: []string{shorten(err.Error())}}
}

func (l *loaded) prepare(ctx context.Context) (*evaluator, error) {
	parameters, err := ast.InterfaceToValue(l.parameters)
	if err != nil {
		return nil, fmt.Errorf("read parameters: %w", err)
	}
	store := inmem.NewFromASTObject(ast.NewObject(ast.Item(ast.StringTerm("parameters"), ast.NewTerm(parameters))))
	e := &evaluator{queries: map[string]opa.PreparedEvalQuery{}}
	for _, rule := range l.rules {
		e.queries[rule.ID], err = opa.New(
			opa.Compiler(l.compiler),
			opa.Store(store),
			opa.Query(l.query(rule.ID)),
			opa.StrictBuiltinErrors(true),
			opa.GenerateJSON(func(term *ast.Term, _ *opa.EvalContext) (any, error) { return term.Value, nil }),
		).PrepareForEval(ctx)
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", rule.ID, err)
		}
	}
	return e, nil
}

// query asks for the sets of findings that the rule's package defines, and for nothing else in it.
func (l *loaded) query(id string) string {
	var members []string
	for _, action := range actions {
		ref := fmt.Sprintf("data.%s.%s", id, action)
		if len(l.compiler.GetRulesExact(ast.MustParseRef(ref))) > 0 {
			members = append(members, fmt.Sprintf("%q: %s", action, ref))
		}
	}
	slices.Sort(members)
	return "{" + strings.Join(members, ", ") + "}"
}

func (e *evaluator) evaluate(ctx context.Context, rule string, input ast.Value, stop topdown.Cancel) answer {
	query, ok := e.queries[rule]
	if !ok {
		return answer{Failure: "the policy has no such rule"}
	}
	results, err := query.Eval(ctx,
		opa.EvalParsedInput(input), opa.EvalMetrics(metrics.NoOp()), opa.EvalExternalCancel(stop))
	if err != nil {
		return answer{Failure: failureOf(err)}
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return answer{Failure: fmt.Sprintf("the rule gave %d results instead of one", len(results))}
	}
	value, ok := results[0].Expressions[0].Value.(ast.Value)
	if !ok {
		return answer{Failure: "the rule gave a result of an unexpected type"}
	}
	findings, err := decodeFindings(value)
	if err != nil {
		return answer{Failure: shorten(err.Error())}
	}
	return answer{Findings: findings}
}

// failureOf says what went wrong, and in which module and line. What OPA says beside that can repeat values of the input, which
// belong into no status and no log.
func failureOf(err error) string {
	var failed *topdown.Error
	if !errors.As(err, &failed) {
		return "the evaluation failed"
	}
	if failed.Location == nil {
		return failed.Code
	}
	return fmt.Sprintf("%s in %s:%d", failed.Code, failed.Location.File, failed.Location.Row)
}
