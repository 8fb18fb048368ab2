// Package clusterpolicy keeps a ClusterNetworkPolicy of the tier Admin for each NetworkPolicy of Chaperone, where the cluster has that API. It
// closes the same ports, so that no NetworkPolicy of a namespace opens them to other pods. It is a second layer: admission refuses such NetworkPolicies,
// and only some network plugins know the API. Where the API is missing, the package does nothing but wait for its definition.
package clusterpolicy

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

const (
	// DefinitionName is the name of the definition of ClusterNetworkPolicies, and the only one that the manager's cache holds.
	DefinitionName = "clusternetworkpolicies.policy.networking.k8s.io"
	// servedRetry is the time after which to ask again whether API servers serve a definition that is there: they do a moment later.
	servedRetry = 5 * time.Second
)

// Reconciler keeps the ClusterNetworkPolicies. Every field is required.
type Reconciler struct {
	// Client writes. Cache is that of the manager: it has the NetworkPolicies of Chaperone, and the metadata of the definition.
	Client client.Client
	Cache  cache.Cache
	// Pods is the cache of governed pods.
	Pods   cache.Cache
	Mapper meta.RESTMapper

	controller controller.Controller
	// version is that in which ClusterNetworkPolicies are read and written; nil while the API is missing.
	version atomic.Pointer[string]
	// hasWritten is true once that of each chatbot was written after the API arrived. Only followDefinition uses it, for the one request without a name,
	// which is handled by one worker at a time.
	hasWritten bool
}

// A rule of RBAC cannot limit a creation by label: the admission policy chaperone-manager-scope lets the manager write only its own.
//
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=clusternetworkpolicies.policy.networking.k8s.io,verbs=get;list;watch
// +kubebuilder:rbac:groups=policy.networking.k8s.io,resources=clusternetworkpolicies,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	var err error
	r.controller, err = ctrl.NewControllerManagedBy(mgr).
		Named("clusterpolicy").
		// The definition: the API can arrive and go while the manager runs.
		WatchesMetadata(NewDefinition(), handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
			return []reconcile.Request{{}}
		})).
		// NetworkPolicies of Chaperone: what they close is closed to all.
		Watches(&networkingv1.NetworkPolicy{}, r.enqueue()).
		// Governed pods: they say which numbers the names of open ports have.
		WatchesRawSource(source.Kind(r.Pods, client.Object(&corev1.Pod{}), r.enqueue())).
		Build(r)
	return err
}

// NewDefinition returns an empty definition, of which caches hold the metadata.
func NewDefinition() *metav1.PartialObjectMetadata {
	definition := &metav1.PartialObjectMetadata{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	return definition
}

// enqueue returns a handler that enqueues the chatbot of a NetworkPolicy of Chaperone or of a governed pod, if the cluster has the API. The request has
// the name of the chatbot; that for the definition has none.
func (r *Reconciler) enqueue() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		chatbot, isOfChatbot := object.GetLabels()[v1alpha1.LabelChatbot]
		if !isOfChatbot || r.version.Load() == nil {
			return nil
		}
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: chatbot}}}
	})
}

// Reconcile keeps the ClusterNetworkPolicy of one chatbot, or, for a request without a name, begins or ends as the API arrives or goes.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.Name == "" {
		return r.followDefinition(ctx)
	}
	version := r.version.Load()
	if version == nil {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, r.keep(ctx, *version, request.NamespacedName)
}

// followDefinition looks for the API, and writes the ClusterNetworkPolicy of each chatbot once it is there. What was written stays when the API goes,
// because it goes with its definition. After an error, the queue calls followDefinition again, and it goes on with what is not done yet.
func (r *Reconciler) followDefinition(ctx context.Context) (ctrl.Result, error) {
	err := r.Cache.Get(ctx, types.NamespacedName{Name: DefinitionName}, NewDefinition())
	version := r.version.Load()
	switch {
	case client.IgnoreNotFound(err) != nil:
		return ctrl.Result{}, fmt.Errorf("read definition: %w", err)
	case err != nil && version != nil:
		r.version.Store(nil)
		r.hasWritten = false
		return ctrl.Result{}, r.Cache.RemoveInformer(ctx, newObject(*version))
	case err != nil || r.hasWritten:
		return ctrl.Result{}, nil
	case version == nil:
		if version, err = r.watch(ctx); err != nil {
			return ctrl.Result{}, err
		}
		if version == nil {
			return ctrl.Result{RequeueAfter: servedRetry}, nil
		}
		// From now on, what changes is written: see enqueue.
		r.version.Store(version)
	}
	err = r.keepAll(ctx, *version)
	r.hasWritten = err == nil
	return ctrl.Result{}, err
}

