package machine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// builtin is a builtin function. It returns nil if its result is undefined, or if it sets the error of the run.
type builtin func(r *run, operands []*ast.Term) *ast.Term

// direct are the builtin functions that OPA calls most often, without the detour over an iterator.
var direct = map[string]builtin{
	"internal.member_2": isMember,
	"equal":             compareWith(func(order int) bool { return order == 0 }),
	"neq":               compareWith(func(order int) bool { return order != 0 }),
	"lt":                compareWith(func(order int) bool { return order < 0 }),
	"lte":               compareWith(func(order int) bool { return order <= 0 }),
	"gt":                compareWith(func(order int) bool { return order > 0 }),
	"gte":               compareWith(func(order int) bool { return order >= 0 }),
}

// findBuiltin returns the builtin function with a name, or an error if OPA has none.
func findBuiltin(name string) (builtin, error) {
	if found, ok := direct[name]; ok {
		return found, nil
	}
	implementation := topdown.GetBuiltin(name)
	if implementation == nil {
		return nil, fmt.Errorf("no builtin function %s", name)
	}
	if declared := ast.BuiltinMap[name]; declared == nil || declared.Relation {
		return nil, fmt.Errorf("the builtin function %s has several results", name)
	}
	return func(r *run, operands []*ast.Term) *ast.Term {
		r.output = nil
		if err := implementation(r.context, operands, r.keep); err != nil {
			r.err = err
			return nil
		}
		return r.output
	}, nil
}

func compareWith(holds func(order int) bool) builtin {
	return func(_ *run, operands []*ast.Term) *ast.Term {
		return ast.InternedTerm(holds(ast.Compare(operands[0].Value, operands[1].Value)))
	}
}

// isMember is `operands[0] in operands[1]`.
func isMember(_ *run, operands []*ast.Term) *ast.Term {
	found := false
	switch container := operands[1].Value.(type) {
	case ast.Set:
		found = container.Contains(operands[0])
	case *ast.Array:
		found = container.Until(func(v *ast.Term) bool { return v.Value.Compare(operands[0].Value) == 0 })
	case ast.Object:
		found = container.Until(func(_, v *ast.Term) bool { return v.Value.Compare(operands[0].Value) == 0 })
	}
	return ast.InternedTerm(found)
}
