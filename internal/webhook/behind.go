package webhook

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
)

// Pods are held as metadata, which the controllers watch anyway.
//
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch

// behind returns the chatbots to whose pods the Service leads, sorted by name; none when it is nobody's. Errors: a lookup that
// failed; a stored selector that is invalid.
func (d *decider) behind(ctx context.Context, namespace string, service *corev1.Service) ([]facts.Chatbot, error) {
	declarations, err := d.declarations(ctx, namespace)
	if err != nil {
		return nil, err
	}
	selected, err := selecting(declarations, service.Spec.Selector)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(selected))
	for _, declaration := range selected {
		names = append(names, declaration.Name)
	}
	pods, err := d.governedPods(ctx, namespace)
	if err != nil {
		return nil, err
	}
	var chatbots []facts.Chatbot
	for _, name := range selection.Behind(service, names, pods) {
		chatbots = append(chatbots, d.chatbot(ctx, name, named(declarations, name)))
	}
	return chatbots, nil
}

// governedPods returns the labels of the pods of the namespace that have the chatbot's; validation vouches for it.
func (d *decider) governedPods(ctx context.Context, namespace string) ([]map[string]string, error) {
	var list metav1.PartialObjectMetadataList
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	err := d.reader.List(ctx, &list, client.InNamespace(namespace), client.HasLabels{v1alpha1.LabelChatbot}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list governed pods of namespace %q: %w", namespace, err)
	}
	pods := make([]map[string]string, 0, len(list.Items))
	for i := range list.Items {
		pods = append(pods, list.Items[i].Labels)
	}
	return pods, nil
}

// chatbot is what the rules about the ways to a chatbot's pods read of it. Its enforcement is held against the organisation's floor.
func (d *decider) chatbot(ctx context.Context, name string, declaration *v1alpha1.ChatbotDeployment) facts.Chatbot {
	chatbot := inject.Chatbot(name, declaration)
	if declaration != nil {
		// Empty, and so Deny, when no decision was reached.
		chatbot.Enforcement = d.prepare(ctx, declaration).verdict.Terms.Enforcement
	}
	return chatbot
}
