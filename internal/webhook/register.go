package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/backend"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/webhook/registration"
)

// Engine evaluates the policy. Reviews use the methods of review.Engine; the webhooks of Chaperone's own kinds use the other methods too.
type Engine interface {
	review.Engine
	// Split returns the verdict about a declaration. If the declaration has a conflict that a split resolves, the verdict proposes the
	// declarations to replace it. On an error, the given verdict is still valid.
	Split(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error)
	// Check returns, by object, the faults that would keep the organisation from being adopted. It returns an error only for a cause
	// outside the organisation, such as the end of the context.
	Check(ctx context.Context, org policy.Organisation) (policy.Faults, error)
	// An exception names rules and dimensions.
	exception.Names
	// WithParents returns the known codes among those given, and their parents, in lower case and sorted.
	WithParents(codes []v1alpha1.Code) []string
}

// Live is a client without a cache. Webhooks read from it what the cache does not have. They create only SubjectAccessReviews, which the
// API server does not store: it returns the result in the created object.
type Live interface {
	client.Reader
	Create(ctx context.Context, object client.Object, options ...client.CreateOption) error
}

// Options say what the webhooks work with.
type Options struct {
	// Engine evaluates the policy. Required.
	Engine Engine
	// Image is the sidecar's image by digest (`name@sha256:…`). Required.
	Image string
	// Reviewer makes the decisions. It must have the same Engine and Image; nil means a new one. The reconciler of the process should use
	// the same Reviewer, because each Reviewer has its own cache of decisions.
	Reviewer *review.Reviewer
	// Clock gives the day of decisions. Nil means the real clock.
	Clock clock.PassiveClock
	// Kinds are the kinds of workloads whose pod templates are reviewed. The zero value stands for those that are built in.
	Kinds podtemplate.Table
	// Reader reads Chaperone's own kinds, Services, and the metadata of pods and namespaces, preferably from a cache. If it is nil,
	// Register uses the client of the manager.
	Reader client.Reader
	// Live reads from the API server. If it is nil, Register makes one.
	Live Live
	// Metrics registers the counters. Nil means controller-runtime's registry.
	Metrics prometheus.Registerer
}

// Validate returns an error that names every required option that is missing or wrong.
func (o Options) Validate() error {
	var problems []error
	if o.Engine == nil {
		problems = append(problems, errors.New("webhook options: Engine is missing"))
	}
	if o.Reader == nil {
		problems = append(problems, errors.New("webhook options: Reader is missing"))
	}
	if o.Live == nil {
		problems = append(problems, errors.New("webhook options: Live is missing"))
	}
	// A SHA-256 has 64 hexadecimal digits.
	if name, digest, ok := strings.Cut(o.Image, "@sha256:"); !ok || name == "" || len(digest) != 64 {
		problems = append(problems, fmt.Errorf("webhook options: the sidecar image %q is not named by digest (name@sha256:…)", o.Image))
	}
	return errors.Join(problems...)
}

