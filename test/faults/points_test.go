package faults

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// killing is a write of the manager in the middle of which it is killed.
type killing struct {
	method, path string
	// cause changes what the manager then writes. number differs for each call.
	cause func(t *testing.T, w *world, number int)
	// check returns an error until the other managers have finished what the killed one began.
	check func(t *testing.T, w *world, number int) error
}

// listKillings returns the writes in the order in which the manager makes them.
func listKillings() []killing {
	const declared = `/namespaces/points-\d+`
	return []killing{
		{"PATCH", `^/api/v1` + declared + `$`, declareInNewNamespace, isDeclared},
		{"POST", declared + `/configmaps$`, declareInNewNamespace, isDeclared},
		{"POST", declared + `/networkpolicies$`, declareInNewNamespace, isDeclared},
		{"PUT", declared + `/chatbotdeployments/support/status$`, declareInNewNamespace, isDeclared},
		{"DELETE", declared + `/networkpolicies/chaperone-support$`, declareAndDelete, isGone},
		{"DELETE", declared + `/configmaps/chaperone-support$`, declareAndDelete, isGone},
		{"PUT", `/secrets/` + contract.WebhookSecret + `$`, loseAuthority, isPublished},
		{"PATCH", `/mutatingwebhookconfigurations/`, loseAuthority, isPublished},
		{"PATCH", `/validatingwebhookconfigurations/`, loseAuthority, isPublished},
		{"PUT", `/secrets/` + contract.KeySecret + `$`, loseSigningKeys, isSignedAgain},
	}
}

// killedAtPoints kills managers before and after the API server does what they ask for. Others finish it, and nothing is there twice, half or
// too much.
func killedAtPoints(t *testing.T, w *world, n sizes) {
	traps := newTraps(t, w.server.url)
	behindTraps := setup{traps: traps}
	w.replaceAll(t, behindTraps, behindTraps, behindTraps)
	l, number := w.startLoad(t), 0
	for _, k := range listKillings() {
		for _, isDone := range []bool{false, true} {
			number++
			w.leader(t)
			began := time.Now()
			traps.arm(point{k.method, regexp.MustCompile(k.path), isDone})
			k.cause(t, w, number)
			select {
			case victim := <-traps.killed:
				w.end(victim)
			case <-time.After(limit):
				t.Fatalf("no manager came to %s %s", k.method, k.path)
			}
			w.startReplicaWith(t, behindTraps)
			eventually(t, fmt.Sprintf("end of what was begun at %s %s", k.method, k.path), func() error { return k.check(t, w, number) })
			w.isReady(t)
			t.Logf("killed at %s %s, done %t: finished after %s", k.method, k.path, isDone, time.Since(began).Round(time.Second))
		}
	}
	l.recover(t)
	l.reach(t, plain, n.other/10)
	seen := l.end()
	unnoticed(t, seen, n.other/10)
}

func namespaceOf(number int) string { return fmt.Sprintf("points-%d", number) }

func declareInNewNamespace(t *testing.T, w *world, number int) {
	t.Helper()
	w.declare(t, namespaceOf(number))
}

func isDeclared(t *testing.T, w *world, number int) error {
	t.Helper()
	return w.isDeclared(t, namespaceOf(number))
}

// declare creates a namespace with a declaration.
func (w *world) declare(t *testing.T, namespace string) {
	t.Helper()
	w.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	w.create(t, builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespace }))
}

// isDeclared returns an error unless the declaration of the namespace governs pods, and the status has the hash of its configuration.
func (w *world) isDeclared(t *testing.T, namespace string) error {
	t.Helper()
	if err := w.hasConverged(t, namespace, 1); err != nil {
		return err
	}
	var d v1alpha1.ChatbotDeployment
	var configuration corev1.ConfigMap
	if err := errors.Join(
		w.admin.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: builders.Name}, &d),
		w.admin.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: "chaperone-" + builders.Name}, &configuration),
	); err != nil {
		return err
	}
	if want := configuration.Annotations[v1alpha1.AnnotationConfigHash]; d.Status.SidecarConfigHash != want {
		return fmt.Errorf("the status has the configuration %q, and it is %q", d.Status.SidecarConfigHash, want)
	}
	pod := builders.Pod(func(p *corev1.Pod) { p.Namespace = namespace })
	if err := w.admin.Create(t.Context(), pod, client.DryRunAll); err != nil {
		return err
	}
	if len(pod.Spec.InitContainers) != 1 {
		return fmt.Errorf("a pod has %d sidecars", len(pod.Spec.InitContainers))
	}
	return nil
}

