// Package chatbot keeps what the cluster holds for a ChatbotDeployment in line with what was decided about it: the sidecar's
// configuration, the NetworkPolicy, the status and the events. It fetches and writes; internal/policy decides.
// Nothing that it writes holds personal data.
package chatbot

import (
	"context"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject/selection/index"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// concurrency is how many declarations are reconciled at the same time. Most of a reconcile that writes is spent waiting for
	// up to three answers of the API server, a few milliseconds each; evaluation takes what cores there are.
	concurrency = 16
	// undecidedRetry is when an evaluation without a decision is tried again: what stood in its way (a policy being loaded, an
	// evaluation out of time) is not seen by any watch.
	undecidedRetry = time.Minute
	// conflictRetry is when a status is computed again after someone else wrote the object: the cache has it by then.
	conflictRetry = time.Second
	// readyRetry is when a declaration is looked at again that came before the engine was ready, which takes as long as reading a
	// few objects.
	readyRetry = time.Second
)

// Evaluator decides about a declaration. An implementation never returns an outcome other than Undecided when it could not
// reach a decision.
type Evaluator interface {
	Declaration(ctx context.Context, in facts.DeclarationInput) policy.Verdict
	// Split adds to the verdict about a conflicted declaration what would replace it; on an error the verdict is still valid.
	Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error)
}

// Renderer turns a declaration and the verdict about it into the sidecar's configuration. It is pure.
type Renderer func(*v1alpha1.ChatbotDeployment, policy.Verdict) (sidecarconfig.Config, error)

// Options are what a Reconciler needs. Fields are required unless they say otherwise.
type Options struct {
	Client client.Client
	// Pods reads the governed pods: of each at least its init containers, the ports of its containers, its volumes and its status.
	Pods client.Reader
	// Image is the sidecar's, by digest.
	Image  string
	Engine Evaluator
	Render Renderer
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Ready is an error until the engine has all that it decides by; until then nothing is decided, and nothing written. Nil: always.
	Ready func() error
	// Adopted has an event whenever what the organisation adds to the law has changed for all chatbots. May be nil.
	Adopted <-chan event.GenericEvent
}

// Reconciler reconciles ChatbotDeployments. New makes one.
type Reconciler struct {
	Options
	selectors *index.Selectors
	// expanded receives the declarations that a request for a whole namespace stands for.
	expanded chan event.GenericEvent
}

// New returns a Reconciler whose index of selectors is empty; the watches of SetupWithManager fill it.
func New(o Options) *Reconciler {
	return &Reconciler{Options: o, selectors: &index.Selectors{}, expanded: make(chan event.GenericEvent)}
}

// What the reconciler may do. Objects in users' namespaces cannot be limited by name or label here; the admission policy
// chaperone-manager-scope in config/webhook limits the writes to objects labelled as ours.
//
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments;policyexceptions,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments/status,verbs=update
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=replicasets,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch;update

