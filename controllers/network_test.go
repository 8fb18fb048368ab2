package controllers_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// networkPolicy returns the NetworkPolicy of the declaration support, or nil if there is none.
func (w *world) networkPolicy() *networkingv1.NetworkPolicy {
	w.t.Helper()
	var found networkingv1.NetworkPolicy
	err := w.client.Get(w.t.Context(), w.key(owned), &found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &found
}

// closes reports whether the NetworkPolicy of the declaration support selects the pod.
func (w *world) closes(pod *corev1.Pod) bool {
	w.t.Helper()
	found := w.networkPolicy()
	if found == nil {
		return false
	}
	selector, err := metav1.LabelSelectorAsSelector(&found.Spec.PodSelector)
	if err != nil {
		w.t.Fatal(err)
	}
	return selector.Matches(labels.Set(pod.Labels))
}

func TestDeclaringARunningChatbotKeepsItReachable(t *testing.T) {
	w := newWorld(t)
	before := w.pod(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = "before", appLabels("support") }))
	d := w.declare("support", appLabels("support"))
	w.reconcile("support")
	if w.closes(before) {
		t.Error("the NetworkPolicy selects a pod that ran before the declaration and has no sidecar")
	}
	injected := w.governedPod(d, "injected", "", nil)
	if !w.closes(injected) {
		t.Error("the NetworkPolicy does not select a pod with the sidecar")
	}
	// The labels of spec.selector can be changed while a pod runs.
	injected.Labels["app"] = "renamed"
	if !w.closes(injected) {
		t.Error("a changed label of spec.selector takes the pod out of the NetworkPolicy")
	}
}

func TestTheFirstNetworkPolicyWaitsUntilItCutsNothingOff(t *testing.T) {
	labelled := func(w *world) *corev1.Pod {
		return w.pod(builders.Pod(func(p *corev1.Pod) {
			p.Name, p.Labels = "labelled", map[string]string{"app": "support", v1alpha1.LabelChatbot: "support"}
		}))
	}
	withoutTakenPort := func(w *world) *corev1.Pod {
		return w.governedPod(w.read("support"), "unnamed", "", func(p *corev1.Pod) { p.Spec.InitContainers[0].Ports = nil })
	}
	for name, create := range map[string]func(*world) *corev1.Pod{
		"a pod that had the label before the installation":               labelled,
		"a pod that was admitted although the sidecar took over no port": withoutTakenPort,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declare("support", appLabels("support"))
			pod := create(w)
			w.reconcile("support")
			if w.networkPolicy() != nil {
				t.Fatal("the NetworkPolicy cuts the pod off")
			}
			w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "True/NetworkOpen")
			if message := w.message("support", v1alpha1.ConditionSidecarConfigured); !strings.Contains(message, "pod "+pod.Name) {
				t.Errorf("message does not name the pod: %s", message)
			}
			w.drainEvents()
			w.delete(pod)
			w.reconcile("support")
			w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "True/Configured")
			if w.networkPolicy() == nil {
				t.Error("the NetworkPolicy is not written when nothing speaks against it")
			}
			if got := w.drainEvents(); len(got) > 0 && strings.Contains(got[0], "DriftRepaired") {
				t.Errorf("events: %v", got)
			}
			// A policy that exists must not go away because of a pod: that would open a way around the sidecar.
			create(w)
			w.reconcile("support")
			if w.networkPolicy() == nil {
				t.Error("the NetworkPolicy went away because of a pod")
			}
		})
	}
}

func TestOnlyAnEnforcementThatRefusesHasANetworkPolicy(t *testing.T) {
	isClosed := func(w *world) bool { return w.networkPolicy() != nil }
	for _, step := range []struct {
		enforcement, reason string
		isClosed, suspended bool
	}{
		{enforcement: "audit", reason: "True/Observing"},
		{enforcement: "warn", reason: "True/NetworkOpen"},
		{enforcement: "deny", reason: "True/Configured", isClosed: true},
		{enforcement: "quarantine", reason: "True/Configured", isClosed: true},
		{enforcement: "", reason: "True/Configured", isClosed: true},
		{enforcement: "audit", reason: "True/Configured", suspended: true, isClosed: true},
	} {
		t.Run(step.enforcement, func(t *testing.T) {
			w := newWorld(t)
			w.verdict.Terms.Enforcement = "deny"
			w.declare("support", appLabels("support"))
			w.reconcile("support")
			if w.networkPolicy() == nil {
				t.Fatal("no NetworkPolicy under Deny")
			}
			w.verdict.Terms.Enforcement = step.enforcement
			d := w.read("support")
			d.Spec.Suspended = step.suspended
			w.update(d)
			w.reconcile("support")
			if got := isClosed(w); got != step.isClosed {
				t.Errorf("NetworkPolicy: want %t, got %t", step.isClosed, got)
			}
			w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, step.reason)
			command := "`kubectl chaperone observe support -n " + w.namespace + "`"
			if says := strings.Contains(w.message("support", v1alpha1.ConditionSidecarConfigured), command); says == isClosed(w) {
				t.Errorf("the message names the command: %t", says)
			}
			w.verdict.Terms.Enforcement = "deny"
			w.reconcile("support")
			if w.networkPolicy() == nil {
				t.Error("the way back to Deny writes no NetworkPolicy")
			}
		})
	}
}

// TestManagerDeletesOnlyItsOwnNetworkPolicies: RBAC lets the manager delete every NetworkPolicy and ConfigMap of the cluster and evict every pod,
// so the admission policy chaperone-manager-scope has to keep it from those of users.
func TestManagerDeletesOnlyItsOwnNetworkPolicies(t *testing.T) {
	w := newWorld(t)
	manifest, err := os.ReadFile("../config/webhook/scope.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(manifest), "\n---\n") {
		var object unstructured.Unstructured
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		w.createForTest(&object)
	}
	const user = "system:serviceaccount:" + contract.OperatorNamespace + ":" + contract.Manager
	w.createForTest(&rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "manager-for-test"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})
	config := rest.CopyConfig(cluster.Config)
	config.Impersonate.UserName = user
	manager, err := client.New(config, client.Options{Scheme: w.client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	newPolicy := func(name string, marks map[string]string) *networkingv1.NetworkPolicy {
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name, Labels: marks}}
		w.create(policy)
		return policy
	}
	users := newPolicy("users", nil)
	eventually(t, func() error {
		err := manager.Delete(t.Context(), users, client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), "chaperone scope") {
			return fmt.Errorf("the manager deletes a user's NetworkPolicy: %w", err)
		}
		return nil
	})
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "users"}}
	w.create(configMap)
	if err := manager.Delete(t.Context(), configMap); err == nil || !strings.Contains(err.Error(), "chaperone scope") {
		t.Errorf("the manager deletes a user's ConfigMap: %v", err)
	}
	pod := w.pod(builders.Pod())
	evict := func() error {
		return manager.SubResource("eviction").Create(t.Context(), pod, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}})
	}
	if err := evict(); err == nil || !strings.Contains(err.Error(), "chaperone scope") {
		t.Errorf("the manager evicts a pod of a namespace without a declaration: %v", err)
	}
	w.declare("support", appLabels("support"))
	w.reconcileNamespace()
	eventually(t, evict)
	if err := manager.Delete(t.Context(), newPolicy(owned, map[string]string{contract.LabelManagedBy: contract.ManagedBy})); err != nil {
		t.Errorf("the manager deletes its own NetworkPolicy: %v", err)
	}
}
