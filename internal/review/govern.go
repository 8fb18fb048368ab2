package review

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// Declarations are the ChatbotDeployments of one namespace. The zero value has none.
type Declarations struct {
	items     []v1alpha1.ChatbotDeployment
	selectors []labels.Selector
	// invalid is why a selector cannot be used; nil when all can.
	invalid error
}

// NewDeclarations takes all ChatbotDeployments of a namespace, which it keeps and does not change.
func NewDeclarations(items []v1alpha1.ChatbotDeployment) Declarations {
	d := Declarations{items: items, selectors: make([]labels.Selector, len(items))}
	for i := range items {
		selector, err := selection.Parse(&items[i])
		if err != nil {
			selector, d.invalid = labels.Nothing(), fmt.Errorf("ChatbotDeployment %q: %w", nameOf(&items[i]), err)
		}
		d.selectors[i] = selector
	}
	return d
}

// Find returns the declaration of the name, nil when there is none.
func (d Declarations) Find(name string) *v1alpha1.ChatbotDeployment {
	for i := range d.items {
		if d.items[i].Name == name {
			return &d.items[i]
		}
	}
	return nil
}

// Names returns the names of all declarations, in their order.
func (d Declarations) Names() []string {
	names := make([]string, 0, len(d.items))
	for i := range d.items {
		names = append(names, d.items[i].Name)
	}
	return names
}

// FindOverlapping returns the declarations whose selectors could match a pod that the selector of the given one, which must be valid,
// matches too. It leaves out the declaration of the same name, and those with an invalid selector: they match nothing.
func (d Declarations) FindOverlapping(declaration *v1alpha1.ChatbotDeployment) []*v1alpha1.ChatbotDeployment {
	var found []*v1alpha1.ChatbotDeployment
	for i := range d.items {
		if d.items[i].Name == declaration.Name {
			continue
		}
		if overlap, err := selection.CanOverlap(declaration, &d.items[i]); err == nil && overlap {
			found = append(found, &d.items[i])
		}
	}
	return found
}

// findMatching returns the declarations whose selectors match the labels.
func (d Declarations) findMatching(set map[string]string) ([]*v1alpha1.ChatbotDeployment, error) {
	if d.invalid != nil {
		return nil, d.invalid
	}
	var found []*v1alpha1.ChatbotDeployment
	for i, selector := range d.selectors {
		if selector.Matches(labels.Set(set)) {
			found = append(found, &d.items[i])
		}
	}
	return found, nil
}

// Governance says which declaration governs a pod.
type Governance struct {
	// Declaration governs the pod; nil when none does.
	Declaration *v1alpha1.ChatbotDeployment
	// Selected is true when the selector of Declaration matches the pod, false when only the pod's label names it.
	Selected bool
	// Claim is the chatbot that the pod's label chaperone.dev/chatbot names; nil when the pod has no such label.
	Claim *string
}

// IsGoverned reports whether the pod is subject to review: a declaration governs it, or it calls itself a chatbot.
func (g Governance) IsGoverned() bool { return g.Declaration != nil || g.Claim != nil }

// Chatbot returns the name of the chatbot that the pod belongs to; empty when IsGoverned is false.
func (g Governance) Chatbot() string {
	switch {
	case g.Declaration != nil:
		return g.Declaration.Name
	case g.Claim != nil:
		return *g.Claim
	}
	return ""
}

// Govern returns which declaration governs a pod with these labels. claim is the chatbot that the pod calls itself (see ClaimOf);
// nil when it does not. The truth table stands in docs/review.md. Errors: *OverlapError; a selector that is invalid, because
// then it is unknown which pods are meant.
func (d Declarations) Govern(podLabels map[string]string, claim *string) (Governance, error) {
	matching, err := d.findMatching(podLabels)
	if err != nil {
		return Governance{}, err
	}
	switch {
	case len(matching) > 1:
		return Governance{}, newOverlapError(matching)
	case len(matching) == 1:
		return Governance{Declaration: matching[0], Selected: true, Claim: claim}, nil
	case claim != nil:
		return Governance{Declaration: d.Find(*claim), Claim: claim}, nil
	}
	return Governance{}, nil
}

// ClaimOf returns the chatbot that the labels of a pod name, nil when they name none.
func ClaimOf(podLabels map[string]string) *string {
	if name, ok := podLabels[v1alpha1.LabelChatbot]; ok {
		return &name
	}
	return nil
}

// OverlapError says that the selectors of several declarations match one pod, so that none of them governs it.
type OverlapError struct {
	// Declarations are the names with their namespace, `shop/support`.
	Declarations []string
}

func newOverlapError(declarations []*v1alpha1.ChatbotDeployment) *OverlapError {
	e := &OverlapError{}
	for _, declaration := range declarations {
		e.Declarations = append(e.Declarations, nameOf(declaration))
	}
	return e
}

// Error names the declarations.
func (e *OverlapError) Error() string {
	quoted := make([]string, 0, len(e.Declarations))
	for _, name := range e.Declarations {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	return fmt.Sprintf("the selectors of ChatbotDeployments %s all match this pod", strings.Join(quoted, " and "))
}

func nameOf(declaration *v1alpha1.ChatbotDeployment) string {
	return declaration.Namespace + "/" + declaration.Name
}
