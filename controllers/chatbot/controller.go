// Package chatbot reconciles ChatbotDeployments: it brings the sidecar's configuration, the NetworkPolicy and the status in line with the
// decision about the declaration, which internal/review makes, and records events. Nothing that it writes contains personal data.
package chatbot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
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
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/backend"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// concurrency is the number of declarations that are reconciled at the same time. It exceeds the usual number of cores, because a
	// reconcile that writes spends most of its time waiting for up to three responses of the API server, a few milliseconds each.
	concurrency = 16
	// undecidedRetry is the time after which an evaluation that reached no decision is repeated. No watch reports that the cause, for
	// example an evaluation that took too long, no longer exists.
	undecidedRetry = time.Minute
	// conflictRetry is the time to wait after a write conflict, so that the cache has the newer object when the status is computed again.
	conflictRetry = time.Second
	// behindLimit is the time after which the reconciler asks the API server whether the cache is behind, by writing a status that the cache has. A
	// cache that is behind for so long is rather one of an API server that was restored from a backup, and gives lower resource versions than before.
	// After the same time, the status reports that objects cannot be written because the cache has another version of them.
	behindLimit = time.Minute
	// readyRetry is the time after which to ask again whether the engine is ready. It is short, because the engine only waits for the
	// organisation controller to read a few objects.
	readyRetry = time.Second
)

// Reviewer decides about a declaration, its pods and the Services that lead to them (internal/review). If it reaches no decision, the outcome of
// the verdict is Undecided.
type Reviewer interface {
	Declaration(ctx context.Context, scope review.Scope, declaration *v1alpha1.ChatbotDeployment) *review.Decision
	// Identify returns what identifies the input of a decision, and the revision of the policy. If it is that of a decision that was made, the
	// decision still holds.
	Identify(scope review.Scope, declaration *v1alpha1.ChatbotDeployment) (input review.Input, revision string)
	Pod(ctx context.Context, scope review.Scope, namespace string, pod review.Pod) (review.Result, error)
	Service(ctx context.Context, scope review.Scope, service *corev1.Service) (review.Result, error)
	NetworkPolicy(ctx context.Context, scope review.Scope, p *networkingv1.NetworkPolicy) (review.Result, error)
}

// Splitter proposes a split for a declaration with a conflict.
type Splitter interface {
	// Split returns the verdict with the declarations proposed in place of the one with the conflict, or the unchanged verdict if there is
	// no conflict or no split resolves it. On an error the returned verdict is valid and has no proposal.
	Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error)
}

// Renderer turns a declaration and its verdict into the sidecar's configuration. The documents are all ChatShapes. It is pure.
type Renderer func(*v1alpha1.ChatbotDeployment, policy.Verdict, shape.Documents) (sidecarconfig.Config, error)

// Options configure a Reconciler. Every field is required unless its comment says otherwise.
type Options struct {
	Client client.Client
	// Pods reads the governed pods. It must have at least their UIDs, labels, init containers, images and ports of containers, volumes,
	// what leads out of them (facts.Workload.ListWaysOut) and status.
	Pods client.Reader
	// Live reads single pods from the API server: of those that no declaration governs, caches have only the metadata.
	Live client.Reader
	// Image is the image of the sidecar, by digest.
	Image    string
	Reviewer Reviewer
	Splitter Splitter
	Render   Renderer
	// Asker asks sidecars which configuration they execute, and sends changed ones. Nil if they are not asked.
	Asker Asker
	// Keys returns the keys that sign configurations, or an error if they are not known yet. The reconciler writes nothing before.
	Keys   func() (keyring.Ring, error)
	Clock  clock.PassiveClock
	Events events.EventRecorder
	// Revision returns the revision of the current policy, and Namespace is that of Chaperone itself, where the reconciler records the revision
	// that decided about all declarations. Nil and "" if it records none.
	Revision  func() string
	Namespace string
	// Ready returns an error until the engine can decide. The reconciler writes nothing before. Nil if the engine is always ready.
	Ready func() error
	// Metrics registers the metrics of the reconciler. Nil means none.
	Metrics prometheus.Registerer
	// Adopted receives an event when decisions can have changed because the engine adopted a changed organisation. Nil if this does not
	// happen.
	Adopted <-chan event.GenericEvent
}

// Reconciler reconciles ChatbotDeployments. Use New to make one.
type Reconciler struct {
	Options
	// selectors finds the declarations that select a pod, and those whose selectors overlap.
	selectors *selection.Index
	// backends finds the ungoverned pods behind Services, and reaching remembers for which declarations there were some.
	backends *backend.Finder
	reaching *reachingNames
	// expanded carries declarations to the work queue: all those of a namespace, or all those of the cluster.
	expanded chan event.GenericEvent
	// inapplicable counts what does not apply, as declarations say.
	inapplicable *inapplicable
	// adoption knows which policy revision decided last about each declaration.
	adoption *adoption
	// rollCall knows which configurations running sidecars execute.
	rollCall *rollCall
	// lost knows what other clients have deleted or changed.
	lost *lostObjects
	// repairs limits how many chatbots are repaired at the same time.
	repairs *repairLimit
	// written knows the statuses that the cache does not have yet.
	written *writtenStatuses
	// conflicts knows for how long objects could not be written because the cache has another version of them.
	conflicts *conflicts
	// desks knows which Services are where humans take over.
	desks *desks
}