// SetupWithManager registers the reconciler and its watches. There is no periodic resync: what changes without an edit (a
// date) is scheduled by Reconcile.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, pods cache.Cache) error {
	toOwner := handler.EnqueueRequestForOwner(mgr.GetScheme(), mgr.GetRESTMapper(), &v1alpha1.ChatbotDeployment{}, handler.OnlyControllerOwner())
	watches := ctrl.NewControllerManagedBy(mgr).
		Named("chatbot").
		// Declarations: their spec is what everything follows from. Our own status writes are no news. A changed selector also
		// concerns the declarations that it overlaps with.
		Watches(&v1alpha1.ChatbotDeployment{}, r.declarations(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		// What we created: changed or deleted by someone else, it is repaired. Its creation is our own doing.
		Watches(&corev1.ConfigMap{}, toOwner, builder.WithPredicates(notCreated())).
		Watches(&networkingv1.NetworkPolicy{}, toOwner, builder.WithPredicates(notCreated())).
		// Pods: the counts of the status, and pods without their sidecar. Metadata is enough to find those, and small.
		WatchesMetadata(&corev1.Pod{}, r.selecting(podLabels), builder.WithPredicates(podChanged())).
		// Governed pods: whether the sidecar in them is ours, and runs.
		WatchesRawSource(source.Kind(pods, client.Object(&corev1.Pod{}), r.selecting(podLabels), sidecarChanged())).
		// ReplicaSets: a pod that was refused at admission leaves its trace only here.
		Watches(&appsv1.ReplicaSet{}, r.selecting(templateLabels), builder.WithPredicates(refusalChanged())).
		// Exceptions: what they waive, from their approval on.
		Watches(&v1alpha1.PolicyException{}, handler.EnqueueRequestsFromMapFunc(toChatbot), builder.WithPredicates(exceptionChanged())).
		// Namespaces: the organisation's policies select by their labels.
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(toNamespace), builder.WithPredicates(labelsChanged())).
		WatchesRawSource(source.Channel(r.expanded, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency, EnableWarmup: ptr.To(true)})
	if r.Adopted != nil {
		// The organisation: its profiles and policies may concern every declaration.
		watches = watches.WatchesRawSource(source.Channel(r.Adopted, handler.EnqueueRequestsFromMapFunc(toNamespace)))
	}
	return watches.Complete(r)
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// declarations keeps the index of selectors and enqueues each declaration with those that it overlaps or overlapped with.
func (r *Reconciler) declarations() handler.EventHandler {
	put := func(object client.Object, q queue) {
		d, ok := object.(*v1alpha1.ChatbotDeployment)
		if !ok {
			return
		}
		name := client.ObjectKeyFromObject(d)
		enqueue(q, r.selectors.Overlapping(name)...)
		r.selectors.Put(d)
		enqueue(q, r.selectors.Overlapping(name)...)
		enqueue(q, name)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { put(e.Object, q) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { put(e.ObjectNew, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) {
			name := client.ObjectKeyFromObject(e.Object)
			enqueue(q, r.selectors.Overlapping(name)...)
			r.selectors.Delete(name)
		},
	}
}

// selecting enqueues the declarations that select the labels of an object, before and after a change.
func (r *Reconciler) selecting(labelsOf func(client.Object) map[string]string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		var requests []reconcile.Request
		for _, name := range r.selectors.Matching(object.GetNamespace(), labelsOf(object)) {
			requests = append(requests, reconcile.Request{NamespacedName: name})
		}
		return requests
	})
}

// toNamespace returns one request without a name: it stands for every declaration of the namespace, or of the cluster when the
// object has no name. A mapping that listed them could fail and would lose the event; Reconcile lists them, and the queue retries.
func toNamespace(_ context.Context, namespace client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: namespace.GetName()}}}
}

// expand enqueues every declaration of a namespace, of all namespaces when it is empty.
func (r *Reconciler) expand(ctx context.Context, namespace string) error {
	var list v1alpha1.ChatbotDeploymentList
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("list declarations: %w", err)
	}
	for i := range list.Items {
		select {
		case r.expanded <- event.GenericEvent{Object: &list.Items[i]}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func toChatbot(_ context.Context, object client.Object) []reconcile.Request {
	e, ok := object.(*v1alpha1.PolicyException)
	if !ok {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: e.Namespace, Name: e.Spec.Chatbot}}}
}

// exceptionChanged lets pass a new specification or another approval; our own status writes do not.
func exceptionChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// labelsChanged lets pass changes of labels. A namespace comes before its declarations, and goes after them.
func labelsChanged() predicate.Predicate {
	return predicate.And(predicate.LabelChangedPredicate{}, notCreated())
}

func enqueue(q queue, names ...types.NamespacedName) {
	for _, name := range names {
		q.Add(reconcile.Request{NamespacedName: name})
	}
}

func podLabels(object client.Object) map[string]string { return object.GetLabels() }

