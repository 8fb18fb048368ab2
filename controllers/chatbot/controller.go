// Package chatbot keeps the objects of a ChatbotDeployment in line with the decision about it: the sidecar's configuration, the
// NetworkPolicy, the status and the events. It reads and writes; internal/review decides. Nothing that it writes holds personal data.
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
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// concurrency is the number of declarations that are reconciled at the same time. A reconcile that writes mostly waits for up
	// to three responses of the API server, a few milliseconds each; evaluation uses the cores that there are.
	concurrency = 16
	// undecidedRetry is the wait before an evaluation that reached no decision is repeated: no watch sees why it failed (a policy
	// that is being loaded, a deadline).
	undecidedRetry = time.Minute
	// conflictRetry is the wait before a status is computed again after another client wrote the object: the cache has it by then.
	conflictRetry = time.Second
	// readyRetry is the wait for an engine that is not ready, which takes as long as reading a few objects.
	readyRetry = time.Second
)

// Reviewer decides about a declaration (internal/review). Without a decision the verdict is Undecided.
type Reviewer interface {
	Declaration(ctx context.Context, scope review.Scope, declaration *v1alpha1.ChatbotDeployment) *review.Decision
}

// Splitter adds to the verdict about a conflicted declaration what would replace it; on an error the verdict is still valid.
type Splitter interface {
	Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error)
}

// Renderer turns a declaration and its verdict into the sidecar's configuration. It is pure.
type Renderer func(*v1alpha1.ChatbotDeployment, policy.Verdict) (sidecarconfig.Config, error)

// Options configure a Reconciler. Every field is required unless its comment says otherwise.
type Options struct {
	Client client.Client
	// Pods reads the governed pods: of each at least its init containers, the ports of its containers, its volumes and its status.
	Pods client.Reader
	// Image is the image of the sidecar, by digest.
	Image    string
	Reviewer Reviewer
	Splitter Splitter
	Render   Renderer
	Clock    clock.PassiveClock
	Events   events.EventRecorder
	// Ready returns an error until the engine can decide; until then the reconciler writes nothing. May be nil.
	Ready func() error
	// Adopted has an event whenever the organisation's profiles or policies changed. May be nil.
	Adopted <-chan event.GenericEvent
}

// Reconciler reconciles ChatbotDeployments. New makes one.
type Reconciler struct {
	Options
	selectors *selection.Index
	// expanded receives the declarations that a request for a whole namespace stands for.
	expanded chan event.GenericEvent
}

// New returns a Reconciler with an empty index of selectors, which the watches of SetupWithManager fill.
func New(o Options) *Reconciler {
	return &Reconciler{Options: o, selectors: &selection.Index{}, expanded: make(chan event.GenericEvent)}
}

// RBAC cannot limit access to objects in users' namespaces by name or label. The admission policy chaperone-manager-scope in
// config/webhook limits the writes to objects with Chaperone's label.
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

// SetupWithManager registers the reconciler and its watches; pods is a cache of the pods with the label of a chatbot. There is no
// periodic resync: Reconcile schedules what changes without an event (a date).
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, pods cache.Cache) error {
	toOwner := handler.EnqueueRequestForOwner(mgr.GetScheme(), mgr.GetRESTMapper(), &v1alpha1.ChatbotDeployment{}, handler.OnlyControllerOwner())
	watches := ctrl.NewControllerManagedBy(mgr).
		Named("chatbot").
		// Declarations: everything follows from their spec, so that changes of their status are ignored. A changed selector also
		// affects the declarations that it overlaps.
		Watches(&v1alpha1.ChatbotDeployment{}, r.handleDeclarations(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		// The objects of a declaration: another client may change or delete them. Only the reconciler creates them.
		Watches(&corev1.ConfigMap{}, toOwner, builder.WithPredicates(ignoreCreation())).
		Watches(&networkingv1.NetworkPolicy{}, toOwner, builder.WithPredicates(ignoreCreation())).
		// Pods: the counts of the status. Metadata is enough to find the selected ones, and small.
		WatchesMetadata(&corev1.Pod{}, r.enqueueSelecting(readPodLabels), builder.WithPredicates(filterPods())).
		// Governed pods: whether the sidecar in them is the current one, and runs.
		WatchesRawSource(source.Kind(pods, client.Object(&corev1.Pod{}), r.enqueueSelecting(readPodLabels), filterSidecars())).
		// ReplicaSets: a refused pod leaves its only trace here.
		Watches(&appsv1.ReplicaSet{}, r.enqueueSelecting(readTemplateLabels), builder.WithPredicates(filterRefusals())).
		// Exceptions: an approved one waives rules.
		Watches(&v1alpha1.PolicyException{}, handler.EnqueueRequestsFromMapFunc(toChatbot), builder.WithPredicates(filterExceptions())).
		// Namespaces: the organisation's policies select by their labels.
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(toNamespace), builder.WithPredicates(filterLabelChanges())).
		WatchesRawSource(source.Channel(r.expanded, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency, EnableWarmup: ptr.To(true)})
	if r.Adopted != nil {
		// The organisation: a profile or policy may affect every declaration.
		watches = watches.WatchesRawSource(source.Channel(r.Adopted, handler.EnqueueRequestsFromMapFunc(toNamespace)))
	}
	return watches.Complete(r)
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// handleDeclarations updates the index of selectors, and enqueues each declaration with those that it overlaps or overlapped.
func (r *Reconciler) handleDeclarations() handler.EventHandler {
	put := func(object client.Object, q queue) {
		d, ok := object.(*v1alpha1.ChatbotDeployment)
		if !ok {
			return
		}
		name := client.ObjectKeyFromObject(d)
		enqueue(q, r.selectors.FindOverlapping(name)...)
		r.selectors.Put(d)
		enqueue(q, r.selectors.FindOverlapping(name)...)
		enqueue(q, name)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { put(e.Object, q) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { put(e.ObjectNew, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) {
			name := client.ObjectKeyFromObject(e.Object)
			enqueue(q, r.selectors.FindOverlapping(name)...)
			r.selectors.Delete(name)
		},
	}
}

// enqueueSelecting enqueues the declarations that select the labels of an object, before and after a change.
func (r *Reconciler) enqueueSelecting(labelsOf func(client.Object) map[string]string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		var requests []reconcile.Request
		for _, name := range r.selectors.FindMatching(object.GetNamespace(), labelsOf(object)) {
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

// expand enqueues every declaration of a namespace, or of all namespaces when the name is empty.
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

// filterExceptions passes changes of the spec and of the approval (an annotation), but not of the status.
func filterExceptions() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// filterLabelChanges passes changes of labels. It ignores the creation of a namespace, which has no declarations yet.
func filterLabelChanges() predicate.Predicate {
	return predicate.And(predicate.LabelChangedPredicate{}, ignoreCreation())
}

func enqueue(q queue, names ...types.NamespacedName) {
	for _, name := range names {
		q.Add(reconcile.Request{NamespacedName: name})
	}
}

func readPodLabels(object client.Object) map[string]string { return object.GetLabels() }

func readTemplateLabels(object client.Object) map[string]string {
	replicaSet, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return nil
	}
	return replicaSet.Spec.Template.Labels
}

func ignoreCreation() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }}
}

// filterPods passes changes that affect the counts in the status.
func filterPods() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		then, now := e.ObjectOld, e.ObjectNew
		return !maps.Equal(then.GetLabels(), now.GetLabels()) ||
			then.GetAnnotations()[v1alpha1.AnnotationConfigHash] != now.GetAnnotations()[v1alpha1.AnnotationConfigHash] ||
			then.GetDeletionTimestamp().IsZero() != now.GetDeletionTimestamp().IsZero()
	}}
}

