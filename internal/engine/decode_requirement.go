package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// merged is one dimension of the merged law, as far as a verdict shows it.
type merged struct {
	value           any
	points, setting ast.Set
}

var mergedMembers = members[merged]{
	"value":   func(m *merged, t *ast.Term) error { return anything(&m.value, t) },
	"points":  func(m *merged, t *ast.Term) error { return set(&m.points, t) },
	"setting": func(m *merged, t *ast.Term) error { return set(&m.setting, t) },
	"joined":  ignored[merged],
}

var requirementMembers = members[requirement]{
	"dimensions":  func(r *requirement, t *ast.Term) error { return dimensions(&r.requirements, t) },
	"obligations": func(r *requirement, t *ast.Term) error { return decodeObligations(&r.obligations, t) },
	"plan":        ignored[requirement],
	"doubts":      ignored[requirement],
	"loosened":    ignored[requirement],
	"upcoming":    func(r *requirement, t *ast.Term) error { return list(&r.upcoming, t, changeMembers) },
	"daysAhead":   ignored[requirement],
}

// decodeRequirement reads the result of the entrypoint `requirement`: what a verdict shows of it, and the document itself,
// whose rest is for the rules only.
func decodeRequirement(document ast.Value) (*requirement, error) {
	r := &requirement{document: document}
	if err := requirementMembers.decode(r, ast.NewTerm(document)); err != nil {
		return nil, err
	}
	return r, nil
}

func ignored[T any](*T, *ast.Term) error { return nil }

func set(into *ast.Set, term *ast.Term) error {
	s, ok := term.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("not a set")
	}
	*into = s
	return nil
}

func dimensions(into *[]policy.Requirement, term *ast.Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	*into = make([]policy.Requirement, 0, object.Len())
	err := object.Iter(func(name, member *ast.Term) error {
		r, err := decodeMerged(name, member)
		*into = append(*into, r)
		return err
	})
	slices.SortFunc(*into, func(a, b policy.Requirement) int { return cmp.Compare(a.Dimension, b.Dimension) })
	return err
}

// decodeMerged reads one merged dimension. Points that apply without setting the value are overridden.
func decodeMerged(name, term *ast.Term) (policy.Requirement, error) {
	m := merged{points: ast.NewSet(), setting: ast.NewSet()}
	if err := mergedMembers.decode(&m, term); err != nil {
		return policy.Requirement{}, err
	}
	r := policy.Requirement{Value: m.value}
	err := cmp.Or(
		text(&r.Dimension, name),
		sources(&r.Sources, ast.NewTerm(m.setting)),
		sources(&r.Overridden, ast.NewTerm(m.points.Diff(m.setting))),
	)
	return r, err
}
