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

// conflictRetry is the time to wait after a write conflict, so that the cache has the newer object when the statuses are computed again.
const conflictRetry = time.Second

// Engine is what the reconciler needs of the policy engine.
type Engine interface {
	// Adopt makes later decisions use the organisation, except its objects with faults, whose previous versions stay in use. It returns the
	// faults. On an error nothing changes.
	Adopt(ctx context.Context, org policy.Organisation) (policy.Faults, error)
	// Revision identifies the bundle and the adopted organisation. It changes whenever decisions can change.
	Revision() string
	// Rules returns the ids of the rules that the modules of a GovernancePolicy define, sorted.
	Rules(policy string) []string
	// Disabled returns, by rule id, the limit that each disabled rule of a GovernancePolicy exceeded.
	Disabled(policy string) map[string]string
}

// Options are what a Reconciler needs. All fields are required.
type Options struct {
	// Client reads from the cache.
	Client client.Client
	Engine Engine
	Clock  clock.PassiveClock
	// Wake causes a reconcile for each event, for example when the engine disabled a rule, so that the status reports it. Its buffer holds one
	// event.
	Wake chan event.GenericEvent
	// Adopted is sent an event when decisions about chatbots can have changed. Its buffer holds one event.
	Adopted chan<- event.GenericEvent
}

// Reconciler reconciles all JurisdictionProfiles and GovernancePolicies of the cluster together.
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
	// Every event enqueues the same request, because the organisation is reconciled as a whole.
	toOrganisation := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: "organisation"}}}
	})
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	err := ctrl.NewControllerManagedBy(mgr).
		Named("organisation").
		// Profiles and policies: the engine adopts their specs.
		Watches(&v1alpha1.JurisdictionProfile{}, toOrganisation, specChanged).
		Watches(&v1alpha1.GovernancePolicy{}, toOrganisation, specChanged).
		// Wake: a rule was disabled, this replica started (a cluster without profiles and policies has no event), or it became the leader.
		WatchesRawSource(source.Channel(r.Wake, toOrganisation)).
		// Every replica adopts the organisation, because every replica serves the webhooks.
		WithOptions(controller.Options{NeedLeaderElection: ptr.To(false)}).
		Complete(r)
	if err != nil {
		return err
	}
	// The first reconcile comes from this event if the cluster has no profiles and policies.
	Notify(r.Wake)
	// The manager calls a RunnableFunc when this replica becomes the leader. The reconcile that follows writes the statuses.
	return mgr.Add(manager.RunnableFunc(func(context.Context) error {
		Notify(r.Wake)
		return nil
	}))
}

// Notify sends an event to a buffered channel. It does nothing if the buffer is full, because one waiting event is enough. The object of
// the event has no name: it stands for the whole organisation, and the chatbot controller reads it as a request for all declarations.
func Notify(c chan<- event.GenericEvent) {
	select {
	case c <- event.GenericEvent{Object: &v1alpha1.GovernancePolicy{}}:
	default:
	}
}

// Reconcile lets the engine adopt the profiles and policies of the cluster. The leader also writes the statuses that changed.
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

// isLeader reports whether this replica is the leader. It does not wait for the election.
func (r *Reconciler) isLeader() bool {
	select {
	case <-r.elected:
		return true
	default:
		return false
	}
}

// writeStatuses writes the statuses that changed. After a write conflict it requeues.
func (r *Reconciler) writeStatuses(ctx context.Context, org policy.Organisation, faults policy.Faults) (ctrl.Result, error) {
	var result ctrl.Result
	var errs []error
	// An error for one object does not keep the others from being written.
	write := func(object client.Object) {
		err := r.Client.Status().Update(ctx, object)
		if apierrors.IsConflict(err) {
			result.RequeueAfter = conflictRetry
			return
		}
		errs = append(errs, client.IgnoreNotFound(err))
	}
	// The refresh functions return nil for an unchanged status.
	for i := range org.Profiles {
		if p := refreshProfile(&org.Profiles[i], faults, r.Clock.Now()); p != nil {
			write(p)
		}
	}
	for i := range org.Policies {
		name := org.Policies[i].Name
		if p := refreshPolicy(&org.Policies[i], faults, r.Engine.Rules(name), r.Engine.Disabled(name), r.Clock.Now()); p != nil {
			write(p)
		}
	}
	return result, errors.Join(errs...)
}
