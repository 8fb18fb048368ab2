package chatbot

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// applied holds the names of the objects that were written; empty ones were not.
type applied struct {
	configMap, networkPolicy string
}

// apply writes the wanted objects that are not as they should be, and says which it wrote.
func (r *Reconciler) apply(ctx context.Context, existing objects, w wanted) (applied, error) {
	var done applied
	if w.objects.configMap != nil && !sameConfigMap(w.objects.configMap, existing.configMap) {
		if err := r.applyObject(ctx, w.objects.configMap); err != nil {
			return done, fmt.Errorf("apply sidecar configuration: %w", err)
		}
		done.configMap = w.objects.configMap.Name
	}
	if w.objects.networkPolicy != nil && !sameNetworkPolicy(w.objects.networkPolicy, existing.networkPolicy) {
		if err := r.applyObject(ctx, w.objects.networkPolicy); err != nil {
			return done, fmt.Errorf("apply network policy: %w", err)
		}
		done.networkPolicy = w.objects.networkPolicy.Name
	}
	return done, nil
}

func (r *Reconciler) applyObject(ctx context.Context, object client.Object) error {
	logf.FromContext(ctx).Info("Applying object", object.GetObjectKind().GroupVersionKind().Kind, klog.KObj(object))
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	configuration := client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: content})
	// Ownership is forced: nobody else has a say in these fields.
	return r.Client.Apply(ctx, configuration, client.FieldOwner(contract.FieldManager), client.ForceOwnership)
}

func sameConfigMap(want, got *corev1.ConfigMap) bool {
	return got != nil && sameMeta(want.ObjectMeta, got.ObjectMeta) && want.Data[inject.ConfigKey] == got.Data[inject.ConfigKey]
}

func sameNetworkPolicy(want, got *networkingv1.NetworkPolicy) bool {
	return got != nil && sameMeta(want.ObjectMeta, got.ObjectMeta) && equality.Semantic.DeepEqual(want.Spec, got.Spec)
}

// sameMeta reports whether what is wanted is there; others may add labels and annotations.
func sameMeta(want, got metav1.ObjectMeta) bool {
	owned := slices.ContainsFunc(got.OwnerReferences, func(r metav1.OwnerReference) bool {
		return equality.Semantic.DeepEqual(r, want.OwnerReferences[0])
	})
	return owned && contains(got.Labels, want.Labels) && contains(got.Annotations, want.Annotations)
}

func contains(all, some map[string]string) bool {
	for key, value := range some {
		if got, ok := all[key]; !ok || got != value {
			return false
		}
	}
	return true
}

// writeStatus writes the status if it changed in meaning. A conflict means that it was computed from an old object.
func (r *Reconciler) writeStatus(ctx context.Context, d *v1alpha1.ChatbotDeployment, after v1alpha1.ChatbotDeploymentStatus) error {
	if equality.Semantic.DeepEqual(d.Status, after) {
		return nil
	}
	d.Status = after
	logf.FromContext(ctx).V(1).Info("Writing status", "outcome", after.Outcome, "findings", after.FindingsTotal)
	// An update, because a merge patch leaves out counts that are zero before and after, which the API requires.
	if err := r.Client.Status().Update(ctx, d, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}
