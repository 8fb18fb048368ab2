// Package exception says in the status of a PolicyException whether it counts. What it waives is decided by internal/policy, with
// or without this status.
package exception

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// Reconciler reconciles PolicyExceptions.
type Reconciler struct {
	// Client reads from the cache.
	Client client.Client
	Clock  clock.PassiveClock
}

// +kubebuilder:rbac:groups=chaperone.dev,resources=policyexceptions,verbs=get;list;watch
// +kubebuilder:rbac:groups=chaperone.dev,resources=policyexceptions/status,verbs=update

// SetupWithManager registers the reconciler and its watch.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	asked := predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("exception").
		// Exceptions: their spec, and their approval, which is an annotation.
		For(&v1alpha1.PolicyException{}, builder.WithPredicates(asked)).
		WithOptions(controller.Options{EnableWarmup: ptr.To(true)}).
		Complete(r)
}

// Reconcile writes whether the exception counts, and comes back when that ends. It writes nothing when nothing changed.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var e v1alpha1.PolicyException
	if err := r.Client.Get(ctx, request.NamespacedName, &e); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	now := r.Clock.Now()
	before := e.Status.DeepCopy()
	active := activeOf(&e, now)
	active.ObservedGeneration, active.LastTransitionTime = e.Generation, metav1.NewTime(now)
	e.Status.ObservedGeneration = e.Generation
	meta.SetStatusCondition(&e.Status.Conditions, active)
	if !equality.Semantic.DeepEqual(*before, e.Status) {
		if err := r.Client.Status().Update(ctx, &e); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
	}
	return ctrl.Result{RequeueAfter: untilExpired(&e, now)}, nil
}

func activeOf(e *v1alpha1.PolicyException, now time.Time) metav1.Condition {
	const conditionType = v1alpha1.ConditionActive
	switch {
	case exception.IsExpired(e, now):
		message := fmt.Sprintf("Its last day was %s. Delete it, or ask anew with another spec.expires.", e.Spec.Expires)
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonExpired, Message: message}
	case !exception.IsApproved(e):
		message := fmt.Sprintf("It waives nothing until somebody other than its requester, who has the verb approve on policyexceptions, "+
			"sets the annotation %s (kubectl annotate pex %s %s=me).", v1alpha1.AnnotationApprovedBy, e.Name, v1alpha1.AnnotationApprovedBy)
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotApproved, Message: message}
	}
	// Who asked and who approved stands in the annotations alone: names of people belong into no status.
	message := fmt.Sprintf("Approved by somebody other than its requester, until the end of %s (UTC).", e.Spec.Expires)
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonApproved, Message: message}
}

// untilExpired returns how long after now the exception counts no more: at midnight UTC after its last day. Zero when it does not.
func untilExpired(e *v1alpha1.PolicyException, now time.Time) time.Duration {
	last, err := time.Parse(policy.DateFormat, string(e.Spec.Expires))
	if err != nil || exception.IsExpired(e, now) {
		return 0
	}
	// A timer may fire early by the resolution of the clock; a second keeps the date right.
	return last.AddDate(0, 0, 1).Sub(now) + time.Second
}
