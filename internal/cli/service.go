package cli

import (
	"context"
	"maps"

	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// addPod remembers the labels that a governed pod of the input will have. One that several declarations select is none's.
func (j *judge) addPod(o manifest.Object) {
	labels := map[string]string{}
	maps.Copy(labels, o.Pod.Labels)
	if matching := j.selectors.Matching(o.Namespace, labels); len(matching) == 1 {
		labels[v1alpha1.LabelChatbot] = matching[0].Name
	}
	if _, governed := labels[v1alpha1.LabelChatbot]; governed {
		j.pods[o.Namespace] = append(j.pods[o.Namespace], labels)
	}
}

// service judges a Service by the declarations and the governed pods of the input, or says why it is left out.
func (j *judge) service(ctx context.Context, o manifest.Object) (verdict policy.Verdict, skipped string) {
	var selecting []string
	for _, name := range j.selectors.Matching(o.Namespace, o.Service.Spec.Selector) {
		selecting = append(selecting, name.Name)
	}
	var chatbots []facts.Chatbot
	for _, name := range selection.Behind(o.Service, selecting, j.pods[o.Namespace]) {
		declared := j.declared[types.NamespacedName{Namespace: o.Namespace, Name: name}]
		chatbots = append(chatbots, inject.Chatbot(name, declared.Declaration))
	}
	if len(chatbots) == 0 {
		return policy.Verdict{}, "it leads to no pod of a ChatbotDeployment of the input"
	}
	return j.engine.Service(ctx, facts.NewServiceInput(o.Service, chatbots, j.day)), ""
}
