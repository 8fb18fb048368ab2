package evaluation

import (
	"cmp"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// mergedDimension is a dimension with the value merged from the legal points that apply. It has only the members that a verdict shows.
type mergedDimension struct {
	value any
	// appliedPoints are the legal points that apply to the declaration. settingPoints are those of them that set the value.
	appliedPoints, settingPoints opa.Set
}

var mergedDimensionMembers = opa.Members[mergedDimension]{
	"value":   func(d *mergedDimension, t *opa.Term) error { return opa.DecodeJSON(&d.value, t) },
	"points":  func(d *mergedDimension, t *opa.Term) error { return opa.DecodeSet(&d.appliedPoints, t) },
	"setting": func(d *mergedDimension, t *opa.Term) error { return opa.DecodeSet(&d.settingPoints, t) },
	"joined":  opa.Ignore[mergedDimension],
	"light":   opa.Ignore[mergedDimension],
}

// requirementMembers decodes the members of the result of the entrypoint `requirement`. It ignores members that only the rules read.
var requirementMembers = opa.Members[requirement]{
	"dimensions":  func(r *requirement, t *opa.Term) error { return decodeDimensions(&r.requirements, t) },
	"obligations": func(r *requirement, t *opa.Term) error { return decodeObligations(&r.obligations, t) },
	"plan":        opa.Ignore[requirement],
	"advice":      opa.Ignore[requirement],
	"doubts":      opa.Ignore[requirement],
	"loosened":    opa.Ignore[requirement],
	"upcoming":    func(r *requirement, t *opa.Term) error { return opa.DecodeList(&r.upcoming, t, changeMembers) },
	"daysAhead":   opa.Ignore[requirement],
}

// decodeRequirement decodes the result of the entrypoint `requirement` as far as a verdict shows it. It also keeps the whole document,
// which the rules about declarations read.
func decodeRequirement(document opa.Value) (*requirement, error) {
	decoded := &requirement{document: document}
	if err := requirementMembers.Decode(decoded, opa.NewTerm(document)); err != nil {
		return nil, err
	}
	return decoded, nil
}

// decodeDimensions decodes the requirements of the law: an object that maps the name of each dimension to its merged value and the legal
// points that apply. The result is sorted by name.
func decodeDimensions(target *[]policy.Requirement, term *opa.Term) error {
	found := []policy.Requirement{}
	err := opa.DecodeObject(term, func(name, member *opa.Term) error {
		decoded, err := decodeMergedDimension(name, member)
		found = append(found, decoded)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b policy.Requirement) int { return cmp.Compare(a.Dimension, b.Dimension) })
	*target = found
	return nil
}

// decodeMergedDimension decodes the requirement in one dimension: its merged value and the legal points that apply. The sources of points
// that apply but do not set the value become Overridden.
func decodeMergedDimension(name, term *opa.Term) (policy.Requirement, error) {
	// Begin with empty sets, because Decode sets only members that the object has, and Diff below panics on a nil set.
	merged := mergedDimension{appliedPoints: opa.NewSet(), settingPoints: opa.NewSet()}
	if err := mergedDimensionMembers.Decode(&merged, term); err != nil {
		return policy.Requirement{}, err
	}
	decoded := policy.Requirement{Value: merged.value}
	err := cmp.Or(
		opa.DecodeText(&decoded.Dimension, name),
		decodeSources(&decoded.Sources, opa.NewTerm(merged.settingPoints)),
		decodeSources(&decoded.Overridden, opa.NewTerm(merged.appliedPoints.Diff(merged.settingPoints))),
	)
	return decoded, err
}
