package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

func (i *installation) imagesByDigest(t *testing.T) {
	var deployment appsv1.Deployment
	i.get(t, &deployment, "chaperone-system", "chaperone-manager")
	container := deployment.Spec.Template.Spec.Containers[0]
	if !byDigest.MatchString(container.Image) {
		t.Errorf("image of the manager: %q", container.Image)
	}
	for _, variable := range container.Env {
		if variable.Name == "SIDECAR_IMAGE" && !byDigest.MatchString(variable.Value) {
			t.Errorf("image of the sidecar: %q", variable.Value)
		}
	}
}

func (i *installation) minimalRoles(t *testing.T) {
	var roles rbacv1.ClusterRoleList
	if err := i.admin.List(t.Context(), &roles, client.HasLabels{"app.kubernetes.io/name"}); err != nil {
		t.Fatal(err)
	}
	var manager rbacv1.ClusterRole
	i.get(t, &manager, "", "chaperone-manager")
	dangerous := []string{"*", "secrets", "escalate", "bind", "impersonate", "pods/exec", "nodes/proxy", "serviceaccounts/token", "deletecollection"}
	for _, role := range append(roles.Items, manager) {
		for _, rule := range role.Rules {
			for _, word := range append(append(append([]string{}, rule.Verbs...), rule.Resources...), rule.APIGroups...) {
				for _, bad := range dangerous {
					if word == bad {
						t.Errorf("ClusterRole %s has %q: %v", role.Name, bad, rule)
					}
				}
			}
		}
		for label := range role.Labels {
			if strings.HasPrefix(label, "rbac.authorization.k8s.io/aggregate-to-") {
				t.Errorf("ClusterRole %s is aggregated by %s", role.Name, label)
			}
		}
	}
}

func (i *installation) baselineRefusesPods(t *testing.T) {
	sidecar := corev1.Container{
		Name: "chaperone", Image: image, RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
	}
	tests := map[string]struct {
		change func(*corev1.Pod)
		want   string
	}{
		"without a sidecar":                  {func(p *corev1.Pod) { p.Spec.InitContainers = nil }, "must begin with the sidecar"},
		"with the sidecar in second place":   {func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{{Name: "first", Image: "x"}, sidecar} }, "must begin with the sidecar"},
		"with a sidecar that ends":           {func(p *corev1.Pod) { p.Spec.InitContainers[0].RestartPolicy = nil }, "restartPolicy must be"},
		"with a sidecar by tag":              {func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = "chaperone/sidecar:v1" }, "by digest"},
		"as it should be: it is let through": {func(*corev1.Pod) {}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			eventually(t, 20*time.Second, func() error {
				pod := governedPod("baseline", *sidecar.DeepCopy())
				tc.change(pod)
				err := i.admin.Create(t.Context(), pod, client.DryRunAll)
				if tc.want == "" {
					return err
				}
				return refused(err, tc.want)
			})
		})
	}
}

func governedPod(name string, initContainers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "bot", v1alpha1.LabelChatbot: "support"}},
		Spec:       corev1.PodSpec{InitContainers: initContainers, Containers: []corev1.Container{{Name: "app", Image: "x"}}},
	}
}

func (i *installation) baselineKeepsMarks(t *testing.T) {
	pod := governedPod("plain")
	pod.Labels = map[string]string{"app": "other"}
	i.create(pod)
	t.Cleanup(func() { i.delete(t, pod) })
	claim := []byte(`{"metadata":{"annotations":{"chaperone.dev/config-hash":"x"}}}`)
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, claim), client.DryRunAll), "metadata.annotations")
	})
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Status().Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, claim), client.DryRunAll), "metadata.annotations")
	})
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: pod.Name, Labels: map[string]string{v1alpha1.LabelChatbot: "support"}},
		Target:     corev1.ObjectReference{Kind: "Node", Name: "node"},
	}
	if err := refused(i.admin.SubResource("binding").Create(t.Context(), pod.DeepCopy(), binding), "metadata.labels"); err != nil {
		t.Error(err)
	}
	own := []byte(`{"metadata":{"annotations":{"shop.example/note":"x"}}}`)
	if err := i.admin.Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, own), client.DryRunAll); err != nil {
		t.Errorf("another annotation was refused: %v", err)
	}
}

func (i *installation) baselineKeepsNamespaces(t *testing.T) {
	i.create(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "namespace-editor"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get", "patch", "update"}}}})
	i.create(&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "namespace-editor"},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "namespace-editor"},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "editor"}}})
	enforced := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "enforced", Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}}
	i.create(enforced)
	editor := i.clientAs(i.impersonate("editor"))

	for name, value := range map[string]any{"removed": nil, "changed": "false"} {
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]any{v1alpha1.LabelEnforce: value}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			patch := client.RawPatch(types.MergePatchType, text)
			eventually(t, 20*time.Second, func() error {
				return refused(editor.Patch(t.Context(), enforced.DeepCopy(), patch, client.DryRunAll), "must not be changed while")
			})
			if err := i.admin.Patch(t.Context(), enforced.DeepCopy(), patch, client.DryRunAll); err != nil {
				t.Errorf("an administrator was refused: %v", err)
			}
		})
	}
	other := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"team":"shop"}}}`))
	if err := editor.Patch(t.Context(), enforced.DeepCopy(), other, client.DryRunAll); err != nil {
		t.Errorf("another label was refused: %v", err)
	}
}

func (i *installation) managerScope(t *testing.T) {
	manager := i.clientAs(i.impersonate(managerUser, "system:serviceaccounts", "system:serviceaccounts:chaperone-system"))
	eventually(t, 20*time.Second, func() error {
		foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "coredns"}}
		return refused(manager.Create(t.Context(), foreign, client.DryRunAll), "chaperone scope")
	})
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`))
	if err := refused(manager.Patch(t.Context(), shop, patch, client.DryRunAll), "chaperone scope"); err != nil {
		t.Error(err)
	}
	if err := manager.List(t.Context(), &corev1.SecretList{}, client.InNamespace("shop")); !apierrors.IsForbidden(err) {
		t.Errorf("Secrets of another namespace: want forbidden, got %v", err)
	}
	if err := manager.Create(t.Context(), governedPod("x"), client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("create a pod: want forbidden, got %v", err)
	}
}
