// Package exception reconciles PolicyExceptions: it writes into the status whether the exception is active. This status is for people. The
// engine does not read it when it decides what an exception waives.
package exception

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// conflictRetry is the time to wait after a write conflict before the status is computed again, so that the cache has the newer object.
const conflictRetry = time.Second

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
	specOrApprovalChanged := predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("exception").
		// Exceptions: the status depends on their spec and on their approval, which is an annotation.
		For(&v1alpha1.PolicyException{}, builder.WithPredicates(specOrApprovalChanged)).
		// Declarations: an approval is for one of them, as it was then.
		Watches(&v1alpha1.ChatbotDeployment{}, handler.EnqueueRequestsFromMapFunc(r.findExceptions), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		// Warmup: a replica runs this watch before it becomes the leader, so that it can then reconcile at once.
		WithOptions(controller.Options{EnableWarmup: ptr.To(true)}).
		Complete(r)
}

// Reconcile writes the condition Active unless it is unchanged, and requeues the exception for the end of its last day.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var e v1alpha1.PolicyException
	if err := r.Client.Get(ctx, request.NamespacedName, &e); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	chatbot := &v1alpha1.ChatbotDeployment{}
	switch err := r.Client.Get(ctx, client.ObjectKey{Namespace: e.Namespace, Name: e.Spec.Chatbot}, chatbot); {
	case apierrors.IsNotFound(err):
		chatbot = nil
	case err != nil:
		return ctrl.Result{}, fmt.Errorf("read declaration: %w", err)
	}
	now := r.Clock.Now()
	before := e.Status.DeepCopy()
	active := newActiveCondition(&e, chatbot, now)
	// SetStatusCondition keeps the earlier transition time if the condition's status is the same.
	active.ObservedGeneration, active.LastTransitionTime = e.Generation, metav1.NewTime(now)
	e.Status.ObservedGeneration = e.Generation
	meta.SetStatusCondition(&e.Status.Conditions, active)
	if !equality.Semantic.DeepEqual(*before, e.Status) {
		if err := r.Client.Status().Update(ctx, &e); err != nil {
			if apierrors.IsConflict(err) {
				return ctrl.Result{RequeueAfter: conflictRetry}, nil
			}
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
	}
	return ctrl.Result{RequeueAfter: computeTimeLeft(&e, now)}, nil
}

// findExceptions returns a request for each exception of a chatbot. It is a handler.MapFunc.
func (r *Reconciler) findExceptions(ctx context.Context, chatbot client.Object) []ctrl.Request {
	var all v1alpha1.PolicyExceptionList
	if err := r.Client.List(ctx, &all, client.InNamespace(chatbot.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		// A list from the cache fails only when the manager stops.
		return nil
	}
	var requests []ctrl.Request
	for i := range all.Items {
		if e := &all.Items[i]; e.Spec.Chatbot == chatbot.GetName() {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(e)})
		}
	}
	return requests
}

// newActiveCondition returns the condition Active at the time now. chatbot is nil if it does not exist.
func newActiveCondition(e *v1alpha1.PolicyException, chatbot *v1alpha1.ChatbotDeployment, now time.Time) metav1.Condition {
	const conditionType = v1alpha1.ConditionActive
	binding := ""
	if chatbot != nil {
		binding = exception.FormatBinding(chatbot)
	}
	switch {
	case exception.IsExpired(e, now):
		message := fmt.Sprintf("Its last day was %s. Delete it, or request it again with a later spec.expires.", e.Spec.Expires)
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonExpired, Message: message}
	case !exception.IsApproved(e):
		message := fmt.Sprintf("It has no effect until a person other than its requester, who has the verb approve on policyexceptions, "+
			"sets the annotation %s to the digest of what they have read (%s).", v1alpha1.AnnotationApprovedBy, exception.FormatApproval(e, binding))
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotApproved, Message: message}
	case chatbot == nil && !isInAdvance(e):
		message := fmt.Sprintf("ChatbotDeployment %s, which it was approved for, is gone. Delete this exception, or have it approved again when the chatbot is declared again.", e.Spec.Chatbot)
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonChatbotGone, Message: message}
	case chatbot != nil && !exception.IsFor(e, chatbot):
		message := fmt.Sprintf("It was approved for another chatbot of this name, or for fewer places and sectors than %s declares now. "+
			"Have it approved again (%s).", e.Spec.Chatbot, exception.FormatApproval(e, binding))
		return metav1.Condition{Type: conditionType, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonApprovedForAnother, Message: message}
	}
	// Only the annotations name the requester and the approver: a status must not hold names of people.
	message := fmt.Sprintf("Approved by a person other than its requester, until the end of %s (UTC).", e.Spec.Expires)
	return metav1.Condition{Type: conditionType, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonApproved, Message: message}
}

// isInAdvance reports whether the exception is approved for a chatbot that is yet to come, and not for one that was there.
func isInAdvance(e *v1alpha1.PolicyException) bool {
	return e.Spec.InAdvance && e.Annotations[v1alpha1.AnnotationApprovedFor] == ""
}

// computeTimeLeft returns the time from now until the exception expires, which is at midnight UTC after its last day. It returns zero, for
// no requeue, if the exception has expired or spec.expires is not a date.
func computeTimeLeft(e *v1alpha1.PolicyException, now time.Time) time.Duration {
	last, err := time.Parse(policy.DateFormat, string(e.Spec.Expires))
	if err != nil || exception.IsExpired(e, now) {
		return 0
	}
	// The additional second makes sure that the new day has begun even if the timer fires slightly early.
	return last.AddDate(0, 0, 1).Sub(now) + time.Second
}
