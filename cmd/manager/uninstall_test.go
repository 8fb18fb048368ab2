package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/controllers/clusterpolicy"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/policies"
	"github.com/chaperone-dev/chaperone/test/builders"
	"github.com/chaperone-dev/chaperone/test/env"
)

// TestUninstallation takes away an installation whose manager has ended: its webhooks fail closed, and its finalizers are those of nobody.
func TestUninstallation(t *testing.T) {
	i := &installation{t: t, cluster: env.Start(t, env.Options{})}
	i.admin = i.clientAs(i.cluster.Config)
	webhooks := i.apply(i.build("config/default"))
	i.defineClusterPolicies(t)
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
	stop, done := i.startManager()
	i.becomesReady(done)
	i.installWebhooks(webhooks)
	i.runsChatbot(t)
	stop()
	if err := <-done; err != nil {
		t.Errorf("the manager ended with %v", err)
	}

	shown := i.uninstall(t, cli.ExitPassed)
	for _, want := range []string{
		"clusterrolebindings chaperone-manager\n", "deployments chaperone-system/chaperone-manager\n", "chatbotdeployments shop/support-bot\n",
		"networkpolicies shop/chaperone-support-bot\n", "clusternetworkpolicies chaperone-shop.support-bot\n", "shop/support-bot: 1, whose app can then be reached around the sidecar",
		"Nothing was changed. To do it, add --yes and --release-pods.",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if refused := i.uninstall(t, cli.ExitRefused, "--yes"); strings.Contains(refused, "is uninstalled") {
		t.Errorf("ports of running pods were opened without --release-pods:\n%s", refused)
	}
	if left := i.leftovers(t); len(left) == 0 {
		t.Fatal("what was only shown is gone")
	}
	if done := i.uninstall(t, cli.ExitPassed, "--yes", "--release-pods"); !strings.Contains(done, "Chaperone is uninstalled.") {
		t.Errorf("it says\n%s", done)
	}
	if left := i.leftovers(t); len(left) > 0 {
		t.Errorf("still there: %s", strings.Join(left, ", "))
	}
	i.isPlain(t)
	definition := &metav1.PartialObjectMetadata{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if i.get(t, definition, "", clusterpolicy.DefinitionName); definition.DeletionTimestamp != nil {
		t.Error("the definition of ClusterNetworkPolicies, which is not Chaperone's, is being deleted")
	}
	if again := i.uninstall(t, cli.ExitPassed, "--yes"); again != "Nothing of Chaperone is installed.\n" {
		t.Errorf("a second time, it says\n%s", again)
	}
}

// runsChatbot declares a chatbot under Deny, with a finalizer of Chaperone and one pod.
func (i *installation) runsChatbot(t *testing.T) {
	t.Helper()
	declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace, d.Name, d.Finalizers = "shop", "support-bot", []string{v1alpha1.GroupVersion.Group + "/test"}
	})
	eventually(t, 10*time.Second, func() error { return i.admin.Create(t.Context(), declaration.DeepCopy()) })
	eventually(t, 20*time.Second, func() error {
		return i.admin.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "chaperone-support-bot"}, &networkingv1.NetworkPolicy{})
	})
	eventually(t, 20*time.Second, func() error { return i.readClusterPolicy(t) })
	eventually(t, 10*time.Second, func() error { return i.enforced("shop", "true") })
	eventually(t, 10*time.Second, func() error {
		return i.admin.Create(t.Context(), builders.Pod(func(p *corev1.Pod) { p.Namespace = "shop" }))
	})
}

// defineClusterPolicies gives the cluster the API of ClusterNetworkPolicies, which is not Chaperone's.
func (i *installation) defineClusterPolicies(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("../../controllers/clusterpolicy/testdata/clusternetworkpolicies.yaml")
	if err != nil {
		t.Fatal(err)
	}
	definition := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &definition.Object); err != nil {
		t.Fatal(err)
	}
	i.create(definition)
}

var clusterPolicyKind = schema.GroupVersionKind{Group: "policy.networking.k8s.io", Version: "v1beta1", Kind: "ClusterNetworkPolicy"}

// readClusterPolicy returns an error unless the chatbot has a ClusterNetworkPolicy.
func (i *installation) readClusterPolicy(t *testing.T) error {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(clusterPolicyKind)
	return i.admin.Get(t.Context(), client.ObjectKey{Name: "chaperone-shop.support-bot"}, object)
}

// uninstall runs the command as an administrator and returns what it says.
func (i *installation) uninstall(t *testing.T, want int, flags ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	args := append([]string{"uninstall", "--kubeconfig", i.kubeconfig("")}, flags...)
	if code := cli.Run(t.Context(), args, cli.Options{Out: &out, Err: &problems, Clock: clock.RealClock{}, Policies: policies.FS}); code != want {
		t.Fatalf("%s: exit code %d, want %d: %s%s", strings.Join(flags, " "), code, want, out.String(), problems.String())
	}
	return out.String()
}

// leftovers names what is left of an installation. A namespace never ends here, because its controller does not run.
func (i *installation) leftovers(t *testing.T) []string {
	t.Helper()
	var left []string
	for _, kind := range []schema.GroupVersionKind{
		admissionv1.SchemeGroupVersion.WithKind("MutatingWebhookConfiguration"), admissionv1.SchemeGroupVersion.WithKind("ValidatingWebhookConfiguration"),
		admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"), admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding"),
		rbacv1.SchemeGroupVersion.WithKind("ClusterRole"), rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"),
		{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}, v1alpha1.GroupVersion.WithKind("ChatbotDeployment"),
		corev1.SchemeGroupVersion.WithKind("Namespace"), corev1.SchemeGroupVersion.WithKind("ConfigMap"),
		networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"), clusterPolicyKind, {Group: "apps", Version: "v1", Kind: "Deployment"},
	} {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(kind)
		if err := i.admin.List(t.Context(), list); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			t.Fatal(err)
		}
		for _, o := range list.Items {
			isOurs := strings.Contains(o.Name, "chaperone") || o.Labels["app.kubernetes.io/name"] == "chaperone" || o.Labels[v1alpha1.LabelEnforce] != "" || kind.Group == v1alpha1.GroupVersion.Group
			isInEndingNamespace := kind.Kind != "Deployment" && o.Namespace == "chaperone-system"
			if isOurs && o.DeletionTimestamp == nil && !isInEndingNamespace {
				left = append(left, kind.Kind+" "+o.Namespace+"/"+o.Name)
			}
		}
	}
	return slices.Compact(left)
}

// isPlain checks that nothing refuses or changes what Chaperone refused or changed.
func (i *installation) isPlain(t *testing.T) {
	t.Helper()
	eventually(t, 10*time.Second, func() error {
		return i.admin.Create(context.WithoutCancel(t.Context()), builders.Pod(func(p *corev1.Pod) { p.Namespace, p.Name = "shop", "plain" }))
	})
	var plain corev1.Pod
	i.get(t, &plain, "shop", "plain")
	if len(plain.Spec.InitContainers) > 0 {
		t.Errorf("a new pod has init containers: %v", plain.Spec.InitContainers)
	}
}
