// Package shape reports in the status of each ChatShape whether declarations can use it, and how many do. It decides nothing about
// declarations: the chatbot controller reads the shapes itself.
package shape

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// Reconciler reconciles all ChatShapes of the cluster together.
type Reconciler struct {
	// Client reads from the cache.
	Client client.Client
	Clock  clock.PassiveClock
}

// +kubebuilder:rbac:groups=chaperone.dev,resources=chatshapes;chatbotdeployments,verbs=get;list;watch
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatshapes/status,verbs=update

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// Every event enqueues the same request: a declaration that no longer names a shape does not say which one it named.
	toAll := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: "shapes"}}}
	})
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("shape").
		// Shapes: their documents are checked.
		Watches(&v1alpha1.ChatShape{}, toAll, specChanged).
		// Declarations: the status counts those that name the shape.
		Watches(&v1alpha1.ChatbotDeployment{}, toAll, specChanged).
		Complete(r)
}

// Reconcile writes the statuses that changed. A write conflict causes a retry.
func (r *Reconciler) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	var shapes v1alpha1.ChatShapeList
	if err := r.Client.List(ctx, &shapes, client.UnsafeDisableDeepCopy); err != nil {
		return ctrl.Result{}, fmt.Errorf("list ChatShapes: %w", err)
	}
	if len(shapes.Items) == 0 {
		return ctrl.Result{}, nil
	}
	used, err := r.countUses(ctx)
	if err != nil {
		return ctrl.Result{}, err
	}
	var errs []error
	isOutdated := false
	for i := range shapes.Items {
		s := refresh(&shapes.Items[i], used[shapes.Items[i].Name], r.Clock.Now())
		if s == nil {
			continue
		}
		err := r.Client.Status().Update(ctx, s)
		if apierrors.IsConflict(err) {
			isOutdated = true
			continue
		}
		errs = append(errs, client.IgnoreNotFound(err))
	}
	if isOutdated {
		return ctrl.Result{RequeueAfter: conflictRetry}, errors.Join(errs...)
	}
	return ctrl.Result{}, errors.Join(errs...)
}

// countUses returns the number of declarations that name a shape, by the name of the shape.
func (r *Reconciler) countUses(ctx context.Context) (map[string]int32, error) {
	var declarations v1alpha1.ChatbotDeploymentList
	if err := r.Client.List(ctx, &declarations, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list declarations: %w", err)
	}
	used := map[string]int32{}
	for i := range declarations.Items {
		for _, name := range facts.ListShapeNames(&declarations.Items[i].Spec) {
			used[name]++
		}
	}
	return used, nil
}
