package selection

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Behind returns the names of the chatbots to whose pods the Service leads, sorted:
//   - those in selecting, the declarations whose selectors match the Service's selector taken as labels: then they match every
//     pod that the Service does;
//   - the one whose label chaperone.dev/chatbot the Service selects;
//   - those of the pods (labels of governed pods that exist, the chatbot's name among them) that the Service matches.
//
// A Service without a selector, or of the type ExternalName, leads to no pod by itself.
func Behind(service *corev1.Service, selecting []string, pods []map[string]string) []string {
	selector := service.Spec.Selector
	if len(selector) == 0 || service.Spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	found := sets.New(selecting...)
	if name, ok := selector[v1alpha1.LabelChatbot]; ok {
		found.Insert(name)
	}
	matching := labels.SelectorFromSet(selector)
	for _, pod := range pods {
		if matching.Matches(labels.Set(pod)) {
			found.Insert(pod[v1alpha1.LabelChatbot])
		}
	}
	return sets.List(found)
}
