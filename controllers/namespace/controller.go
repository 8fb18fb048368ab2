// Package namespace sets the label chaperone.dev/enforce on the namespaces that have a ChatbotDeployment, or pods that one of before governs, and
// removes it from all others.
// The label makes API servers send every pod of the namespace to the webhooks. The package writes nothing else.
package namespace

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// enforced is the value of the label chaperone.dev/enforce.
	enforced = "true"
	// concurrency is the number of namespaces that are reconciled at the same time. A few are enough, because a reconcile makes at most one
	// write.
	concurrency = 4
)

// Reconciler reconciles the label chaperone.dev/enforce of namespaces.
type Reconciler struct {
	// Client reads from the cache.
	Client client.Client
	// Live reads from the API server. The label is removed only after such a read found no declaration, because the cache may be stale.
	Live client.Reader
}

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("namespace").
		// Namespaces: a user may remove chaperone.dev/enforce, or the last declaration may have been deleted while no manager was running.
		WatchesMetadata(&corev1.Namespace{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(predicate.LabelChangedPredicate{})).
		// Declarations: the creation of the first one sets the label of its namespace, and the deletion of the last one removes the label.
		Watches(&v1alpha1.ChatbotDeployment{}, handler.EnqueueRequestsFromMapFunc(requestNamespace), builder.WithPredicates(ignoreUpdates())).
		// NetworkPolicies: the one of a declaration that is gone stays while its pods run, and is put back if it is lost.
		Watches(&networkingv1.NetworkPolicy{}, handler.EnqueueRequestsFromMapFunc(requestNamespace), builder.WithPredicates(ignoreUpdates(), selectOwn())).
		// Warmup: a replica runs these watches before it becomes the leader, so that it can then reconcile at once.
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency, EnableWarmup: ptr.To(true)}).
		Complete(r)
}

// Reconcile sets or removes the label of one namespace. It writes nothing if the label is already as it should be.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var namespace metav1.PartialObjectMetadata
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	if err := r.Client.Get(ctx, types.NamespacedName{Name: request.Name}, &namespace); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	holds, err := r.holdsDeclaration(ctx, namespace.Name)
	if err == nil && !holds {
		holds, err = r.holdsNetworkPolicy(ctx, namespace.Name)
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	value, hasLabel := namespace.Labels[v1alpha1.LabelEnforce]
	switch {
	case holds && value != enforced:
		return ctrl.Result{}, r.setLabel(ctx, &namespace, ptr.To(enforced))
	case !holds && hasLabel:
		return ctrl.Result{}, r.setLabel(ctx, &namespace, nil)
	}
	return ctrl.Result{}, nil
}

// holdsDeclaration reports whether the namespace has a ChatbotDeployment in the cache or, if not there, in the API server. The cache may
// not have a new declaration yet, and without the label API servers would not send its pods to the webhooks.
func (r *Reconciler) holdsDeclaration(ctx context.Context, namespace string) (bool, error) {
	for _, reader := range []client.Reader{r.Client, r.Live} {
		var list v1alpha1.ChatbotDeploymentList
		if err := reader.List(ctx, &list, client.InNamespace(namespace), client.Limit(1)); err != nil {
			return false, fmt.Errorf("list declarations: %w", err)
		}
		if len(list.Items) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// holdsNetworkPolicy reports whether the namespace has a NetworkPolicy of Chaperone: pods run that people must not reach around the sidecar.
func (r *Reconciler) holdsNetworkPolicy(ctx context.Context, namespace string) (bool, error) {
	var list networkingv1.NetworkPolicyList
	ours := client.MatchingLabels{contract.LabelManagedBy: contract.ManagedBy}
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), ours, client.UnsafeDisableDeepCopy); err != nil {
		return false, fmt.Errorf("list network policies: %w", err)
	}
	return len(list.Items) > 0, nil
}

// setLabel sets the label to the value, or removes it if value is nil. It sends a merge patch, because server-side apply would create a
// namespace again that has just been deleted.
func (r *Reconciler) setLabel(ctx context.Context, namespace *metav1.PartialObjectMetadata, value *string) error {
	logf.FromContext(ctx).Info("Labelling namespace", "Namespace", klog.KObj(namespace), "enforced", value != nil)
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]*string{v1alpha1.LabelEnforce: value}}})
	if err != nil {
		return fmt.Errorf("encode label: %w", err)
	}
	if err := r.Client.Patch(ctx, namespace, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(contract.FieldManager)); err != nil {
		return client.IgnoreNotFound(err)
	}
	return nil
}

// requestNamespace returns a request for the namespace of an object.
func requestNamespace(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: object.GetNamespace()}}}
}

// selectOwn returns a predicate for Chaperone's own objects.
func selectOwn() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		return contract.IsManaged(object.GetLabels())
	})
}

// ignoreUpdates returns a predicate that ignores updates, because they do not change whether the namespace has an object.
func ignoreUpdates() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }}
}
