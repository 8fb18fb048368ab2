package chatbot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// forget forgets a declaration that is gone or is being deleted, and cares for its objects.
func (r *Reconciler) forget(ctx context.Context, name types.NamespacedName) (ctrl.Result, error) {
	r.inapplicable.put(name, policy.Verdict{})
	r.desks.set(name, types.NamespacedName{})
	r.rollCall.expect(name, nil, execution{}, nil)
	r.adoption.forget(name)
	r.written.forget(name)
	r.conflicts.forget(name)
	r.endRepair(ctx, name)
	if err := r.recordAdoption(ctx); err != nil {
		return ctrl.Result{}, err
	}
	return r.keepOrDelete(ctx, name)
}

// keepOrDelete cares for the objects of a declaration that is gone. While pods of it run, the objects stay: without them, people would reach
// the app around the sidecar, and the sidecar could not start again. The owners of the objects see to that without the manager (listKeepers);
// the manager signs the configuration again in time, puts back what is lost all the same, and deletes both objects when the last pod is gone. It
// does nothing while the declaration is being deleted, because it is there until another program has let it go.
func (r *Reconciler) keepOrDelete(ctx context.Context, name types.NamespacedName) (ctrl.Result, error) {
	existing, err := r.gatherObjects(ctx, name)
	lost := r.lost.find(name)
	if err != nil || existing == (objects{}) && lost == (objects{}) {
		return ctrl.Result{}, err
	}
	if err := r.Client.Get(ctx, name, &v1alpha1.ChatbotDeployment{}); client.IgnoreNotFound(err) != nil || err == nil {
		return ctrl.Result{}, err
	}
	selected := []client.ListOption{client.InNamespace(name.Namespace), client.MatchingLabels{v1alpha1.LabelChatbot: name.Name}, client.UnsafeDisableDeepCopy}
	hasPods, err := r.hasGovernedPods(ctx, selected)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !hasPods {
		r.lost.forget(name, lost)
		return ctrl.Result{}, r.deleteObjects(ctx, existing)
	}
	var pods metav1.PartialObjectMetadataList
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("PodList"))
	if err := r.Client.List(ctx, &pods, selected...); err != nil {
		return ctrl.Result{}, fmt.Errorf("list pods: %w", err)
	}
	gone := &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	return r.keepObjects(ctx, observation{declaration: gone, objects: existing, lost: lost, keepers: listAllKeepers(pods.Items, name.Name)})
}

// hasGovernedPods reports whether a pod has not ended. It reads the cache whose events caused the reconcile: the one with the metadata of all pods
// can have a pod that is gone, and nothing would say later that it is.
func (r *Reconciler) hasGovernedPods(ctx context.Context, selected []client.ListOption) (bool, error) {
	var pods corev1.PodList
	if err := r.Pods.List(ctx, &pods, selected...); err != nil {
		return false, fmt.Errorf("list governed pods: %w", err)
	}
	return slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
		return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
	}), nil
}

// deleteObjects deletes the objects of a declaration that is gone.
func (r *Reconciler) deleteObjects(ctx context.Context, existing objects) error {
	var list []client.Object
	if existing.networkPolicy != nil {
		list = append(list, existing.networkPolicy)
	}
	if existing.configMap != nil {
		list = append(list, existing.configMap)
	}
	for _, object := range list {
		if !isOwn(object) {
			continue
		}
		uid := object.GetUID()
		r.lost.expectDeletion(uid)
		logf.FromContext(ctx).Info("Deleting object of a declaration that is gone", "object", klog.KObj(object))
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, object, client.Preconditions{UID: &uid})); err != nil {
			return fmt.Errorf("delete object of a declaration that is gone: %w", err)
		}
	}
	return nil
}

// keepObjects writes the objects with the keepers as owners, and the configuration with a signature that holds. The pods get no other configuration
// than the one that they have.
func (r *Reconciler) keepObjects(ctx context.Context, found observation) (ctrl.Result, error) {
	var err error
	if found.keys, err = r.Keys(); err != nil || len(found.keepers) == 0 {
		return ctrl.Result{}, err
	}
	// The declaration is known by what the manager has signed about it.
	_, statement := findSignature(found.selectOwn(), found.keys)
	found.declaration.UID = types.UID(statement.UID)
	desired := desiredState{objects: objects{configMap: copyOwnConfigMap(found), networkPolicy: copyNetworkPolicy(found)}}
	if err := desired.sign(found, r.Clock.Now()); err != nil {
		return ctrl.Result{}, err
	}
	for _, meta := range desired.objects.listMeta() {
		meta.OwnerReferences = found.keepers // Not the declaration, which is gone.
	}
	if _, err := r.apply(ctx, found.objects, desired); err != nil {
		if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
			return ctrl.Result{}, nil // The pods go with their namespace.
		}
		return ctrl.Result{}, err
	}
	r.lost.forget(client.ObjectKeyFromObject(found.declaration), found.lost)
	if statement.Serial == 0 {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{RequeueAfter: max(computeRenewal(desired.statement).Sub(r.Clock.Now()), time.Second)}, nil
}

// copyNetworkPolicy returns the existing NetworkPolicy, or the one that is lost, as this reconciler would write it; nil if there is neither.
func copyNetworkPolicy(found observation) *networkingv1.NetworkPolicy {
	existing := cmp.Or(found.objects.networkPolicy, found.lost.networkPolicy)
	if existing == nil {
		return nil
	}
	meta := newObjectMeta(found)
	meta.Annotations = maps.Clone(existing.Annotations)
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: meta, Spec: *existing.Spec.DeepCopy(),
	}
}

// listMeta returns the metadata of the objects that are there.
func (o objects) listMeta() []*metav1.ObjectMeta {
	var list []*metav1.ObjectMeta
	if o.configMap != nil {
		list = append(list, &o.configMap.ObjectMeta)
	}
	if o.networkPolicy != nil {
		list = append(list, &o.networkPolicy.ObjectMeta)
	}
	return list
}

// enqueueGoverned returns a handler for pods with the label of a chatbot: it enqueues the declarations that select the pod, and the one that the
// label names, which may be gone.
func (r *Reconciler) enqueueGoverned() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, pod client.Object) []reconcile.Request {
		return append(r.requestSelecting(pod.GetNamespace(), pod.GetLabels()), requestNamed(ctx, pod)...)
	})
}

// enqueueNamed returns a handler that enqueues the declaration that the label of an object names.
func enqueueNamed() handler.EventHandler { return handler.EnqueueRequestsFromMapFunc(requestNamed) }

// requestNamed returns a request for the declaration that the label of the object names, which may be gone; none without the label.
func requestNamed(_ context.Context, object client.Object) []reconcile.Request {
	name := object.GetLabels()[v1alpha1.LabelChatbot]
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: name}}}
}
