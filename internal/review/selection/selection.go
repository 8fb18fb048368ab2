// Package selection evaluates the selectors of ChatbotDeployments: which pods a selector matches, and whether two selectors can match the
// same pod. Index does both for many declarations at once. The package is pure: its callers read the objects.
package selection

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// ErrEmpty is returned for a selector without requirements: it would govern every pod of the namespace.
var ErrEmpty = errors.New("the selector is empty: it would match every pod of the namespace")

// Parse returns the declaration's selector. It returns an error, with the path `spec.selector`, if the selector is empty (ErrEmpty) or if a
// label, value or operator is invalid.
func Parse(declaration *v1alpha1.ChatbotDeployment) (labels.Selector, error) {
	selector, err := metav1.LabelSelectorAsSelector(&declaration.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("spec.selector: %w", err)
	}
	if selector.Empty() {
		return nil, fmt.Errorf("spec.selector: %w", ErrEmpty)
	}
	return selector, nil
}

// CanOverlap reports whether a pod, existing or not, could match the selectors of both declarations. Selectors that require different
// labels can overlap, because a pod can have both labels. The error is that of Parse for one of the declarations.
func CanOverlap(a, b *v1alpha1.ChatbotDeployment) (bool, error) {
	first, err := Parse(a)
	if err != nil {
		return false, err
	}
	second, err := Parse(b)
	if err != nil {
		return false, err
	}
	return isSatisfiable(first, second), nil
}

// domain is the set of values that all requirements together allow for one label.
type domain struct {
	// allowed are the values of which the label must have one; nil when it may have any value.
	allowed sets.Set[string]
	// excluded are values that the label must not have, even if they are in allowed.
	excluded sets.Set[string]
	// mustExist is true if the label must exist, mustBeAbsent if it must not.
	mustExist    bool
	mustBeAbsent bool
}

// isSatisfiable reports whether some set of labels matches all selectors. Labels are independent of each other, so it suffices that the
// requirements for each key can be met.
func isSatisfiable(selectors ...labels.Selector) bool {
	domains := map[string]*domain{}
	for _, selector := range selectors {
		requirements, selectable := selector.Requirements()
		if !selectable {
			return false
		}
		for _, r := range requirements {
			d := domains[r.Key()]
			if d == nil {
				d = &domain{excluded: sets.New[string]()}
				domains[r.Key()] = d
			}
			d.applyRequirement(r)
		}
	}
	for _, d := range domains {
		if !d.isSatisfiable() {
			return false
		}
	}
	return true
}

// applyRequirement narrows the domain to what the requirement allows. It has no case for GreaterThan and LessThan, which the selectors of
// declarations cannot have.
func (d *domain) applyRequirement(r labels.Requirement) {
	values := sets.New(r.ValuesUnsorted()...)
	switch r.Operator() {
	case selection.In, selection.Equals, selection.DoubleEquals:
		d.mustExist = true
		if d.allowed != nil {
			values = values.Intersection(d.allowed)
		}
		d.allowed = values
	case selection.NotIn, selection.NotEquals:
		d.excluded = d.excluded.Union(values)
	case selection.Exists:
		d.mustExist = true
	case selection.DoesNotExist:
		d.mustBeAbsent = true
	}
}

// isSatisfiable reports whether some value of the label, or its absence, meets all requirements.
func (d *domain) isSatisfiable() bool {
	if d.mustBeAbsent {
		return !d.mustExist
	}
	// If any value is allowed, there is always one that is not excluded.
	return d.allowed == nil || d.allowed.Difference(d.excluded).Len() > 0
}
