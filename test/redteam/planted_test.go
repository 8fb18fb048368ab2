package redteam

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// plantedNames takes the names of a chatbot's objects in a namespace that nothing governs yet, in ways that keep objects from being changed and
// deleted. The chatbot is governed all the same, and what has another such name is still that of its owner.
func plantedNames(t *testing.T, w *world) error {
	const namespace, name = "planted", "chaperone-support"
	w.namespace(t, namespace)
	planted := metav1.ObjectMeta{
		Name: name, Finalizers: []string{"redteam.example/keep"}, Annotations: map[string]string{"note": strings.Repeat("x", 262_000)},
	}
	open := networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}
	w.must(t, namespaceAdmin, post, configMaps(namespace), corev1.ConfigMap{ObjectMeta: planted, Immutable: ptr.To(true)})
	w.must(t, namespaceAdmin, post, networkPolicies(namespace), networkingv1.NetworkPolicy{ObjectMeta: planted, Spec: open})
	w.must(t, namespaceAdmin, remove, networkPolicies(namespace)+"/"+name, nil) // It waits for the finalizer.
	other := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "chaperone-other"}, Spec: open}
	w.must(t, namespaceAdmin, post, networkPolicies(namespace), other)
	w.declare(t, namespace)
	if err := within(limit, func() error {
		return w.hasCondition(t, namespace, v1alpha1.ConditionSidecarConfigured, true)
	}); err != nil {
		return err
	}
	var c corev1.ConfigMap
	var p networkingv1.NetworkPolicy
	w.must(t, namespaceAdmin, get, configMaps(namespace)+"/"+name, nil).decode(t, &c)
	w.must(t, namespaceAdmin, get, networkPolicies(namespace)+"/"+name, nil).decode(t, &p)
	for _, object := range []client.Object{&c, &p} {
		if !contract.IsManaged(object.GetLabels()) || len(object.GetFinalizers()) > 0 {
			return fmt.Errorf("%T is still that of the tenant: %v, %v", object, object.GetLabels(), object.GetFinalizers())
		}
	}
	path := networkPolicies(namespace) + "/" + other.Name
	if err := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot")).refusedWith("network.opens_ports", other.Name); err != nil {
		return err
	}
	w.must(t, namespaceAdmin, merge, path+dryRun, `{"metadata":{"labels":{"team":"shop"}}}`)
	w.must(t, namespaceAdmin, remove, path, nil)
	return within(limit, func() error {
		return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot")))
	})
}
