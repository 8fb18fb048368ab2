package chatbot

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/review"
)

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// handleDeclarations returns a handler that updates the index of selectors, and enqueues the declaration together with the declarations
// whose selectors overlapped its selector before the change or overlap it now.
func (r *Reconciler) handleDeclarations() handler.EventHandler {
	put := func(object client.Object, q queue) {
		d, ok := object.(*v1alpha1.ChatbotDeployment)
		if !ok {
			return
		}
		name := client.ObjectKeyFromObject(d)
		// Enqueue the declarations that overlapped d before the change, and then those that overlap it now.
		enqueue(q, r.selectors.FindOverlapping(name)...)
		r.selectors.Put(d)
		enqueue(q, r.selectors.FindOverlapping(name)...)
		// The declaration may select pods that were ungoverned.
		enqueue(q, r.reaching.list(name.Namespace)...)
		enqueue(q, name)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) {
			put(e.Object, q)
		},
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) {
			put(e.ObjectNew, q)
		},
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) {
			name := client.ObjectKeyFromObject(e.Object)
			enqueue(q, r.selectors.FindOverlapping(name)...)
			r.selectors.Delete(name)
			enqueue(q, name) // Its objects may stay while its pods run.
		},
	}
}

// enqueueSelecting returns a handler that enqueues the declarations whose selector matches the labels that readLabels returns for an
// object. For an update, controller-runtime calls the handler for the old and for the new object. So if the labels of a pod change, both
// the declaration that selected it and the one that selects it now are enqueued.
func (r *Reconciler) enqueueSelecting(readLabels func(client.Object) map[string]string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		return r.requestSelecting(object.GetNamespace(), readLabels(object))
	})
}

// requestSelecting returns requests for the declarations of the namespace whose selector matches the labels.
func (r *Reconciler) requestSelecting(namespace string, podLabels map[string]string) []reconcile.Request {
	var requests []reconcile.Request
	for _, name := range r.selectors.FindMatching(namespace, podLabels) {
		requests = append(requests, reconcile.Request{NamespacedName: name})
	}
	return requests
}

// requestNamespace returns one request without a name, which stands for every declaration of the namespace. For an event of Adopted, whose
// object has no name, the request stands for every declaration of the cluster. Reconcile lists the declarations: if the list fails, the
// queue retries it, whereas a failure here would lose the event.
func requestNamespace(_ context.Context, namespace client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: namespace.GetName()}}}
}

// requestDeclarations returns requests for the declarations of the namespace that are concerned.
func (r *Reconciler) requestDeclarations(ctx context.Context, namespace string, isConcerned func(*v1alpha1.ChatbotDeployment) bool) []reconcile.Request {
	var declarations v1alpha1.ChatbotDeploymentList
	// The cache fails only when it ends, and then nothing is reconciled.
	if err := r.Client.List(ctx, &declarations, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	var requests []reconcile.Request
	for i := range declarations.Items {
		if isConcerned(&declarations.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&declarations.Items[i])})
		}
	}
	return requests
}

// requestAll returns a request that stands for every declaration of the cluster.
func requestAll(context.Context, client.Object) []reconcile.Request { return []reconcile.Request{{}} }

// expand enqueues every declaration of a namespace, or of the cluster when namespace is empty, except those about which the same would be
// decided again: that is what most edits of a policy are for most declarations. It blocks until the watch of r.expanded has taken all of them.
func (r *Reconciler) expand(ctx context.Context, namespace string) error {
	var list v1alpha1.ChatbotDeploymentList
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list declarations: %w", err)
	}
	scopes := map[string]review.Scope{}
	for i := range list.Items {
		if r.holds(ctx, scopes, &list.Items[i]) {
			continue
		}
		select {
		case r.expanded <- event.GenericEvent{Object: &list.Items[i]}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.recordAdoption(ctx)
}

// holds reports whether the last decision about the declaration is in effect and would be made again now; it is then that of the current policy.
// scopes has those of the namespaces so far.
func (r *Reconciler) holds(ctx context.Context, scopes map[string]review.Scope, d *v1alpha1.ChatbotDeployment) bool {
	scope, isKnown := scopes[d.Namespace]
	if !isKnown {
		scope.Now = r.Clock.Now()
		scope.Environment, scope.EnvironmentError = organisation.ReadEnvironment(ctx, r.Client, d.Namespace)
		scopes[d.Namespace] = scope
	}
	input, revision := r.Reviewer.Identify(scope, d)
	return r.adoption.renew(client.ObjectKeyFromObject(d), input, revision)
}

// requestChatbot returns a request for the declaration that a PolicyException names.
func requestChatbot(_ context.Context, object client.Object) []reconcile.Request {
	e, ok := object.(*v1alpha1.PolicyException)
	if !ok {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: e.Namespace, Name: e.Spec.Chatbot}}}
}

func enqueue(q queue, names ...types.NamespacedName) {
	for _, name := range names {
		q.Add(reconcile.Request{NamespacedName: name})
	}
}

// readTemplateLabels returns the labels that a ReplicaSet gives to its pods, even to those that admission refuses.
func readTemplateLabels(object client.Object) map[string]string {
	replicaSet, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil
	}
	return replicaSet.Spec.Template.Labels
}

// requestAgain enqueues the declaration with the name.
func (r *Reconciler) requestAgain(ctx context.Context, name types.NamespacedName) {
	object := &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	select {
	case r.expanded <- event.GenericEvent{Object: object}:
	case <-ctx.Done():
	}
}