// filterSidecars passes changes of the spec and status that the cache of governed pods keeps; filterPods sees the rest.
func filterSidecars() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		then, isPod := e.ObjectOld.(*corev1.Pod)
		now, isPodNow := e.ObjectNew.(*corev1.Pod)
		return isPod && isPodNow &&
			(!equality.Semantic.DeepEqual(then.Spec, now.Spec) || !equality.Semantic.DeepEqual(then.Status, now.Status))
	}}
}

func filterRefusals() predicate.Predicate {
	refused := func(object client.Object) int32 {
		replicaSet, ok := object.(*appsv1.ReplicaSet)
		if !ok {
			return 0
		}
		return countRefusedPods(replicaSet)
	}
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return refused(e.Object) > 0 },
		UpdateFunc: func(e event.UpdateEvent) bool { return refused(e.ObjectOld) != refused(e.ObjectNew) },
		DeleteFunc: func(e event.DeleteEvent) bool { return refused(e.Object) > 0 },
	}
}

// decide returns the verdict about a declaration; for a conflicted one, its remedies propose what would replace it.
func (r *Reconciler) decide(ctx context.Context, found observation, now time.Time) policy.Verdict {
	scope := review.Scope{Now: now, Environment: found.environment}
	decision := r.Reviewer.Declaration(ctx, scope, found.declaration)
	verdict, err := r.Splitter.Split(ctx, facts.NewDeclarationInput(found.declaration, found.environment, now), decision.Verdict)
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
		// A status of Undecided after each start of a manager would say nothing, and cost a write.
		return ctrl.Result{RequeueAfter: readyRetry}, nil
	}
	found, err := r.gather(ctx, request.NamespacedName)
	if err != nil || found == nil {
		return ctrl.Result{}, err
	}
	now := r.Clock.Now()
	verdict := r.decide(ctx, *found, now)
	want := plan(*found, verdict, r.Render)
	done, applyErr := r.apply(ctx, found.objects, want)
	before, after := found.declaration.Status, newStatus(*found, verdict, want, applyErr, now)
	if err := r.writeStatus(ctx, found.declaration, after); err != nil {
		if apierrors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: conflictRetry}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	r.recordEvents(found.declaration, newEvents(before, after, done))
	if applyErr != nil {
		return ctrl.Result{}, applyErr
	}
	return ctrl.Result{RequeueAfter: computeRequeueAfter(verdict, now)}, nil
}

// computeRequeueAfter returns the time from now until the decision can change without an edit, at midnight UTC of the verdict's next
// evaluation; zero when no such day is known.
func computeRequeueAfter(verdict policy.Verdict, now time.Time) time.Duration {
	if isUndecided(verdict) {
		return undecidedRetry
	}
	midnight, err := time.Parse(policy.DateFormat, verdict.NextEvaluation)
	if err != nil {
		return 0
	}
	// A timer may fire early by the resolution of the clock; a second keeps the date right.
	return max(midnight.Sub(now), 0) + time.Second
}
