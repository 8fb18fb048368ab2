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
	items []v1alpha1.ChatbotDeployment
	// selectors[i] is the selector of items[i]; it matches no pod if the declaration's selector is invalid.
	selectors []labels.Selector
	// selectorError is the error of one of the invalid selectors; nil if all selectors are valid.
	selectorError error
}

// NewDeclarations parses the selectors of the ChatbotDeployments for reviews. The items must be all ChatbotDeployments of one namespace.
// NewDeclarations keeps the slice and does not change it. If a selector is invalid, the methods that look for the declarations of a pod
// return an error.
func NewDeclarations(items []v1alpha1.ChatbotDeployment) Declarations {
	d := Declarations{items: items, selectors: make([]labels.Selector, len(items))}
	for i := range items {
		selector, err := selection.Parse(&items[i])
		if err != nil {
			selector, d.selectorError = labels.Nothing(), fmt.Errorf("ChatbotDeployment %q: %w", qualifyName(&items[i]), err)
		}
		d.selectors[i] = selector
	}
	return d
}

// Find returns the declaration with the name, or nil if there is none.
func (d Declarations) Find(name string) *v1alpha1.ChatbotDeployment {
	for i := range d.items {
		if d.items[i].Name == name {
			return &d.items[i]
		}
	}
	return nil
}

// Names returns the names of all declarations, in the order of NewDeclarations.
func (d Declarations) Names() []string {
	names := make([]string, 0, len(d.items))
	for i := range d.items {
		names = append(names, d.items[i].Name)
	}
	return names
}

// FindOverlapping returns the other declarations whose selectors could match the same pod as the selector of the given declaration, which
// must be valid. It leaves out the declaration with the same name, and declarations with an invalid selector, which match no pod.
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

// findMatching returns the declarations whose selectors match the labels. It returns an error if the selector of any declaration is
// invalid, because it is unknown which pods that declaration is meant to govern.
func (d Declarations) findMatching(podLabels map[string]string) ([]*v1alpha1.ChatbotDeployment, error) {
	if d.selectorError != nil {
		return nil, d.selectorError
	}
	var found []*v1alpha1.ChatbotDeployment
	for i, selector := range d.selectors {
		if selector.Matches(labels.Set(podLabels)) {
			found = append(found, &d.items[i])
		}
	}
	return found, nil
}

// Governance says which declaration governs a pod.
type Governance struct {
	// Declaration governs the pod; nil when none does.
	Declaration *v1alpha1.ChatbotDeployment
	// IsSelected is true if the selector of Declaration matches the pod, and false if only the pod's label names Declaration.
	IsSelected bool
	// Claim is the chatbot that the pod's label chaperone.dev/chatbot names, or that it named before an update removed the label; nil if
	// there is none.
	Claim *string
}

// IsGoverned reports whether the pod is subject to review: a declaration governs it, or it claims a chatbot.
func (g Governance) IsGoverned() bool { return g.Declaration != nil || g.Claim != nil }

// Chatbot returns the name of the chatbot to which the pod belongs, or "" if IsGoverned is false.
func (g Governance) Chatbot() string {
	switch {
	case g.Declaration != nil:
		return g.Declaration.Name
	case g.Claim != nil:
		return *g.Claim
	}
	return ""
}

// Govern returns which declaration governs a pod with these labels. claim is the chatbot that the pod's label names (see ReadClaim), or
// that it named before an update removed the label; nil if there is none. docs/review.md has the truth table. Govern returns an
// *OverlapError if several declarations select the pod, and another error if the selector of any declaration of the namespace is invalid.
func (d Declarations) Govern(podLabels map[string]string, claim *string) (Governance, error) {
	matching, err := d.findMatching(podLabels)
	if err != nil {
		return Governance{}, err
	}
	switch {
	case len(matching) > 1:
		return Governance{}, newOverlapError(matching)
	case len(matching) == 1:
		return Governance{Declaration: matching[0], IsSelected: true, Claim: claim}, nil
	case claim != nil:
		return Governance{Declaration: d.Find(*claim), Claim: claim}, nil
	}
	return Governance{}, nil
}

// IsUngoverned reports whether a pod with these labels is subject to no review: no selector of the namespace matches it, and it claims no
// chatbot. It returns false while Govern returns an error.
func (d Declarations) IsUngoverned(podLabels map[string]string) bool {
	governance, err := d.Govern(podLabels, ReadClaim(podLabels))
	return err == nil && !governance.IsGoverned()
}

// ReadClaim returns the claim of a pod with these labels: the value of the label chaperone.dev/chatbot, or nil if the pod does not have the
// label.
func ReadClaim(podLabels map[string]string) *string {
	if name, ok := podLabels[v1alpha1.LabelChatbot]; ok {
		return &name
	}
	return nil
}

// OverlapError says that the selectors of several declarations match one pod, so that none of them governs it.
type OverlapError struct {
	// Declarations are the names of the declarations, each with its namespace, for example `shop/support`.
	Declarations []string
}

func newOverlapError(declarations []*v1alpha1.ChatbotDeployment) *OverlapError {
	e := &OverlapError{}
	for _, declaration := range declarations {
		e.Declarations = append(e.Declarations, qualifyName(declaration))
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

// qualifyName returns the namespace and the name of a declaration, for example `shop/support`.
func qualifyName(declaration *v1alpha1.ChatbotDeployment) string {
	return declaration.Namespace + "/" + declaration.Name
}
