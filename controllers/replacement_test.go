package controllers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// readThrough returns a client whose reads of ConfigMaps are what read makes of them, as a cache can be that is behind.
func (w *world) readThrough(read func(*corev1.ConfigMap) error) client.Client {
	return interceptor.NewClient(w.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if err := c.Get(ctx, key, object, options...); err != nil {
				return err
			}
			if configMap, ok := object.(*corev1.ConfigMap); ok {
				return read(configMap)
			}
			return nil
		},
	})
}

// A cache that does not have the last version of an object leads to another run, and neither to a write nor to a status about an error.
func TestObjectsAreNotReplacedFromACacheThatIsBehind(t *testing.T) {
	for name, read := range map[string]func(*corev1.ConfigMap) error{
		"no object": func(c *corev1.ConfigMap) error { return apierrors.NewNotFound(corev1.Resource("configmaps"), c.Name) },
		"an earlier version": func(c *corev1.ConfigMap) error {
			c.ResourceVersion = "1"
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.declare("support", appLabels("support"))
			w.reconcile("support")
			w.drainEvents()
			var before, after corev1.ConfigMap
			w.get(&before, owned)
			status := w.read("support").ResourceVersion

			w.verdict.Terms.Enforcement = "warn" // The configuration would be another one.
			r := w.chatbotReading(w.readThrough(read))
			result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")})
			if err != nil || result.RequeueAfter != time.Second {
				t.Errorf("want another run after 1s, got %v, %v", result, err)
			}
			w.get(&after, owned)
			if after.ResourceVersion != before.ResourceVersion || w.read("support").ResourceVersion != status {
				t.Error("something was written")
			}
			if got := w.drainEvents(); len(got) > 0 {
				t.Errorf("events: %v", got)
			}
			w.reconcile("support")
			w.get(&after, owned)
			if after.ResourceVersion == before.ResourceVersion {
				t.Error("the configuration was not written once the cache was there")
			}
		})
	}
}

// The cache can still have an object that is gone.
func TestObjectThatIsGoneIsCreated(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var cached corev1.ConfigMap
	w.get(&cached, owned)
	w.delete(cached.DeepCopy())
	w.drainEvents()
	w.verdict.Terms.Enforcement = "warn" // The configuration would be another one.
	isBehind := interceptor.NewClient(w.client, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if configMap, ok := object.(*corev1.ConfigMap); ok {
				cached.DeepCopyInto(configMap)
				return nil
			}
			return c.Get(ctx, key, object, options...)
		},
	})
	result, err := w.chatbotReading(isBehind).Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")})
	if events := w.drainEvents(); err != nil || result.RequeueAfter != time.Second || len(events) > 0 {
		t.Errorf("want another run after 1s and nothing else, got %v, %v, %v", result, err, events)
	}
	w.reconcile("support")
	w.get(&cached, owned)
}

// A desired object that API servers refuse leaves the last good one where it is.
func TestInvalidObjectReplacesNothing(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var before, after corev1.ConfigMap
	w.get(&before, owned)
	invalid := interceptor.NewClient(w.client, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			object.SetLabels(map[string]string{contract.LabelManagedBy: contract.ManagedBy, "no label": "x"})
			return c.Update(ctx, object, options...)
		},
	})
	w.verdict.Terms.Enforcement = "warn" // The configuration would be another one.
	if _, err := w.chatbotReading(invalid).Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")}); !apierrors.IsInvalid(err) {
		t.Errorf("want a refusal of the object, got %v", err)
	}
	if w.get(&after, owned); after.ResourceVersion != before.ResourceVersion {
		t.Error("the last good configuration is gone")
	}
}

// Objects of others that have the names are Chaperone's from the declaration on, and nothing of what others put into them stays, whatever keeps
// them from being changed or deleted. The cache of ConfigMaps has none without Chaperone's label.
func TestObjectsOfOthersAreTakenOver(t *testing.T) {
	w := newWorld(t)
	meta := metav1.ObjectMeta{
		Namespace: w.namespace, Name: owned, Labels: map[string]string{"team": "shop"},
		Annotations: map[string]string{"chaperone.dev/forged": strings.Repeat("x", 262_000)}, Finalizers: []string{"example.com/keep"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "x"}},
	}
	w.create(&corev1.ConfigMap{ObjectMeta: meta, Immutable: ptr.To(true), Data: map[string]string{"other": "x"}, BinaryData: map[string][]byte{"more": {1}}})
	p := &networkingv1.NetworkPolicy{ObjectMeta: meta, Spec: networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}}
	w.create(p)
	if err := w.client.Delete(t.Context(), p); err != nil { // It waits for the finalizer.
		t.Fatal(err)
	}
	w.declare("support", appLabels("support"))
	r := w.chatbotReading(w.readThrough(func(c *corev1.ConfigMap) error {
		if contract.IsManaged(c.Labels) {
			return nil
		}
		return apierrors.NewNotFound(corev1.Resource("configmaps"), c.Name)
	}))
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")}); err != nil {
		t.Fatal(err)
	}
	w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "True/Configured")
	var c corev1.ConfigMap
	w.get(&c, owned)
	if len(c.Data) != 2 || len(c.BinaryData) != 0 || c.Immutable != nil {
		t.Errorf("what others put into it is still there: %v, %v, %v", c.Data, c.BinaryData, c.Immutable)
	}
	w.get(p, owned)
	if len(p.Spec.PodSelector.MatchLabels) != 1 {
		t.Errorf("the NetworkPolicy is still that of others: %+v", p.Spec)
	}
	for _, object := range []client.Object{&c, p} {
		if !contract.IsManaged(object.GetLabels()) || object.GetLabels()["team"] != "" || object.GetAnnotations()["chaperone.dev/forged"] != "" ||
			len(object.GetFinalizers()) != 0 || len(object.GetOwnerReferences()) != 1 || object.GetDeletionTimestamp() != nil {
			t.Errorf("metadata of %T: %v, %v, %v", object, object.GetLabels(), object.GetFinalizers(), object.GetOwnerReferences())
		}
	}
}

