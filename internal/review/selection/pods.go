package selection

import (
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// ConcernsPods reports whether a selector of pods, such as that of a NetworkPolicy, is one of the pods that the declaration governs: it can
// match a pod that the declaration selects and that has the label chaperone.dev/chatbot with the declaration's name, and one of the two
// selectors requires no label that the other does not require too. Selectors that require different labels, such as app: shop and
// app.kubernetes.io/name: redis, could match one pod, but say nothing about each other: the labels of existing pods show whether they do.
// Labels that a pod gets from its node are not counted. The error is that of Parse.
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

// nodeLabels is the prefix of labels that a pod gets from its node when it is bound, which no webhook sees.
const nodeLabels = "topology.kubernetes.io/"

// CanMatch reports whether the selector matches a pod with these labels now, or could match it once the pod is bound to a node.
func CanMatch(selector labels.Selector, podLabels map[string]string) bool {
	requirements, isSelectable := selector.Requirements()
	if !isSelectable {
		return false
	}
	for _, r := range requirements {
		_, hasLabel := podLabels[r.Key()]
		isFromNode := strings.HasPrefix(r.Key(), nodeLabels) && !hasLabel
		if !isFromNode && !r.Matches(labels.Set(podLabels)) {
			return false
		}
	}
	return true
}

// listRequiredKeys returns the keys of the labels that a pod must have, except those that it gets from its node.
func listRequiredKeys(selector labels.Selector) sets.Set[string] {
	keys := sets.New[string]()
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		if strings.HasPrefix(r.Key(), nodeLabels) {
			continue
		}
		switch r.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals, selection.Exists:
			keys.Insert(r.Key())
		}
	}
	return keys
}