// watch watches the ClusterNetworkPolicies, and returns the version in which it does; nil if API servers do not serve them yet.
func (r *Reconciler) watch(ctx context.Context) (*string, error) {
	mapping, err := r.Mapper.RESTMapping(schema.GroupKind{Group: group, Kind: kind}, versions()...)
	if meta.IsNoMatchError(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the API: %w", err)
	}
	version := mapping.GroupVersionKind.Version
	logf.FromContext(ctx).Info("Keeping ClusterNetworkPolicies", "version", version)
	// Those of chatbots that are gone are deleted by the events about them, with which the watch begins.
	if err := r.controller.Watch(source.Kind(r.Cache, client.Object(newObject(version)), r.enqueueOwn())); err != nil {
		return nil, fmt.Errorf("watch ClusterNetworkPolicies: %w", err)
	}
	return &version, nil
}

// keepAll writes the ClusterNetworkPolicy of each chatbot.
func (r *Reconciler) keepAll(ctx context.Context, version string) error {
	var all networkingv1.NetworkPolicyList
	if err := r.Cache.List(ctx, &all, client.MatchingLabels{contract.LabelManagedBy: contract.ManagedBy}, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list network policies: %w", err)
	}
	var problems []error
	for i := range all.Items {
		name := types.NamespacedName{Namespace: all.Items[i].Namespace, Name: all.Items[i].Labels[v1alpha1.LabelChatbot]}
		problems = append(problems, r.keep(ctx, version, name))
	}
	return errors.Join(problems...)
}

// enqueueOwn returns a handler that enqueues the chatbot of a ClusterNetworkPolicy of Chaperone, which a user may have changed or deleted.
func (r *Reconciler) enqueueOwn() handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		name, isOurs := chatbotOf(object)
		if !isOurs {
			return nil
		}
		return []reconcile.Request{{NamespacedName: name}}
	})
}

// keep writes the ClusterNetworkPolicy of a chatbot that has a NetworkPolicy, and deletes that of another one.
func (r *Reconciler) keep(ctx context.Context, version string, chatbot types.NamespacedName) error {
	existing := newObject(version)
	err := r.Cache.Get(ctx, types.NamespacedName{Name: nameOf(chatbot)}, existing)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read ClusterNetworkPolicy: %w", err)
	}
	exists := err == nil
	desired, err := r.plan(ctx, version, chatbot)
	switch {
	case err != nil:
		return err
	case desired != nil && (!exists || !isSame(desired, existing)):
		logf.FromContext(ctx).Info("Applying object", kind, klog.KObj(desired))
		// ForceOwnership takes the fields back from other clients that changed them.
		if err := r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(desired), client.FieldOwner(contract.FieldManager), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply ClusterNetworkPolicy: %w", err)
		}
	case desired == nil && exists:
		if _, isOurs := chatbotOf(existing); !isOurs {
			return nil
		}
		logf.FromContext(ctx).Info("Deleting object", kind, klog.KObj(existing))
		uid := existing.GetUID()
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, existing, client.Preconditions{UID: &uid})); err != nil {
			return fmt.Errorf("delete ClusterNetworkPolicy: %w", err)
		}
	}
	return nil
}

// plan returns the ClusterNetworkPolicy of a chatbot; nil if it has no NetworkPolicy.
func (r *Reconciler) plan(ctx context.Context, version string, chatbot types.NamespacedName) (*unstructured.Unstructured, error) {
	var p networkingv1.NetworkPolicy
	name := types.NamespacedName{Namespace: chatbot.Namespace, Name: inject.ConfigMapName(chatbot.Name)}
	if err := r.Cache.Get(ctx, name, &p, client.UnsafeDisableDeepCopy); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return nil, nil
		}
		return nil, fmt.Errorf("read network policy: %w", err)
	}
	if !contract.IsManaged(p.Labels) || !p.DeletionTimestamp.IsZero() {
		return nil, nil
	}
	var pods corev1.PodList
	selected := client.MatchingLabels{v1alpha1.LabelChatbot: chatbot.Name}
	if err := r.Pods.List(ctx, &pods, client.InNamespace(chatbot.Namespace), selected, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list governed pods: %w", err)
	}
	return newPolicy(version, chatbot, &p, pods.Items), nil
}
