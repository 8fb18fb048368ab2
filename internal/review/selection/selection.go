// Package selection says what the selectors of ChatbotDeployments mean: which pods one matches, and whether two can match the same
// pod. Index finds both among many declarations. The package is pure: the objects come from its callers.
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

// Parse returns the declaration's selector. Errors: ErrEmpty, or what is wrong with a label, value or operator; each is
// wrapped with the path `spec.selector`.
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

// CanOverlap reports whether some pod, existing or not, could match both selectors. Labels that only one of them reads do not
// keep them apart: a pod may carry both. An error means that the first or the second selector is invalid (see Parse).
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
	// allowed is nil when every value is allowed.
	allowed  sets.Set[string]
	excluded sets.Set[string]
	// present is true if the label must exist, absent if it must not.
	present bool
	absent  bool
}

// isSatisfiable reports whether some set of labels matches all selectors.
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

// applyRequirement narrows the domain. A label selector has four operators only; matchLabels count as In.
func (d *domain) applyRequirement(r labels.Requirement) {
	values := sets.New(r.ValuesUnsorted()...)
	switch r.Operator() {
	case selection.In, selection.Equals, selection.DoubleEquals:
		d.present = true
		if d.allowed != nil {
			values = values.Intersection(d.allowed)
		}
		d.allowed = values
	case selection.NotIn, selection.NotEquals:
		d.excluded = d.excluded.Union(values)
	case selection.Exists:
		d.present = true
	case selection.DoesNotExist:
		d.absent = true
	}
}

// isSatisfiable reports whether some value of the label, or its absence, meets all requirements.
func (d *domain) isSatisfiable() bool {
	if d.absent {
		return !d.present
	}
	return d.allowed == nil || d.allowed.Difference(d.excluded).Len() > 0
}
