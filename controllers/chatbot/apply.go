package chatbot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// writtenObjects holds the names of the objects that apply wrote; empty for an object that it did not write, for one that only got another
// owner, as each rollout brings one, and for a ConfigMap that it only signed again.
type writtenObjects struct {
	configMap, networkPolicy string
}

// apply writes the desired objects that differ from the existing ones, and deletes a NetworkPolicy that must not be there. On an error it
// returns the objects written before.
func (r *Reconciler) apply(ctx context.Context, existing objects, desired desiredState) (writtenObjects, error) {
	var written writtenObjects
	if configMap := desired.objects.configMap; configMap != nil && !matchesConfigMap(configMap, existing.configMap) {
		if err := r.write(ctx, configMap, objectOrNil(existing.configMap)); err != nil {
			return written, fmt.Errorf("write sidecar configuration: %w", err)
		}
		written.configMap = nameUnless(matchesContent(configMap, existing.configMap), configMap)
	}
	if p := desired.objects.networkPolicy; p != nil && !matchesNetworkPolicy(p, existing.networkPolicy) {
		if err := r.write(ctx, p, objectOrNil(existing.networkPolicy)); err != nil {
			return written, fmt.Errorf("write network policy: %w", err)
		}
		written.networkPolicy = nameUnless(matchesRules(p, existing.networkPolicy), p)
	}
	if existing.hasOwnPolicy() && desired.openBecause.reason != "" {
		logf.FromContext(ctx).Info("Deleting object", "NetworkPolicy", klog.KObj(existing.networkPolicy))
		r.lost.expectDeletion(existing.networkPolicy.UID)
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, existing.networkPolicy, client.Preconditions{UID: &existing.networkPolicy.UID})); err != nil {
			return written, fmt.Errorf("delete network policy: %w", err)
		}
	}
	return written, nil
}

// nameUnless returns the name of the object, or "" if it is as it was.
func nameUnless(isSame bool, object client.Object) string {
	if isSame {
		return ""
	}
	return object.GetName()
}

// hasOwnPolicy reports whether there is a NetworkPolicy of the manager.
func (o objects) hasOwnPolicy() bool { return o.networkPolicy != nil && isOwn(o.networkPolicy) }

// isOwn reports whether the object is one of the manager, and not one of others with its name.
func isOwn(object client.Object) bool {
	return contract.IsManaged(object.GetLabels())
}

// objectOrNil returns the object, or nil without a type if it is nil.
func objectOrNil[T any, P interface {
	*T
	client.Object
}](object P) client.Object {
	if object == nil {
		return nil
	}
	return object
}

// write creates the desired object, or replaces the existing one, which is that of the cache; nil if the cache has none. An object of others that
// has the name is taken over. write returns a conflict if the API server has another version of the object than the cache: the desired
// object follows from what the cache has, so it is computed again instead of replacing what a later reconcile, or another leader, has written.
func (r *Reconciler) write(ctx context.Context, desired, existing client.Object) error {
	logf.FromContext(ctx).Info("Writing object", desired.GetObjectKind().GroupVersionKind().Kind, klog.KObj(desired))
	// The client decodes the response into the object.
	object, owner := copyObject(desired), client.FieldOwner(contract.FieldManager)
	if existing == nil {
		err := r.Client.Create(ctx, object, owner)
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		if existing, err = r.readForeign(ctx, desired); err != nil {
			return err
		}
		object = copyObject(desired)
	}
	keepForeign(object, existing)
	return r.Client.Update(ctx, object, owner)
}

// copyObject returns a deep copy of the object.
func copyObject(object client.Object) client.Object {
	// The deep copy of an object has its type.
	return object.DeepCopyObject().(client.Object)
}

// readForeign returns the object of others that has the name of the desired one. The cache has none that is without Chaperone's label. If it is
// Chaperone's after all, readForeign returns a conflict: the cache is only behind.
func (r *Reconciler) readForeign(ctx context.Context, desired client.Object) (client.Object, error) {
	existing := copyObject(desired)
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(desired), existing); err != nil {
		return nil, fmt.Errorf("read the existing object: %w", err)
	}
	if isOwn(existing) {
		return nil, apierrors.NewConflict(schema.GroupResource{Resource: "objects"}, desired.GetName(), errBehind)
	}
	return existing, nil
}

// keepForeign adds to the object what an update of the existing one must not take away: finalizers, and the labels and annotations that others
// have given to it.
func keepForeign(object, existing client.Object) {
	object.SetResourceVersion(existing.GetResourceVersion())
	object.SetFinalizers(existing.GetFinalizers())
	object.SetLabels(mergeForeign(object.GetLabels(), existing.GetLabels()))
	object.SetAnnotations(mergeForeign(object.GetAnnotations(), existing.GetAnnotations()))
}