// New returns a Reconciler. The watches of SetupWithManager fill its index of selectors.
func New(o Options) *Reconciler {
	r := &Reconciler{
		Options: o, selectors: &selection.Index{}, backends: backend.NewFinder(o.Client, o.Live),
		reaching: &reachingNames{byNamespace: map[string]sets.Set[string]{}}, expanded: make(chan event.GenericEvent),
		inapplicable: newInapplicable(), adoption: newAdoption(), lost: newLostObjects(), repairs: newRepairLimit(), written: newWrittenStatuses(),
		conflicts: newConflicts(), desks: newDesks(),
	}
	r.rollCall = newRollCall(o.Asker, r.requestAgain)
	return r
}

// RBAC cannot limit access to objects in users' namespaces by name or label. The admission policy chaperone-manager-scope in
// config/webhook allows the manager to write only objects with Chaperone's label. Managers of an earlier version, which run while an upgrade is under
// way, need the verb patch.
//
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments;policyexceptions;chatshapes,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments/status,verbs=update
// +kubebuilder:rbac:groups=chaperone.dev,resources=chatbotdeployments/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch;create;update;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;update;patch;delete
// +kubebuilder:rbac:groups="",resources=pods;services,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps,resources=replicasets,verbs=get;list;watch
// +kubebuilder:rbac:groups=discovery.k8s.io,resources=endpointslices,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch;update

// SetupWithManager registers the reconciler and its watches. pods is a cache of the pods with the label chaperone.dev/chatbot. There is no
// periodic resync: only a new day changes decisions without an event, and Reconcile requeues the declaration for the day.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, pods cache.Cache) error {
	if r.Metrics != nil {
		if err := errors.Join(r.Metrics.Register(r.inapplicable), r.Metrics.Register(r.newBehindMetric())); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	if r.Asker != nil {
		if err := mgr.Add(r.rollCall); err != nil {
			return fmt.Errorf("run the roll call of sidecars: %w", err)
		}
	}
	watches := ctrl.NewControllerManagedBy(mgr).
		Named("chatbot").
		// Declarations: only a change of the spec matters, not of the status. A changed selector also affects the declarations that it
		// overlaps.
		Watches(&v1alpha1.ChatbotDeployment{}, r.handleDeclarations(), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		// The objects of a declaration, which may be gone: another client may change or delete them, and the reconciler restores them. Their
		// creation is ignored, because the reconciler itself creates them.
		Watches(&corev1.ConfigMap{}, r.recordLosses(enqueueNamed()), builder.WithPredicates(ignoreCreation())).
		Watches(&networkingv1.NetworkPolicy{}, r.recordLosses(enqueueNamed()), builder.WithPredicates(ignoreCreation())).
		// Pods: the status counts the selected ones, and names others behind the same Services. Their metadata is enough for this, and is
		// small.
		WatchesMetadata(&corev1.Pod{}, r.enqueuePods(), builder.WithPredicates(filterPods())).
		// Governed pods: the status tells whether each has the current sidecar, and whether the sidecar runs. When the declaration is gone, its
		// objects stay until the last of them is.
		WatchesRawSource(source.Kind(pods, client.Object(&corev1.Pod{}), r.enqueueGoverned(), filterSidecars())).
		// ReplicaSets: a pod that admission refused appears only in the status of its ReplicaSet.
		Watches(&appsv1.ReplicaSet{}, r.enqueueSelecting(readTemplateLabels), builder.WithPredicates(filterRefusals())).
		// Services: the status tells whether those that lead to the pods lead to the sidecar.
		Watches(&corev1.Service{}, r.enqueueBackends(), builder.WithPredicates(filterServices())).
		// EndpointSlices: while the desk has no ready endpoint, no conversation begins.
		Watches(&discoveryv1.EndpointSlice{}, r.enqueueDesk(), builder.WithPredicates(filterReadiness())).
		// NetworkPolicies of others: the status tells whether they open ports of the pods around the sidecar.
		Watches(&networkingv1.NetworkPolicy{}, r.enqueueSelected(), builder.WithPredicates(filterNetworkPolicies())).
		// Exceptions: an approved exception waives rules.
		Watches(&v1alpha1.PolicyException{}, handler.EnqueueRequestsFromMapFunc(requestChatbot), builder.WithPredicates(filterExceptions())).
		// Shapes: a declaration may name a ChatShape, or may have named one before it was there. expand skips the other declarations.
		Watches(&v1alpha1.ChatShape{}, handler.EnqueueRequestsFromMapFunc(requestAll), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		// Namespaces: GovernancePolicies select namespaces by their labels.
		WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(requestNamespace), builder.WithPredicates(filterLabelChanges())).
		// Expanded declarations: expand turns a request for a namespace or the cluster into one event for each declaration.
		WatchesRawSource(source.Channel(r.expanded, &handler.EnqueueRequestForObject{})).
		// Warmup: a replica runs these watches before it becomes the leader, so that it can then reconcile at once.
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency, EnableWarmup: ptr.To(true), NewQueue: r.newQueue})
	if r.Adopted != nil {
		// Organisation: a changed profile or policy may affect every declaration. The object of the event has no name, so that
		// requestNamespace returns a request for all declarations of the cluster.
		watches = watches.WatchesRawSource(source.Channel(r.Adopted, handler.EnqueueRequestsFromMapFunc(requestNamespace)))
	}
	return watches.Complete(r)
}

