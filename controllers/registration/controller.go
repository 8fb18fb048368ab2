// Package registration keeps what Chaperone has registered with API servers: the webhook configurations and the admission policies. API
// servers let nothing judge changes of these objects, so a user who may change them can switch Chaperone off, by mistake or on purpose. The
// leader puts back what was deleted, emptied or weakened, and reports it. It leaves what the certificates and the operator of the cluster
// may choose: the address and the authorities of the webhooks, their time limits, labels and annotations, and further webhooks.
package registration

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// conflictRetry is the time until the next attempt after a conflict. By then the cache usually has the object of the other writer.
const conflictRetry = time.Second

// repairPause is the shortest time between two repairs of an object. It is short, because a webhook that was weakened admits what it should not,
// and long enough that a controller which changes the object back again and again costs API servers one write a second.
const repairPause = time.Second

// Desired is what Chaperone registers with API servers. The webhooks have the address at which API servers reach the manager.
type Desired struct {
	Mutating   *admissionv1.MutatingWebhookConfiguration
	Validating *admissionv1.ValidatingWebhookConfiguration
	Policies   []*admissionv1.ValidatingAdmissionPolicy
	Bindings   []*admissionv1.ValidatingAdmissionPolicyBinding
}

// Options are what the reconciler needs. Every field is required unless its comment says otherwise.
type Options struct {
	Client  client.Client
	Desired Desired
	Clock   clock.PassiveClock
	Events  events.EventRecorder
	// Metrics registers the metrics of the reconciler. Nil means none.
	Metrics prometheus.Registerer
}

// Reconciler restores the registration. Only the leader runs it.
type Reconciler struct {
	Options
	// parts has the parts of the registration by the name of the request that restores them.
	parts map[string]part
	// lastSeen has the object of each part as it was before a user deleted it, by the same name: its labels and annotations are not Chaperone's,
	// and other programs act on them, such as the one that injects the authority of a certificate that Chaperone does not manage.
	lastSeen map[string]client.Object
	// repaired has the time of the last repair of each part, by the same name. One worker at a time uses it.
	repaired map[string]time.Time
	// repairs counts the objects that were restored, by kind and name.
	repairs *prometheus.CounterVec
}

// New returns a Reconciler.
func New(o Options) *Reconciler {
	r := &Reconciler{Options: o, parts: map[string]part{}, lastSeen: map[string]client.Object{}, repaired: map[string]time.Time{}, repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chaperone_registration_repairs_total",
		Help: "Webhook configurations and admission policies that somebody deleted or changed, and that Chaperone put back.",
	}, []string{"kind", "name"})}
	for _, p := range o.Desired.list() {
		r.parts[p.request()] = p
		// A counter that is there before the first repair lets Prometheus see the first one.
		r.repairs.WithLabelValues(kindOf(p.desired), p.desired.GetName())
	}
	return r
}

// Server-side apply names the object in its URL, so that these rules limit the creation to the names, too. Reading is not limited: the cache
// watches all policies, which hold no secrets.
//
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations,resourceNames=chaperone-mutating,verbs=get;list;watch;create;patch;update
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingwebhookconfigurations,resourceNames=chaperone-validating,verbs=get;list;watch;create;patch;update
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingadmissionpolicies;validatingadmissionpolicybindings,verbs=get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingadmissionpolicies;validatingadmissionpolicybindings,resourceNames=chaperone-floor-copies;chaperone-floor-declarations;chaperone-floor-labels;chaperone-floor-marks;chaperone-floor-namespaces;chaperone-floor-objects;chaperone-floor-pods;chaperone-floor-selected;chaperone-floor-state;chaperone-floor-status;chaperone-floor-undeclared;chaperone-manager-scope,verbs=create;patch;update

// SetupWithManager registers the reconciler and its watches.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if r.Metrics != nil {
		if err := r.Metrics.Register(r.repairs); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	// All parts at the start: what was deleted while no manager ran has no event.
	builder := ctrl.NewControllerManagedBy(mgr).Named("registration").WatchesRawSource(source.Func(r.enqueueAll))
	for _, kind := range []client.Object{
		&admissionv1.MutatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfiguration{},
		&admissionv1.ValidatingAdmissionPolicy{}, &admissionv1.ValidatingAdmissionPolicyBinding{},
	} {
		name := kindOf(kind)
		builder = builder.Watches(kind, handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
			return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: name + "/" + object.GetName()}}}
		}))
	}
	return builder.Complete(r)
}

// enqueueAll enqueues all parts of the registration. It is a source.Func.
func (r *Reconciler) enqueueAll(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	for name := range r.parts {
		queue.Add(reconcile.Request{NamespacedName: types.NamespacedName{Name: name}})
	}
	return nil
}

// Reconcile restores one object, if it is a part of the registration. The name of a request is `<kind>/<name>`.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	p, ok := r.parts[request.Name]
	if !ok {
		return ctrl.Result{}, nil
	}
	if pause := r.repaired[request.Name].Add(repairPause).Sub(r.Clock.Now()); pause > 0 {
		return ctrl.Result{RequeueAfter: pause}, nil
	}
	existing := p.newObject()
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(p.desired), existing)
	switch {
	case apierrors.IsNotFound(err):
		err = r.create(ctx, p)
	case err == nil:
		r.lastSeen[request.Name] = existing
		err = r.restore(ctx, p, existing)
	}
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: conflictRetry}, nil
	}
	return ctrl.Result{}, err
}

// create creates an object that a user deleted, with the labels and annotations that it had.
func (r *Reconciler) create(ctx context.Context, p part) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(p.desired)
	if err != nil {
		return fmt.Errorf("encode %s: %w", p.request(), err)
	}
	object := &unstructured.Unstructured{Object: content}
	last := r.lastSeen[p.request()]
	if last != nil {
		object.SetLabels(labels.Merge(last.GetLabels(), object.GetLabels()))
		object.SetAnnotations(last.GetAnnotations())
	}
	r.repaired[p.request()] = r.Clock.Now()
	configuration := client.ApplyConfigurationFromUnstructured(object)
	if err := r.Client.Apply(ctx, configuration, client.FieldOwner(findInstaller(last)), client.ForceOwnership); err != nil {
		return fmt.Errorf("create %s: %w", p.request(), err)
	}
	r.report(ctx, p, "was deleted; it is there again")
	return nil
}

// restore writes the object, if anything of what it guards was taken from it.
func (r *Reconciler) restore(ctx context.Context, p part, existing client.Object) error {
	if !p.restore(existing) {
		return nil
	}
	r.repaired[p.request()] = r.Clock.Now()
	// Not server-side apply: it would leave what another writer has added, such as a condition that exempts some requests.
	if err := r.Client.Update(ctx, existing, client.FieldOwner(contract.FieldManager)); err != nil {
		return fmt.Errorf("restore %s: %w", p.request(), err)
	}
	if err := r.disown(ctx, existing); err != nil {
		return err
	}
	r.report(ctx, p, "was changed; it is as it was installed again")
	return nil
}

// report counts and tells a repair.
func (r *Reconciler) report(ctx context.Context, p part, what string) {
	kind := kindOf(p.desired)
	logf.FromContext(ctx).Info("Restored the registration with API servers", kind, klog.KObj(p.desired), "what", what)
	r.repairs.WithLabelValues(kind, p.desired.GetName()).Inc()
	r.Events.Eventf(p.desired, nil, corev1.EventTypeWarning, "RegistrationRestored", "Restore",
		"%s %s %s. To switch Chaperone off, scale its Deployment to zero first.", kind, p.desired.GetName(), what)
}
