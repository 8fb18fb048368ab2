package chatbot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
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

// apply writes the desired objects that differ from the existing ones, and deletes a NetworkPolicy that must not be there. With an error, it
// returns the objects that it has written all the same. The NetworkPolicy comes first: without it, sidecars get no first configuration, so that no app
// starts whose ports are open.
func (r *Reconciler) apply(ctx context.Context, existing objects, desired desiredState) (writtenObjects, error) {
	var written writtenObjects
	policyErr := r.applyNetworkPolicy(ctx, existing, desired, &written)
	if policyErr != nil && existing.configMap == nil {
		return written, policyErr
	}
	if configMap := desired.objects.configMap; configMap != nil && !matchesConfigMap(configMap, existing.configMap) {
		if err := r.write(ctx, configMap, objectOrNil(existing.configMap)); err != nil {
			return written, errors.Join(policyErr, fmt.Errorf("write sidecar configuration: %w", err))
		}
		written.configMap = nameUnless(matchesContent(configMap, existing.configMap), configMap)
	}
	return written, policyErr
}

func (r *Reconciler) applyNetworkPolicy(ctx context.Context, existing objects, desired desiredState, written *writtenObjects) error {
	if p := desired.objects.networkPolicy; p != nil && !matchesNetworkPolicy(p, existing.networkPolicy) {
		if err := r.write(ctx, p, objectOrNil(existing.networkPolicy)); err != nil {
			return fmt.Errorf("write network policy: %w", err)
		}
		written.networkPolicy = nameUnless(matchesRules(p, existing.networkPolicy), p)
	}
	if existing.hasOwnPolicy() && desired.openBecause.reason != "" {
		if err := r.remove(ctx, existing.networkPolicy); err != nil {
			return fmt.Errorf("delete network policy: %w", err)
		}
	}
	return nil
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

// write creates the desired object, or replaces the existing one, which is that of the cache; nil if the cache has none. It keeps nothing of what
// others have put into an object. write returns a conflict if the API server has another version of the object than the cache: the desired
// object follows from what the cache has, so it is computed again instead of replacing what a later reconcile, or another leader, has written.
func (r *Reconciler) write(ctx context.Context, desired, existing client.Object) error {
	logf.FromContext(ctx).Info("Writing object", desired.GetObjectKind().GroupVersionKind().Kind, klog.KObj(desired))
	if existing == nil {
		err := r.create(ctx, desired)
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		return r.takeOver(ctx, desired)
	}
	if !isOwn(existing) {
		return r.takeOver(ctx, desired)
	}
	// The client decodes the response into the object.
	object := copyObject(desired)
	object.SetResourceVersion(existing.GetResourceVersion())
	err := r.Client.Update(ctx, object, client.FieldOwner(contract.FieldManager))
	switch {
	case apierrors.IsNotFound(err):
		return newCacheBehind(desired)
	case apierrors.IsInvalid(err) && isImmutable(existing):
		return r.replace(ctx, desired, existing)
	}
	return err
}

// isImmutable reports whether the object is a ConfigMap that cannot be changed: one from before Chaperone was installed.
func isImmutable(object client.Object) bool {
	configMap, ok := object.(*corev1.ConfigMap)
	return ok && ptr.Deref(configMap.Immutable, false)
}

// newCacheBehind returns the conflict of an object of which the cache does not have the last version.
func newCacheBehind(desired client.Object) error {
	return apierrors.NewConflict(schema.GroupResource{Resource: "objects"}, desired.GetName(), errBehind)
}

func (r *Reconciler) create(ctx context.Context, desired client.Object) error {
	return r.Client.Create(ctx, copyObject(desired), client.FieldOwner(contract.FieldManager))
}

// takeOver replaces an object of others that has the name of the desired one, which was there before its namespace had a declaration. It may be
// immutable, or have finalizers. If it is Chaperone's after all, takeOver returns a conflict: the cache is only behind.
func (r *Reconciler) takeOver(ctx context.Context, desired client.Object) error {
	foreign := copyObject(desired)
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(desired), foreign)
	switch {
	case apierrors.IsNotFound(err), err == nil && isOwn(foreign):
		return newCacheBehind(desired)
	case err != nil:
		return fmt.Errorf("read the existing object: %w", err)
	}
	// The manager may delete only objects with its label, and API servers delete none that has a finalizer.
	foreign.SetLabels(desired.GetLabels())
	foreign.SetAnnotations(nil)
	foreign.SetOwnerReferences(nil)
	foreign.SetFinalizers(nil)
	if err := r.Client.Update(ctx, foreign, client.FieldOwner(contract.FieldManager)); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("take the existing object over: %w", err)
	}
	return r.replace(ctx, desired, foreign)
}

// replace deletes the existing object and creates the desired one.
func (r *Reconciler) replace(ctx context.Context, desired, existing client.Object) error {
	if err := r.remove(ctx, existing); err != nil {
		return fmt.Errorf("delete the existing object: %w", err)
	}
	return r.create(ctx, desired)
}

// remove deletes an object of the manager, unless it is gone.
func (r *Reconciler) remove(ctx context.Context, object client.Object) error {
	logf.FromContext(ctx).Info("Deleting object", "name", klog.KObj(object))
	uid := object.GetUID()
	r.lost.expectDeletion(uid)
	return client.IgnoreNotFound(r.Client.Delete(ctx, object, client.Preconditions{UID: &uid}))
}

// copyObject returns a deep copy of the object.
func copyObject(object client.Object) client.Object {
	// The deep copy of an object has its type.
	return object.DeepCopyObject().(client.Object)
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