// Register serves the webhooks at the manager's webhook server, in every replica, with or without leadership.
func Register(mgr ctrl.Manager, o Options) error {
	if o.Reader == nil {
		o.Reader = mgr.GetClient()
	}
	if o.Live == nil {
		// This is a client, and not the reader mgr.GetAPIReader(), because Live also creates SubjectAccessReviews.
		live, err := client.New(mgr.GetConfig(), client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
		if err != nil {
			return fmt.Errorf("make client: %w", err)
		}
		o.Live = live
	}
	handlers, err := NewHandlers(o)
	if err != nil {
		return err
	}
	for path, handler := range handlers {
		mgr.GetWebhookServer().Register(path, handler)
	}
	if err := mgr.Add(informerStarter{mgr}); err != nil {
		return fmt.Errorf("add the informers: %w", err)
	}
	return nil
}

// NewHandlers returns the handlers of the webhooks by URL path. Reader and Live must be set. It returns an error if the options are not
// valid (Options.Validate), or if the metrics are registered already.
func NewHandlers(o Options) (map[string]http.Handler, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Metrics == nil {
		o.Metrics = metrics.Registry
	}
	if len(o.Kinds.List()) == 0 {
		var err error
		if o.Kinds, err = podtemplate.BuiltIn(); err != nil {
			return nil, err
		}
	}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("build scheme: %w", err)
	}
	counts, err := newCounters(o.Metrics)
	if err != nil {
		return nil, err
	}
	if o.Reviewer == nil {
		if o.Reviewer, err = review.New(review.Options{Engine: o.Engine, Image: o.Image}); err != nil {
			return nil, err
		}
	}
	o.Reviewer.OnLookup(counts.countLookup)
	read := &cluster{reader: o.Reader, live: o.Live, clock: o.Clock, backends: backend.NewFinder(o.Reader, o.Live)}
	shared := reviewers{cluster: read, reviewer: o.Reviewer}
	// Validators of Chaperone's own kinds get objects that controller-runtime has decoded with this scheme. The other handlers decode what
	// they need.
	organisation := organisationValidator{cluster: shared.cluster, engine: o.Engine}
	declarations := admission.WithValidator(scheme, &declarationValidator{reviewers: shared, engine: o.Engine})
	profiles := admission.WithValidator(scheme, &profileValidator{organisation})
	shapes := admission.WithValidator(scheme, &shapeValidator{})
	policies := admission.WithValidator(scheme, &policyValidator{organisation})
	exceptionChecks := &exceptionValidator{cluster: shared.cluster, engine: o.Engine}
	exceptions := admission.WithValidator(scheme, exceptionChecks)
	return map[string]http.Handler{
		contract.PathMutatePods:           newEndpoint("mutate-pods", registration.MutateBudget, &podMutator{shared}, counts),
		contract.PathValidatePods:         newEndpoint("validate-pods", registration.ValidateBudget, &podValidator{shared}, counts),
		contract.PathValidateWorkloads:    newEndpoint("validate-workloads", registration.ValidateBudget, &workloadValidator{shared, o.Kinds}, counts),
		contract.PathValidateServices:     newEndpoint("validate-services", registration.ValidateBudget, &serviceValidator{shared}, counts),
		contract.PathValidateConnections:  newEndpoint("validate-connections", registration.ValidateBudget, &connectionValidator{shared}, counts),
		contract.PathValidateNetwork:      newEndpoint("validate-networkpolicies", registration.ValidateBudget, &networkPolicyValidator{shared}, counts),
		contract.PathValidateEndpoints:    newEndpoint("validate-endpoints", registration.ValidateBudget, &endpointsValidator{shared}, counts),
		contract.PathValidateDeclarations: newEndpoint("validate-declarations", registration.ValidateBudget, declarations.Handler, counts),
		contract.PathValidateProfiles:     newEndpoint("validate-profiles", registration.ProfileBudget, profiles.Handler, counts),
		contract.PathValidatePolicies:     newEndpoint("validate-policies", registration.ValidateBudget, policies.Handler, counts),
		contract.PathValidateShapes:       newEndpoint("validate-shapes", registration.ValidateBudget, shapes.Handler, counts),
		contract.PathMutateExceptions:     newEndpoint("mutate-exceptions", registration.MutateBudget, &exceptionMutator{shared.cluster, exceptionChecks}, counts),
		contract.PathValidateExceptions:   newEndpoint("validate-exceptions", registration.ValidateBudget, exceptions.Handler, counts),
	}, nil
}

// informerStarter starts the informers of the declarations, their exceptions and shapes, the Services, the NetworkPolicies, and the metadata of
// pods and namespaces in every replica. Otherwise the first admission request would wait until they are filled, unless a controller happens to watch
// the same objects.
type informerStarter struct{ mgr ctrl.Manager }

var _ manager.LeaderElectionRunnable = informerStarter{}

// Start gets each informer once, which starts it; the cache keeps it running.
func (i informerStarter) Start(ctx context.Context) error {
	pods, namespaces := &metav1.PartialObjectMetadata{}, &metav1.PartialObjectMetadata{}
	pods.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Pod"))
	namespaces.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	for _, object := range []client.Object{
		&v1alpha1.ChatbotDeployment{}, &v1alpha1.PolicyException{}, &v1alpha1.ChatShape{}, &corev1.Service{}, &networkingv1.NetworkPolicy{}, pods, namespaces,
	} {
		if _, err := i.mgr.GetCache().GetInformer(ctx, object); err != nil {
			return fmt.Errorf("watch %T: %w", object, err)
		}
	}
	return nil
}

// NeedLeaderElection reports false: every replica serves.
func (informerStarter) NeedLeaderElection() bool { return false }
