package controllers_test

import (
	"context"
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

// An object of others that has the name is Chaperone's from the declaration on, and what others put into it is gone. The cache of ConfigMaps has
// none without Chaperone's label.
func TestObjectsOfOthersAreTakenOver(t *testing.T) {
	w := newWorld(t)
	meta := metav1.ObjectMeta{
		Namespace: w.namespace, Name: owned, Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"chaperone.dev/forged": "yes"},
		Finalizers: []string{"example.com/keep"},
	}
	w.create(&corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"other": "x"}, BinaryData: map[string][]byte{"more": {1}}})
	t.Cleanup(func() {
		_ = w.client.Patch(context.WithoutCancel(t.Context()), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: owned}},
			client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))
	})
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
	var got corev1.ConfigMap
	w.get(&got, owned)
	if !contract.IsManaged(got.Labels) || got.Labels["team"] != "shop" || !cmp.Equal(got.Finalizers, meta.Finalizers) {
		t.Errorf("metadata: %+v", got.ObjectMeta)
	}
	if got.Annotations["chaperone.dev/forged"] != "" || len(got.Data) != 2 || len(got.BinaryData) != 0 {
		t.Errorf("what others put into it is still there: %v, %v, %v", got.Annotations, got.Data, got.BinaryData)
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
	if len(got.OwnerReferences) != 1 || got.Labels["team"] != "shop" {
		t.Errorf("metadata: %+v", got.ObjectMeta)
	}
	version := got.ResourceVersion
	w.reconcile("support")
	if w.get(&got, owned); got.ResourceVersion != version {
		t.Error("the object was written again")
	}
}
