package facts

import (
	"cmp"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// Environment is what a decision about a declaration depends on besides the declaration and the organisation.
type Environment struct {
	// NamespaceLabels are the labels of the declaration's namespace.
	NamespaceLabels map[string]string
	// Exceptions are all PolicyExceptions of the declaration's namespace. NewDeclarationInput selects the approved ones for the declaration.
	Exceptions []v1alpha1.PolicyException
	// Shapes are all ChatShapes of the cluster. NewDeclarationInput selects those that the declaration names.
	Shapes shape.Documents
}

// Exception is an approved PolicyException of one declaration.
type Exception struct {
	Name string `json:"name"`
	// Rules are the ids of the rules that the exception names. The engine leaves out those that no exception can waive.
	Rules []string `json:"rules"`
	// NotApplicable are the entries of the declaration's spec.notApplicable that the exception approves.
	NotApplicable []NotApplicable `json:"notApplicable,omitempty"`
	// Expires is the last day on which the exception applies (ISO date, UTC).
	Expires string `json:"expires"`
}

// NotApplicable is what a declaration says of a dimension that does not apply: its name, and the reason.
type NotApplicable struct {
	Dimension string `json:"dimension"`
	Reason    string `json:"reason"`
}

// selectExceptions returns the exceptions that are approved for the chatbot, sorted by name. It includes expired ones, which
// the rules ignore after their last day.
func selectExceptions(chatbot *v1alpha1.ChatbotDeployment, all []v1alpha1.PolicyException) []Exception {
	var found []Exception
	for i := range all {
		if e := &all[i]; exception.IsFor(e, chatbot) && exception.IsApproved(e) {
			rules := make([]string, 0, len(e.Spec.Rules))
			for _, rule := range e.Spec.Rules {
				rules = append(rules, string(rule))
			}
			found = append(found, Exception{Name: e.Name, Rules: rules, NotApplicable: listNotApplicable(e), Expires: string(e.Spec.Expires)})
		}
	}
	slices.SortFunc(found, func(a, b Exception) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// listNotApplicable returns the entries that the exception repeats.
func listNotApplicable(e *v1alpha1.PolicyException) []NotApplicable {
	var stated []NotApplicable
	for _, one := range e.Spec.NotApplicable {
		stated = append(stated, NotApplicable{Dimension: string(one.Dimension), Reason: string(one.Reason)})
	}
	return stated
}
