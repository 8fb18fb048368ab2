package evaluation

import (
	"cmp"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// merged is one dimension of the merged law, as far as a verdict shows it.
type merged struct {
	value           any
	points, setting opa.Set
}

var mergedMembers = opa.Members[merged]{
	"value":   func(m *merged, t *opa.Term) error { return opa.DecodeJSON(&m.value, t) },
	"points":  func(m *merged, t *opa.Term) error { return opa.DecodeSet(&m.points, t) },
	"setting": func(m *merged, t *opa.Term) error { return opa.DecodeSet(&m.setting, t) },
	"joined":  opa.Ignore[merged],
}

var requirementMembers = opa.Members[requirement]{
	"dimensions":  func(r *requirement, t *opa.Term) error { return decodeDimensions(&r.requirements, t) },
	"obligations": func(r *requirement, t *opa.Term) error { return decodeObligations(&r.obligations, t) },
	"plan":        opa.Ignore[requirement],
	"doubts":      opa.Ignore[requirement],
	"loosened":    opa.Ignore[requirement],
	"upcoming":    func(r *requirement, t *opa.Term) error { return opa.DecodeList(&r.upcoming, t, changeMembers) },
	"daysAhead":   opa.Ignore[requirement],
}

// decodeRequirement reads the result of the entrypoint `requirement`: what a verdict shows of it, and the document itself,
// whose rest is for the rules only.
func decodeRequirement(document opa.Value) (*requirement, error) {
	r := &requirement{document: document}
	if err := requirementMembers.Decode(r, opa.NewTerm(document)); err != nil {
		return nil, err
	}
	return r, nil
}

// decodeDimensions reads the merged dimensions, sorted by name.
func decodeDimensions(into *[]policy.Requirement, term *opa.Term) error {
	*into = []policy.Requirement{}
	err := opa.DecodeObject(term, func(name, member *opa.Term) error {
		r, err := decodeMerged(name, member)
		*into = append(*into, r)
		return err
	})
	slices.SortFunc(*into, func(a, b policy.Requirement) int { return cmp.Compare(a.Dimension, b.Dimension) })
	return err
}

// decodeMerged reads one merged dimension. Points that apply without setting the value are overridden.
func decodeMerged(name, term *opa.Term) (policy.Requirement, error) {
	m := merged{points: opa.NewSet(), setting: opa.NewSet()}
	if err := mergedMembers.Decode(&m, term); err != nil {
		return policy.Requirement{}, err
	}
	r := policy.Requirement{Value: m.value}
	err := cmp.Or(
		opa.DecodeText(&r.Dimension, name),
		decodeSources(&r.Sources, opa.NewTerm(m.setting)),
		decodeSources(&r.Overridden, opa.NewTerm(m.points.Diff(m.setting))),
	)
	return r, err
}
