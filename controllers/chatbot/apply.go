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
)

// writes holds the names of the objects that apply wrote, empty for those that it left alone.
type writes struct {
	configMap, networkPolicy string
}

// apply writes the desired objects that differ from the existing ones, and returns which it wrote.
func (r *Reconciler) apply(ctx context.Context, existing objects, want desired) (writes, error) {
	var done writes
	if want.objects.configMap != nil && !matchesConfigMap(want.objects.configMap, existing.configMap) {
		if err := r.applyObject(ctx, want.objects.configMap); err != nil {
			return done, fmt.Errorf("apply sidecar configuration: %w", err)
		}
		done.configMap = want.objects.configMap.Name
	}
	if want.objects.networkPolicy != nil && !matchesNetworkPolicy(want.objects.networkPolicy, existing.networkPolicy) {
		if err := r.applyObject(ctx, want.objects.networkPolicy); err != nil {
			return done, fmt.Errorf("apply network policy: %w", err)
		}
		done.networkPolicy = want.objects.networkPolicy.Name
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
	// No other client has a say in these fields.
	return r.Client.Apply(ctx, configuration, client.FieldOwner(contract.FieldManager), client.ForceOwnership)
}

func matchesConfigMap(want, got *corev1.ConfigMap) bool {
	return got != nil && matchesMeta(want.ObjectMeta, got.ObjectMeta) && want.Data[contract.SidecarConfigKey] == got.Data[contract.SidecarConfigKey]
}

func matchesNetworkPolicy(want, got *networkingv1.NetworkPolicy) bool {
	return got != nil && matchesMeta(want.ObjectMeta, got.ObjectMeta) && equality.Semantic.DeepEqual(want.Spec, got.Spec)
}

// matchesMeta reports whether got has the desired owner, labels and annotations. Other clients may add more.
func matchesMeta(want, got metav1.ObjectMeta) bool {
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

// writeStatus writes the status if it changed in meaning. A conflict means that the status was computed from an older object.
func (r *Reconciler) writeStatus(ctx context.Context, d *v1alpha1.ChatbotDeployment, after v1alpha1.ChatbotDeploymentStatus) error {
	if equality.Semantic.DeepEqual(d.Status, after) {
		return nil
	}
	d.Status = after
	logf.FromContext(ctx).V(1).Info("Writing status", "outcome", after.Outcome, "findings", after.FindingsTotal)
	// Not a merge patch: it would leave out required counts that are zero before and after.
	if err := r.Client.Status().Update(ctx, d, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	return nil
}
