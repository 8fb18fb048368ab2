package controllers_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// clusterPolicy reads the ClusterNetworkPolicy of the chatbot support.
func (w *world) clusterPolicy() (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("policy.networking.k8s.io/v1beta1")
	object.SetKind("ClusterNetworkPolicy")
	return object, w.client.Get(w.t.Context(), types.NamespacedName{Name: "chaperone-" + w.namespace + ".support"}, object)
}

// awaitClusterPolicy waits until the ClusterNetworkPolicy closes as many ranges of ports, those of UDP and SCTP included, or is gone.
func (w *world) awaitClusterPolicy(ranges int) *unstructured.Unstructured {
	w.t.Helper()
	var found *unstructured.Unstructured
	eventually(w.t, func() error {
		object, err := w.clusterPolicy()
		if ranges == 0 && apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil || ranges == 0 {
			return fmt.Errorf("want %d ranges: %w", ranges, err)
		}
		rules, _, err := unstructured.NestedSlice(object.Object, "spec", "ingress")
		if err != nil || len(rules) != 1 {
			return fmt.Errorf("rules: %v, %w", rules, err)
		}
		if got := len(rules[0].(map[string]any)["protocols"].([]any)); got != ranges {
			return fmt.Errorf("%d ranges, want %d", got, ranges)
		}
		found = object
		return nil
	})
	return found
}

// define creates or deletes the definition of ClusterNetworkPolicies.
func (w *world) define() *unstructured.Unstructured {
	w.t.Helper()
	text, err := os.ReadFile("clusterpolicy/testdata/clusternetworkpolicies.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	definition := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &definition.Object); err != nil {
		w.t.Fatal(err)
	}
	return definition
}

// The API server and the definition are real; nothing calls Reconcile. The API arrives while the manager runs, and goes again.
func TestClusterNetworkPolicies(t *testing.T) {
	startControllers(t)
	w := newWorld(t)
	w.declareCompliant("support", nil)
	eventually(t, func() error {
		if w.networkPolicy() == nil {
			return fmt.Errorf("no NetworkPolicy")
		}
		return nil
	})
	definition := w.define()
	w.create(definition)
	t.Cleanup(func() { _ = client.IgnoreNotFound(w.client.Delete(t.Context(), definition)) })
	// Open are 23090 and 23100: three ranges of TCP are closed.
	policy := w.awaitClusterPolicy(5)
	if tier, _, _ := unstructured.NestedString(policy.Object, "spec", "tier"); tier != "Admin" {
		t.Errorf("the tier is %q", tier)
	}

	// Somebody changes and deletes it.
	if err := unstructured.SetNestedSlice(policy.Object, []any{}, "spec", "ingress"); err != nil {
		t.Fatal(err)
	}
	w.update(policy)
	policy = w.awaitClusterPolicy(5)
	w.delete(policy)
	w.awaitClusterPolicy(5)

	// It follows the NetworkPolicy: a name that is open has the number that pods have.
	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.OpenPorts = []v1alpha1.PortName{"metrics"} })
	pod := builders.Pod(func(p *corev1.Pod) {
		p.Name, p.Labels = "bot", appLabels("support")
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, corev1.ContainerPort{Name: "metrics", ContainerPort: 9090, Protocol: corev1.ProtocolTCP})
	})
	pod = w.inject(pod, w.read("support"), "", nil)
	w.awaitClusterPolicy(6)
	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementAudit })
	w.awaitClusterPolicy(0)
	w.change(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = v1alpha1.EnforcementDeny })
	w.awaitClusterPolicy(6)

	w.delete(definition)
	eventually(t, func() error {
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(definition), definition); !apierrors.IsNotFound(err) {
			return errors.New("the definition is there")
		}
		return nil
	})
	again := w.define()
	w.create(again)
	t.Cleanup(func() { _ = client.IgnoreNotFound(w.client.Delete(t.Context(), again)) })
	w.awaitClusterPolicy(6)
	w.delete(pod)
	w.delete(w.read("support"))
	w.awaitClusterPolicy(0)
}
