package selection

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/sets"
)

// satisfiable reports whether a pod can exist that both selectors match: whether, key by key, a value (or the absence of
// one) satisfies all requirements on that key.
func satisfiable(a, b entry) bool {
	byKey := map[string][]labels.Requirement{}
	for _, r := range slices.Concat(a.requirements, b.requirements) {
		byKey[r.Key()] = append(byKey[r.Key()], r)
	}
	for _, requirements := range byKey {
		if !satisfiableKey(requirements) {
			return false
		}
	}
	return true
}

// satisfiableKey looks at requirements on one key. When none lists the allowed values, any of the infinitely many values that
// NotIn does not exclude will do.
func satisfiableKey(requirements []labels.Requirement) bool {
	var mustExist, mustNotExist, listed bool
	var allowed sets.Set[string]
	excluded := sets.New[string]()
	for _, r := range requirements {
		switch r.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals:
			mustExist = true
			values := sets.New(r.ValuesUnsorted()...)
			if listed {
				values = values.Intersection(allowed)
			}
			allowed, listed = values, true
		case selection.NotIn, selection.NotEquals:
			// Absence satisfies NotIn too.
			excluded.Insert(r.ValuesUnsorted()...)
		case selection.Exists:
			mustExist = true
		case selection.DoesNotExist:
			mustNotExist = true
		}
	}
	if mustExist && mustNotExist {
		return false
	}
	return !listed || len(allowed.Difference(excluded)) > 0
}
