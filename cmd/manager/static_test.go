package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

// TestStaticManifests starts an API server with the files of config/static, and has an administrator of the cluster take away what is registered
// with it. No manager runs, and no webhook is there.
func TestStaticManifests(t *testing.T) {
	i := &installation{t: t, cluster: env.Start(t, env.Options{AdmissionConfig: newAdmissionConfig(t)})}
	i.admin = i.clientAs(i.cluster.Config)
	manifests := i.build("config/default")
	i.apply(manifests)
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}})
	eventually(t, 10*time.Second, func() error {
		return i.admin.Create(t.Context(), builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = "shop" }))
	})
	// An API server evaluates the parameters of a policy when it has seen the policy and the declaration.
	eventually(t, 10*time.Second, func() error { return i.refusesSelected(t) })

	t.Run("what files hold can be deleted in the API, and the rest cannot", i.deletesPolicies)
	t.Run("the policy with parameters cannot be emptied", i.emptiesSelected)
	t.Run("its parameters stay readable", i.removesDefinition)
	t.Run("pods are refused as before", i.stillRefusesPods)
	t.Run("the same version can be applied again", func(*testing.T) { i.apply(manifests) })
}

// newAdmissionConfig returns the path of config/static/admission.yaml with the folder of the policies in this repository.
func newAdmissionConfig(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../config/static")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "admission.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "admission.yaml")
	text = []byte(strings.Replace(string(text), "/etc/kubernetes/chaperone", filepath.Join(folder, "policies"), 1))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// refusesSelected returns an error unless a pod that the declaration selects is refused without its sidecar.
func (i *installation) refusesSelected(t *testing.T) error {
	err := i.admin.Create(t.Context(), builders.Pod(func(p *corev1.Pod) { p.Namespace = "shop" }), client.DryRunAll)
	return refused(err, `the ChatbotDeployment "support" selects this pod (chaperone floor)`)
}

// deletesPolicies deletes all policies and bindings, and wants exactly those left that need parameters.
func (i *installation) deletesPolicies(t *testing.T) {
	for _, kind := range []string{"ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"} {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(admissionv1.SchemeGroupVersion.WithKind(kind))
		if err := i.admin.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if len(list.Items) < 2 {
			t.Fatalf("%d objects of the kind %s, so this shows nothing", len(list.Items), kind)
		}
		var kept []string
		for _, o := range list.Items {
			if err := i.admin.Delete(t.Context(), &o); apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
				kept = append(kept, o.Name)
			} else if err != nil {
				t.Error(err)
			}
		}
		if want := []string{"chaperone-floor-labels", "chaperone-floor-selected"}; !slices.Equal(kept, want) {
			t.Errorf("%s: kept %q, want %q", kind, kept, want)
		}
	}
}

// emptiesSelected changes the policy and the binding that are left so that they would refuse nothing.
func (i *installation) emptiesSelected(t *testing.T) {
	const name = "chaperone-floor-selected"
	for _, attack := range []struct{ kind, patch string }{
		{"ValidatingAdmissionPolicy", `[{"op":"replace","path":"/spec/validations/0/expression","value":"true"}]`},
		{"ValidatingAdmissionPolicy", `[{"op":"add","path":"/spec/matchConditions/-","value":{"name":"never","expression":"false"}}]`},
		{"ValidatingAdmissionPolicy", `[{"op":"add","path":"/spec/matchConstraints/excludeResourceRules","value":[{"apiGroups":[""],"apiVersions":["*"],"operations":["*"],"resources":["pods"]}]}]`},
		{"ValidatingAdmissionPolicyBinding", `[{"op":"replace","path":"/spec/validationActions","value":["Audit"]}]`},
		{"ValidatingAdmissionPolicyBinding", `[{"op":"add","path":"/spec/matchResources","value":{"namespaceSelector":{"matchLabels":{"no":"where"}}}}]`},
	} {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(admissionv1.SchemeGroupVersion.WithKind(attack.kind))
		object.SetName(name)
		err := i.admin.Patch(t.Context(), object, client.RawPatch(types.JSONPatchType, []byte(attack.patch)))
		if err := refused(err, "spec is not that of the version of Chaperone whose file the API servers have (chaperone floor)"); err != nil {
			t.Errorf("%s: %v", attack.patch, err)
		}
	}
}

// removesDefinition takes the declarations away from the policy.
func (i *installation) removesDefinition(t *testing.T) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	definition.SetName("chatbotdeployments.chaperone.dev")
	err := i.admin.Delete(t.Context(), definition)
	if err := refused(err, "API servers keep this object"); err != nil {
		t.Error(err)
	}
	unserve := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"replace","path":"/spec/versions/0/served","value":false}]`))
	if err := refused(i.admin.Patch(t.Context(), definition, unserve), "must go on serving v1alpha1"); err != nil {
		t.Error(err)
	}
}

// stillRefusesPods tries what the deleted policies refused. Each refusal names a policy of a file.
func (i *installation) stillRefusesPods(t *testing.T) {
	var policies admissionv1.ValidatingAdmissionPolicyList
	eventually(t, 10*time.Second, func() error {
		err := i.admin.List(t.Context(), &policies)
		if err == nil && len(policies.Items) != 2 {
			err = fmt.Errorf("%d policies are left, want 2", len(policies.Items))
		}
		return err
	})
	claims := builders.Pod(func(p *corev1.Pod) {
		p.Namespace, p.Name, p.Labels = "shop", "claims", map[string]string{v1alpha1.LabelChatbot: "other"}
	})
	configuration := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "chaperone-support"}}
	if err := errors.Join(
		i.refusesSelected(t),
		refused(i.admin.Create(t.Context(), claims, client.DryRunAll), "chaperone-floor-pods.static.k8s.io"),
		refused(i.admin.Create(t.Context(), configuration, client.DryRunAll), "chaperone-floor-objects.static.k8s.io"),
	); err != nil {
		t.Error(err)
	}
	plain := builders.Pod(func(p *corev1.Pod) { p.Namespace, p.Name, p.Labels = "shop", "plain", nil })
	if err := i.admin.Create(t.Context(), plain, client.DryRunAll); err != nil {
		t.Errorf("a pod that no declaration selects: %v", err)
	}
}
