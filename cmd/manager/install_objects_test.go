package main

import (
	"errors"
	"maps"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// baselineKeepsObjects has the administrator of a namespace, whose role lets them write ConfigMaps and NetworkPolicies, try to change those of
// Chaperone.
func (i *installation) baselineKeepsObjects(t *testing.T) {
	i.makeNamespaceAdmin("taken", "tenant")
	tenant := i.clientAs(i.impersonate("tenant"))
	manager := i.clientAs(i.impersonate(managerUser, "system:serviceaccounts", "system:serviceaccounts:chaperone-system"))
	ours := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "taken", Name: "chaperone-support", Labels: map[string]string{contract.LabelManagedBy: contract.ManagedBy}},
		Data:       map[string]string{"config.json": "{}"},
	}
	network := &networkingv1.NetworkPolicy{ObjectMeta: *ours.ObjectMeta.DeepCopy()}
	if err := errors.Join(manager.Create(t.Context(), ours.DeepCopy()), manager.Create(t.Context(), network.DeepCopy())); err != nil {
		t.Fatal(err)
	}
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "taken", Name: "settings", OwnerReferences: []metav1.OwnerReference{
		{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ChatbotDeployment", Name: "support", UID: "1"}}}}
	patch := func(object client.Object, change string) func() error {
		return func() error {
			return tenant.Patch(t.Context(), object.DeepCopyObject().(client.Object), client.RawPatch(types.MergePatchType, []byte(change)), client.DryRunAll)
		}
	}
	for name, attack := range map[string]func() error{
		"data":       patch(ours, `{"data":{"config.json":"{\"redact\":[]}"}}`),
		"binaryData": patch(ours, `{"data":null,"binaryData":{"config.json":"e30="}}`),
		"immutable":  patch(ours, `{"immutable":true}`),
		"label":      patch(ours, `{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}`),
		"finalizer":  patch(ours, `{"metadata":{"finalizers":["shop.example/keep"]}}`),
		"owner":      patch(ours, `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"x","uid":"1"}]}}`),
		"delete":     func() error { return tenant.Delete(t.Context(), ours.DeepCopy(), client.DryRunAll) },
		"delete all": func() error {
			return tenant.DeleteAllOf(t.Context(), &corev1.ConfigMap{}, client.InNamespace("taken"), client.DryRunAll)
		},
		"open the network":  patch(network, `{"spec":{"ingress":[{}]}}`),
		"delete the policy": func() error { return tenant.Delete(t.Context(), network.DeepCopy(), client.DryRunAll) },
		"claim a label":     func() error { return tenant.Create(t.Context(), rename(ours, "mine"), client.DryRunAll) },
		"claim an owner":    func() error { return tenant.Create(t.Context(), owned.DeepCopy(), client.DryRunAll) },
		"claim a name": func() error {
			squatter := rename(ours, "chaperone-next")
			squatter.Labels = nil
			return tenant.Create(t.Context(), squatter, client.DryRunAll)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eventually(t, 20*time.Second, func() error { return refused(attack(), "is Chaperone's") })
		})
	}
	own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "taken", Name: "settings"}}
	if err := tenant.Create(t.Context(), own, client.DryRunAll); err != nil {
		t.Errorf("a ConfigMap of the tenant was refused: %v", err)
	}
	for _, user := range []string{"system:serviceaccount:kube-system:generic-garbage-collector", "system:serviceaccount:kube-system:namespace-controller"} {
		deleter := i.clientAs(i.impersonate(user, "system:masters"))
		if err := deleter.Delete(t.Context(), ours.DeepCopy(), client.DryRunAll); err != nil {
			t.Errorf("%s was refused: %v", user, err)
		}
	}
}

// writesUnasked writes a NetworkPolicy of Chaperone where webhooks fail closed and nobody answers them.
func (i *installation) writesUnasked(t *testing.T) {
	const namespace = "unanswered"
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}})
	policy := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"}}
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Create(t.Context(), policy.DeepCopy(), client.DryRunAll), "failed calling webhook")
	})
	policy.Name, policy.Labels = "chaperone-support", map[string]string{contract.LabelManagedBy: contract.ManagedBy}
	manager := i.clientAs(i.impersonate(managerUser, "system:serviceaccounts", "system:serviceaccounts:chaperone-system"))
	if err := manager.Create(t.Context(), policy.DeepCopy(), client.DryRunAll); err != nil {
		t.Errorf("the manager waits for its own webhook: %v", err)
	}
}

// rename returns a copy of the ConfigMap with another name.
func rename(original *corev1.ConfigMap, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: original.Namespace, Name: name, Labels: maps.Clone(original.Labels)}}
}

// baselineKeepsStatus has a user who may write the status of a declaration claim that it is Ready.
func (i *installation) baselineKeepsStatus(t *testing.T) {
	declaration := newDeclaration("stated")
	i.create(declaration)
	t.Cleanup(func() { i.delete(t, declaration) })
	claim := client.RawPatch(types.MergePatchType, []byte(`{"status":{"outcome":"Allow"}}`))
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Status().Patch(t.Context(), declaration.DeepCopy(), claim, client.DryRunAll), "status is written by Chaperone alone")
	})
	manager := i.clientAs(i.impersonate(managerUser))
	current := &v1alpha1.ChatbotDeployment{}
	i.get(t, current, declaration.Namespace, declaration.Name)
	current.Status.Outcome = "Allow"
	if err := manager.Status().Update(t.Context(), current, client.DryRunAll); err != nil {
		t.Errorf("the manager was refused: %v", err)
	}
}

// makeNamespaceAdmin creates an enforced namespace and gives a user the rights of the role `admin` in it. No controller of Kubernetes runs that
// aggregates the role, so the user gets its parts.
func (i *installation) makeNamespaceAdmin(namespace, user string) {
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}})
	for _, part := range []string{"view", "edit", "admin"} {
		i.create(&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user + "-" + part},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:aggregate-to-" + part},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
		})
	}
}
