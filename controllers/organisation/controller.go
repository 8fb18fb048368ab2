// Package organisation loads the JurisdictionProfiles and GovernancePolicies of the cluster into the engine of this replica, and
// reports the result in their statuses. Every replica loads them, because every replica serves the webhooks; only the leader writes.
// They are loaded together: the effect of a rule of one policy can depend on the floor of another.
package organisation

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// conflictRetry is the wait before statuses are computed again after another client wrote an object: the cache has it by then.
const conflictRetry = time.Second

// Engine adopts an organisation. After an error nothing has changed.
type Engine interface {
	Adopt(ctx context.Context, org policy.Organisation) (policy.Faults, error)
	// Revision changes whenever a decision can change.
	Revision() string
	// Rules are the ids of the rules of a GovernancePolicy, sorted.
	Rules(policy string) []string
	// Disabled says of the rules of a GovernancePolicy that went beyond a limit which it was.
	Disabled(policy string) map[string]string
}

// Options are what a Reconciler needs. All fields are required.
type Options struct {
	// Client reads from the cache.
	Client client.Client
	Engine Engine
	Clock  clock.PassiveClock
	// Wake has an event when the engine disabled a rule, so that the status reports it.
	Wake chan event.GenericEvent
	// Adopted receives an event when decisions about chatbots can have changed. Its buffer holds one event.
	Adopted chan<- event.GenericEvent
}

// Reconciler reconciles the organisation as a whole.
type Reconciler struct {
	Options
	// elected is closed when this replica becomes the leader.
	elected <-chan struct{}
}

// New returns a Reconciler that writes statuses once elected is closed.
func New(o Options, elected <-chan struct{}) *Reconciler {
	return &Reconciler{Options: o, elected: elected}
}

// +kubebuilder:rbac:groups=chaperone.dev,resources=jurisdictionprofiles;governancepolicies,verbs=get;list;watch
// +kubebuilder:rbac:groups=chaperone.dev,resources=jurisdictionprofiles/status;governancepolicies/status,verbs=update

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	whole := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: "organisation"}}}
	})
	edited := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	err := ctrl.NewControllerManagedBy(mgr).
		Named("organisation").
		// Profiles and policies: their specs are adopted.
		Watches(&v1alpha1.JurisdictionProfile{}, whole, edited).
		Watches(&v1alpha1.GovernancePolicy{}, whole, edited).
		// Disabled rules, the start (an organisation without objects has no event), and the election.
		WatchesRawSource(source.Channel(r.Wake, whole)).
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(r)
	if err != nil {
		return err
	}
	Notify(r.Wake)
	return mgr.Add(manager.RunnableFunc(func(context.Context) error {
		Notify(r.Wake)
		return nil
	}))
}

// Notify sends an event unless one is waiting.
func Notify(c chan<- event.GenericEvent) {
	select {
	case c <- event.GenericEvent{Object: &v1alpha1.GovernancePolicy{}}:
	default:
	}
}

// Reconcile adopts the profiles and policies of the cluster. It writes nothing when nothing changed.
func (r *Reconciler) Reconcile(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
	org, err := organisation.Read(ctx, r.Client)
	if err != nil {
		return ctrl.Result{}, err
	}
	before := r.Engine.Revision()
	faults, err := r.Engine.Adopt(ctx, org)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("adopt the organisation: %w", err)
	}
	if after := r.Engine.Revision(); after != before {
		logf.FromContext(ctx).Info("Adopted the organisation's profiles and policies", "revision", after, "profiles", len(org.Profiles),
			"policies", len(org.Policies), "faults", len(faults))
		Notify(r.Adopted)
	}
	if !r.isLeader() {
		return ctrl.Result{}, nil
	}
	return r.writeStatuses(ctx, org, faults)
}

func (r *Reconciler) isLeader() bool {
	select {
	case <-r.elected:
		return true
	default:
		return false
	}
}

// writeStatuses writes the statuses that changed. After a conflict it asks for another run: the cache has the newer object by then.
func (r *Reconciler) writeStatuses(ctx context.Context, org policy.Organisation, faults policy.Faults) (ctrl.Result, error) {
	var result ctrl.Result
	var failed []error
	write := func(object client.Object) {
		err := r.Client.Status().Update(ctx, object)
		if apierrors.IsConflict(err) {
			result.RequeueAfter = conflictRetry
			return
		}
		failed = append(failed, client.IgnoreNotFound(err))
	}
	for i := range org.Profiles {
		if p := withProfileStatus(&org.Profiles[i], faults, r.Clock.Now()); p != nil {
			write(p)
		}
	}
	for i := range org.Policies {
		name := org.Policies[i].Name
		if p := withPolicyStatus(&org.Policies[i], faults, r.Engine.Rules(name), r.Engine.Disabled(name), r.Clock.Now()); p != nil {
			write(p)
		}
	}
	return result, errors.Join(failed...)
}
