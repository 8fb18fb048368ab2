package selection

import (
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// ConcernsPods reports whether a selector of pods, such as that of a NetworkPolicy, is one of the pods that the declaration governs: it can
// match a pod that the declaration selects and that has the label chaperone.dev/chatbot with the declaration's name, and one of the two
// selectors requires no label that the other does not require too. Selectors that require different labels, such as app: shop and
// app.kubernetes.io/name: redis, could match one pod, but say nothing about each other: the labels of existing pods show whether they do.
// The error is that of Parse.
func ConcernsPods(pods labels.Selector, declaration *v1alpha1.ChatbotDeployment) (bool, error) {
	declared, err := Parse(declaration)
	if err != nil {
		return false, err
	}
	governed := labels.SelectorFromSet(labels.Set{v1alpha1.LabelChatbot: declaration.Name})
	if !isSatisfiable(pods, declared, governed) {
		return false, nil
	}
	required, declaredKeys := listRequiredKeys(pods), listRequiredKeys(declared)
	return required.Has(v1alpha1.LabelChatbot) || declaredKeys.IsSuperset(required) || required.IsSuperset(declaredKeys), nil
}

// listRequiredKeys returns the keys of the labels that a pod must have.
func listRequiredKeys(selector labels.Selector) sets.Set[string] {
	keys := sets.New[string]()
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		switch r.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals, selection.Exists:
			keys.Insert(r.Key())
		}
	}
	return keys
}