// decide returns the verdict about the declaration. If the declaration has a conflict that a split resolves, the verdict proposes the
// split. If the search for one fails, decide only logs the error, because the verdict is valid without a split. It also returns what identifies
// the input of the decision.
func (r *Reconciler) decide(ctx context.Context, found observation, scope review.Scope) (policy.Verdict, review.Input) {
	decision := r.Reviewer.Declaration(ctx, scope, found.declaration)
	verdict, err := r.Splitter.Split(ctx, facts.NewDeclarationInput(found.declaration, found.environment, scope.Now), decision.Verdict)
	if err != nil {
		logf.FromContext(ctx).Error(err, "Proposing no split")
	}
	return verdict, decision.Input
}

// isReady reports whether the engine can decide and the keys that sign configurations are known.
func (r *Reconciler) isReady() bool {
	if _, err := r.Keys(); err != nil {
		return false
	}
	return r.Ready == nil || r.Ready() == nil
}

// Reconcile brings the objects, the status and the events of one ChatbotDeployment up to date. A request without a name stands for all
// declarations of its namespace and enqueues them. Reconcile writes nothing when nothing changed. A declaration for which it fails does not hold up
// the repairs of others.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	if request.Name == "" {
		return ctrl.Result{}, r.expand(ctx, request.Namespace)
	}
	ctx = logf.IntoContext(ctx, logf.FromContext(ctx).WithValues("ChatbotDeployment", klog.KRef(request.Namespace, request.Name)))
	result, err := r.reconcile(ctx, request.NamespacedName)
	if err != nil {
		r.endRepair(ctx, request.NamespacedName) // The queue retries it, and it begins again when it is its turn.
	}
	return result, err
}

// reconcile is Reconcile for one declaration.
func (r *Reconciler) reconcile(ctx context.Context, name types.NamespacedName) (ctrl.Result, error) {
	if !r.isReady() {
		// Wait for the engine: with decisions of an engine that is not ready, each start of a manager would write the status Undecided into
		// every declaration. And wait for the keys, without which no sidecar takes a configuration.
		return ctrl.Result{RequeueAfter: readyRetry, Priority: ptr.To(handler.LowPriority)}, nil
	}
	r.lost.activate()
	found, err := r.gather(ctx, name)
	if err != nil {
		return ctrl.Result{}, err
	}
	if found == nil { // The declaration is gone, or is being deleted.
		return r.forget(ctx, name)
	}
	// Decide, then write the objects, then the status.
	now := r.Clock.Now()
	scope := review.Scope{Now: now, Environment: found.environment}
	r.adoption.begin(name)
	verdict, input := r.decide(ctx, *found, scope)
	r.inapplicable.put(name, verdict)
	found.judgeDesk(verdict, now)
	if err = r.reviewWays(ctx, found, scope, verdict); err != nil {
		return ctrl.Result{}, err
	}
	desired := plan(*found, verdict, r.Render)
	if err := desired.sign(*found, now); err != nil {
		return ctrl.Result{}, err
	}
	written, applyErr := r.apply(ctx, found.objects, desired)
	if r.conflicts.isRecent(name, applyErr, now) {
		logf.FromContext(ctx).Info("Deciding again: the API server has another version of an object than the cache", "reason", applyErr.Error())
		return ctrl.Result{RequeueAfter: conflictRetry}, nil
	}
	applyErr = explainConflict(applyErr)
	// The new status reports an error of apply. The old one is copied here, because writeStatus replaces the status of the declaration.
	before, after := found.declaration.Status, newStatus(*found, verdict, desired, applyErr, now)
	r.rollCall.expect(name, found.pods, execution{after.SidecarConfigHash, desired.statement.Serial}, desired.takeFiles(applyErr))
	after.Repair, err = r.repairPods(ctx, *found, verdict, desired, now)
	applyErr = errors.Join(applyErr, err)
	if err := r.writeStatus(ctx, found.declaration, after); err != nil {
		if apierrors.IsConflict(err) {
			return ctrl.Result{RequeueAfter: conflictRetry}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	r.requestSharing(ctx, found.declaration, before, after)
	r.recordEvents(found.declaration, newEvents(before, after, written))
	// The queue retries an error of apply or of a repair, after the status and the events have reported it.
	if applyErr != nil {
		return ctrl.Result{}, applyErr
	}
	r.adoption.put(name, verdict, input)
	return ctrl.Result{RequeueAfter: r.computeNext(*found, verdict, desired, after, now)}, r.recordAdoption(ctx)
}
