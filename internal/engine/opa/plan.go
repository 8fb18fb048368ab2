package opa

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/chaperone-dev/chaperone/internal/engine/opa/machine"
)

// target is the name under which OPA knows planOnly.
const target = "chaperone"

func init() { rego.RegisterPlugin(target, planOnly{}) }

// plan plans the document at a reference with OPA's planner, and makes the plan ready to run.
func plan(ctx context.Context, compiler *ast.Compiler, ref string) (*machine.Program, error) {
	var planned *ir.Policy
	_, err := rego.New(rego.Compiler(compiler), rego.Query(ref), rego.Target(target)).
		PrepareForEval(context.WithValue(ctx, planKey{}, &planned))
	if err != nil {
		return nil, err
	}
	program, err := machine.Compile(planned)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", ref, err)
	}
	return program, nil
}

// planKey is the key of the context under which planOnly finds where to put the plan.
type planKey struct{}

// planOnly is an evaluator of OPA that keeps the plan of a query and evaluates nothing. OPA hands its plans to evaluators alone.
type planOnly struct{}

// IsTarget implements rego.TargetPlugin.
func (planOnly) IsTarget(name string) bool { return name == target }

// PrepareForEval implements rego.TargetPlugin.
func (planOnly) PrepareForEval(ctx context.Context, planned *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	kept, ok := ctx.Value(planKey{}).(**ir.Policy)
	if !ok {
		return nil, fmt.Errorf("the target %s is for plans only", target)
	}
	*kept = planned
	return planOnly{}, nil
}

// Eval implements rego.TargetPluginEval.
func (planOnly) Eval(context.Context, *rego.EvalContext, ast.Value) (ast.Value, error) {
	return nil, fmt.Errorf("the target %s is for plans only", target)
}