// mergeForeign returns the desired labels or annotations with those of the existing ones that are not Chaperone's.
func mergeForeign(desired, existing map[string]string) map[string]string {
	merged := maps.Clone(existing)
	maps.DeleteFunc(merged, func(key, _ string) bool { return strings.HasPrefix(key, v1alpha1.GroupVersion.Group+"/") })
	if merged == nil {
		return desired
	}
	maps.Copy(merged, desired)
	return merged
}

func matchesConfigMap(desired, existing *corev1.ConfigMap) bool {
	return matchesContent(desired, existing) && hasOwners(existing, desired.OwnerReferences) &&
		desired.Data[contract.SidecarSignatureKey] == existing.Data[contract.SidecarSignatureKey]
}

// matchesContent reports whether the existing ConfigMap differs from the desired one at most in the signature, and in owners besides the
// declaration.
func matchesContent(desired, existing *corev1.ConfigMap) bool {
	return existing != nil && matchesMeta(desired.ObjectMeta, existing) && desired.Data[contract.SidecarConfigKey] == existing.Data[contract.SidecarConfigKey]
}

func matchesNetworkPolicy(desired, existing *networkingv1.NetworkPolicy) bool {
	return matchesRules(desired, existing) && hasOwners(existing, desired.OwnerReferences)
}

// matchesRules reports whether the existing NetworkPolicy differs from the desired one at most in owners besides the declaration.
func matchesRules(desired, existing *networkingv1.NetworkPolicy) bool {
	return existing != nil && matchesMeta(desired.ObjectMeta, existing) && equality.Semantic.DeepEqual(desired.Spec, existing.Spec)
}

// matchesMeta reports whether the existing object has the desired labels and annotations, and the declaration, the first of the desired owners,
// as an owner. It ignores labels and annotations that other clients added.
func matchesMeta(desired metav1.ObjectMeta, existing client.Object) bool {
	return hasOwners(existing, desired.OwnerReferences[:min(1, len(desired.OwnerReferences))]) &&
		contains(existing.GetLabels(), desired.Labels) && contains(existing.GetAnnotations(), desired.Annotations)
}

// hasOwners reports whether the existing object has all of the owners. It ignores owners that other clients added, and those that are no longer
// needed: the garbage collector removes them when they are gone.
func hasOwners(existing client.Object, owners []metav1.OwnerReference) bool {
	return !slices.ContainsFunc(owners, func(owner metav1.OwnerReference) bool {
		return !slices.ContainsFunc(existing.GetOwnerReferences(), func(r metav1.OwnerReference) bool { return equality.Semantic.DeepEqual(r, owner) })
	})
}

// contains reports whether the existing labels or annotations have every desired key with the desired value.
func contains(existing, desired map[string]string) bool {
	for key, value := range desired {
		if existingValue, ok := existing[key]; !ok || existingValue != value {
			return false
		}
	}
	return true
}

// writeStatus replaces the status of the declaration and writes it, unless the old and the new status are semantically equal or differ only in
// the policy revision: a policy that changes nothing for the declaration is recorded once for all of them (adoption). It returns a conflict if
// another client changed the declaration after the reconciler read it, or if the reconciler did so and the cache does not have that yet. After
// behindLimit, the API server says whether it does.
func (r *Reconciler) writeStatus(ctx context.Context, d *v1alpha1.ChatbotDeployment, status v1alpha1.ChatbotDeploymentStatus) error {
	before := d.Status
	if before.PolicyRevision != "" && status.PolicyRevision != "" {
		before.PolicyRevision = status.PolicyRevision
	}
	if equality.Semantic.DeepEqual(before, status) {
		written, isBehind := r.written.isBehind(d)
		if !isBehind {
			return nil
		}
		if r.Clock.Since(written) < behindLimit {
			return apierrors.NewConflict(v1alpha1.GroupVersion.WithResource("chatbotdeployments").GroupResource(), d.Name, errBehind)
		}
	}
	// The client decodes the response into the object, which must not be the content of the cache.
	d = d.DeepCopy()
	d.Status = status
	logf.FromContext(ctx).V(1).Info("Writing status", "outcome", status.Outcome, "findings", status.FindingsTotal)
	// An update and not a merge patch: the API requires every count, but a patch would leave out a first count of 0 as unchanged, because d
	// already has 0 for a count that was never written.
	if err := r.Client.Status().Update(ctx, d, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("write status: %w", err)
	}
	r.written.put(d, r.Clock.Now())
	return nil
}

var errBehind = errors.New("the cache does not have the last version yet")