// An immutable object with Chaperone's label is from before others could not write it.
func TestImmutableConfigurationIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.create(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: owned, Labels: map[string]string{contract.LabelManagedBy: contract.ManagedBy}},
		Immutable:  ptr.To(true), Data: map[string]string{"other": "x"},
	})
	w.reconcile("support")
	w.checkCondition("support", v1alpha1.ConditionSidecarConfigured, "True/Configured")
}

// A quota can keep the NetworkPolicy away. Without it, no app starts, because its sidecar has no configuration; and one that runs gets stricter ones.
func TestNoFirstConfigurationWithoutNetworkPolicy(t *testing.T) {
	w := newWorld(t)
	refused := errors.New("exceeded quota")
	r := w.chatbotReading(interceptor.NewClient(w.client, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.CreateOption) error {
			if _, isPolicy := object.(*networkingv1.NetworkPolicy); isPolicy && refused != nil {
				return refused
			}
			return c.Create(ctx, object, options...)
		},
	}))
	w.declare("support", appLabels("support"))
	reconcile := func(wantError bool) {
		t.Helper()
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: w.key("support")}); (err != nil) != wantError {
			t.Fatalf("want an error: %t, got %v", wantError, err)
		}
	}
	reconcile(true)
	w.checkCondition("support", v1alpha1.ConditionReady, "False/ApplyFailed")
	var first, second corev1.ConfigMap
	if err := w.client.Get(t.Context(), w.key(owned), &first); !apierrors.IsNotFound(err) {
		t.Errorf("the sidecars have a configuration, and there is no NetworkPolicy: %v", err)
	}
	refused = nil
	reconcile(false)
	w.get(&first, owned)
	var p networkingv1.NetworkPolicy
	w.get(&p, owned)
	w.delete(&p)
	refused = errors.New("exceeded quota")
	d := w.read("support")
	d.Spec.Suspended = true
	w.update(d)
	reconcile(true)
	w.get(&second, owned)
	if second.ResourceVersion == first.ResourceVersion {
		t.Error("a running sidecar does not get its new configuration")
	}
}

// Earlier versions of Chaperone wrote by server-side apply. Their objects change, and lose what others added, as new ones do.
func TestObjectsOfEarlierVersionsAreReplaced(t *testing.T) {
	w := newWorld(t)
	w.declare("support", appLabels("support"))
	w.reconcile("support")
	var p networkingv1.NetworkPolicy
	w.get(&p, owned)
	want := p.Spec
	w.delete(&p)
	earlier := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, OwnerReferences: p.OwnerReferences},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: want.PodSelector, PolicyTypes: want.PolicyTypes},
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(earlier)
	if err != nil {
		t.Fatal(err)
	}
	configuration := client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: content})
	if err := w.client.Apply(t.Context(), configuration, client.FieldOwner(contract.FieldManager)); err != nil {
		t.Fatal(err)
	}
	w.get(&p, owned)
	p.Labels["team"] = "shop"
	p.OwnerReferences = append(p.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "x", UID: "x", Controller: ptr.To(false)})
	p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{}}
	if err := w.client.Update(t.Context(), &p, client.FieldOwner("kubectl")); err != nil {
		t.Fatal(err)
	}

	w.reconcile("support")
	var got networkingv1.NetworkPolicy
	w.get(&got, owned)
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if len(got.OwnerReferences) != 1 || got.Labels["team"] != "" {
		t.Errorf("metadata: %+v", got.ObjectMeta)
	}
	version := got.ResourceVersion
	w.reconcile("support")
	if w.get(&got, owned); got.ResourceVersion != version {
		t.Error("the object was written again")
	}
}