func declareAndDelete(t *testing.T, w *world, number int) {
	t.Helper()
	declareInNewNamespace(t, w, number)
	eventually(t, "a declaration", func() error { return isDeclared(t, w, number) })
	d := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespaceOf(number) })
	if err := w.admin.Delete(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// isGone returns an error unless the objects of the declaration are gone, or have no other owner than the declaration: the garbage collector of
// Kubernetes, which does not run here, deletes those.
func isGone(t *testing.T, w *world, number int) error {
	t.Helper()
	var declarations v1alpha1.ChatbotDeploymentList
	var configurations corev1.ConfigMapList
	var policies networkingv1.NetworkPolicyList
	own, in := client.MatchingLabels{contract.LabelManagedBy: contract.ManagedBy}, client.InNamespace(namespaceOf(number))
	if err := errors.Join(
		w.admin.List(t.Context(), &declarations, in), w.admin.List(t.Context(), &configurations, in, own), w.admin.List(t.Context(), &policies, in, own),
	); err != nil {
		return err
	}
	var owners []metav1.OwnerReference
	for _, configuration := range configurations.Items {
		owners = append(owners, configuration.OwnerReferences...)
	}
	for _, policy := range policies.Items {
		owners = append(owners, policy.OwnerReferences...)
	}
	isOther := func(o metav1.OwnerReference) bool { return o.Kind != "ChatbotDeployment" }
	if len(declarations.Items) > 0 || len(owners) < len(configurations.Items)+len(policies.Items) || slices.ContainsFunc(owners, isOther) {
		return fmt.Errorf("%d declarations, %d configurations and %d NetworkPolicies with the owners %v",
			len(declarations.Items), len(configurations.Items), len(policies.Items), owners)
	}
	return nil
}

func loseAuthority(t *testing.T, w *world, _ int) {
	t.Helper()
	w.changeSecret(t, contract.WebhookSecret, "ca.key")
}

func loseSigningKeys(t *testing.T, w *world, _ int) {
	t.Helper()
	w.changeSecret(t, contract.KeySecret, keyring.DataKeys)
}

// changeSecret takes a part of a Secret of the manager away.
func (w *world) changeSecret(t *testing.T, name, part string) {
	t.Helper()
	eventually(t, "a changed Secret", func() error {
		secret, err := w.readSecret(t, name)
		if err != nil {
			return err
		}
		delete(secret.Data, part)
		return w.admin.Update(t.Context(), secret)
	})
}

func (w *world) readSecret(t *testing.T, name string) (*corev1.Secret, error) {
	t.Helper()
	secret := &corev1.Secret{}
	return secret, w.admin.Get(t.Context(), types.NamespacedName{Namespace: contract.OperatorNamespace, Name: name}, secret)
}

// isPublished returns an error unless an authority can sign, and API servers know all authorities.
func isPublished(t *testing.T, w *world, _ int) error {
	t.Helper()
	secret, err := w.readSecret(t, contract.WebhookSecret)
	if err != nil {
		return err
	}
	if len(secret.Data["ca.key"]) == 0 {
		return errors.New("no authority can sign")
	}
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	if err := errors.Join(
		w.admin.Get(t.Context(), types.NamespacedName{Name: contract.MutatingWebhooks}, &mutating),
		w.admin.Get(t.Context(), types.NamespacedName{Name: contract.ValidatingWebhooks}, &validating),
	); err != nil {
		return err
	}
	var bundles []string
	for _, webhook := range mutating.Webhooks {
		bundles = append(bundles, string(webhook.ClientConfig.CABundle))
	}
	for _, webhook := range validating.Webhooks {
		bundles = append(bundles, string(webhook.ClientConfig.CABundle))
	}
	for _, bundle := range bundles {
		if bundle != string(secret.Data["ca.crt"]) {
			return errors.New("a webhook has other authorities than the Secret")
		}
	}
	return nil
}

// isSignedAgain returns an error unless there is one new key, which has signed the configuration in the namespace of the load.
func isSignedAgain(t *testing.T, w *world, _ int) error {
	t.Helper()
	secret, err := w.readSecret(t, contract.KeySecret)
	if err != nil {
		return err
	}
	var configuration corev1.ConfigMap
	if err := w.admin.Get(t.Context(), types.NamespacedName{Namespace: governed, Name: "chaperone-" + builders.Name}, &configuration); err != nil {
		return err
	}
	ring := keyring.Parse(secret.Data)
	if ring.Len() != 1 {
		return fmt.Errorf("there are %d keys, want 1", ring.Len())
	}
	_, err = seal.Open([]byte(configuration.Data[contract.SidecarSignatureKey]), ring.Verifiers())
	return err
}