func templateLabels(object client.Object) map[string]string {
	replicaSet, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil
	}
	return replicaSet.Spec.Template.Labels
}

func notCreated() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }}
}

// podChanged lets pass what changes the counts; the many changes of a pod's status do not.
func podChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		then, now := e.ObjectOld, e.ObjectNew
		return !maps.Equal(then.GetLabels(), now.GetLabels()) ||
			then.GetAnnotations()[v1alpha1.AnnotationConfigHash] != now.GetAnnotations()[v1alpha1.AnnotationConfigHash] ||
			then.GetDeletionTimestamp().IsZero() != now.GetDeletionTimestamp().IsZero()
	}}
}

// sidecarChanged lets pass changes of what the cache of governed pods holds, besides labels and annotations.
func sidecarChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		then, isPod := e.ObjectOld.(*corev1.Pod)
		now, isPodNow := e.ObjectNew.(*corev1.Pod)
		return isPod && isPodNow &&
			!(equality.Semantic.DeepEqual(then.Spec, now.Spec) && equality.Semantic.DeepEqual(then.Status, now.Status))
	}}
}

func refusalChanged() predicate.Predicate {
	refused := func(object client.Object) int32 {
		replicaSet, ok := object.(*appsv1.ReplicaSet)
		if !ok {
			return 0
		}
		return refusedPods(replicaSet)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return refused(e.Object) > 0 },
		UpdateFunc: func(e event.UpdateEvent) bool { return refused(e.ObjectOld) != refused(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool { return refused(e.Object) > 0 },
	}
}

// decide returns the verdict about a declaration, and in its remedies what would replace a conflicted one.
func (r *Reconciler) decide(ctx context.Context, in facts.DeclarationInput) policy.Verdict {
	verdict, err := r.Engine.Split(ctx, in, r.Engine.Declaration(ctx, in))
	if err != nil {
		logf.FromContext(ctx).Error(err, "Proposing no split")
	}
	return verdict
}

// Reconcile brings one ChatbotDeployment up to date, or enqueues those of a namespace when the request has no name. It writes
// nothing when nothing changed.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.Name == "" {
		return ctrl.Result{}, r.expand(ctx, request.Namespace)
	}
	ctx = logf.IntoContext(ctx, logf.FromContext(ctx).WithValues("ChatbotDeployment", klog.KRef(request.Namespace, request.Name)))
	if r.Ready != nil && r.Ready() != nil {
		// A status that says Undecided after every start of a manager would be no news, and a write too many.
		return ctrl.Result{RequeueAfter: readyRetry}, nil
	}
	found, err := r.gather(ctx, request.NamespacedName)
	if err != nil || found == nil {
		return ctrl.Result{}, err
	}
	now := r.Clock.Now()
	verdict := r.decide(ctx, facts.NewDeclarationInput(found.declaration, found.environment, now))
	wanted := plan(*found, verdict, r.Render)
	done, applyErr := r.apply(ctx, found.objects, wanted)
	before, after := found.declaration.Status, status(*found, verdict, wanted, applyErr, now)
	if err := r.writeStatus(ctx, found.declaration, after); err != nil {
		if apierrors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: conflictRetry}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	r.tell(found.declaration, happenings(before, after, done))
	if applyErr != nil {
		return ctrl.Result{}, applyErr
	}
	return ctrl.Result{RequeueAfter: untilNext(verdict, now)}, nil
}

// untilNext returns how long after now the decision can change without an edit: at midnight UTC of the verdict's next day. Zero
// means that no such day is known.
func untilNext(verdict policy.Verdict, now time.Time) time.Duration {
	if undecided(verdict) {
		return undecidedRetry
	}
	midnight, err := time.Parse(policy.DateFormat, verdict.NextEvaluation)
	if err != nil {
		return 0
	}
	// A timer may fire early by the resolution of the clock; a second keeps the date right.
	return max(midnight.Sub(now), 0) + time.Second
}
