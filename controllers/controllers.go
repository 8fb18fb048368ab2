// Package controllers registers the controllers with the manager, and configures the caches that they read.
package controllers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	certificates "github.com/chaperone-dev/chaperone/controllers/certificate"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/controllers/clusterpolicy"
	"github.com/chaperone-dev/chaperone/controllers/exception"
	keys "github.com/chaperone-dev/chaperone/controllers/keyring"
	"github.com/chaperone-dev/chaperone/controllers/namespace"
	"github.com/chaperone-dev/chaperone/controllers/organisation"
	"github.com/chaperone-dev/chaperone/controllers/posture"
	"github.com/chaperone-dev/chaperone/controllers/registration"
	shapes "github.com/chaperone-dev/chaperone/controllers/shape"
	"github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/readback"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// Engine is what the controllers need of the policy engine.
type Engine interface {
	organisation.Engine
	chatbot.Splitter
	// Statements returns the built-in disclosure statements by language (BCP 47).
	Statements() map[string]string
	// Ready returns an error until the engine has adopted an organisation, which may be empty. The engine makes no decisions before.
	Ready() error
	// OnDisabled sets the function that the engine calls when it disables a rule of the organisation. The function must not block.
	OnDisabled(call func())
}

// Options configure the controllers. Every field is required unless its comment says otherwise.
type Options struct {
	Engine Engine
	// Reviewer decides about declarations.
	Reviewer chatbot.Reviewer
	// Image is the image of the sidecar, by digest.
	Image string
	Clock clock.PassiveClock
	// Metrics registers the metrics of the controllers. Nil means none.
	Metrics prometheus.Registerer
	// Registration is what Chaperone registers with API servers, and puts back when a user takes it away; nil if it puts nothing back.
	Registration *registration.Desired
	// Keys holds the keys that sign the configurations of sidecars, for the webhooks and the controllers.
	Keys *keyring.Holder
	// Namespace is the namespace of Chaperone itself, with the Secret of the keys.
	Namespace string
	// Certificates configure how Chaperone manages its own certificates; nil when another program, such as cert-manager, manages them.
	Certificates *Certificates
}

// Certificates configure how Chaperone manages the certificates of the webhook server. Every field is required.
type Certificates struct {
	// Namespace is the namespace of the Secret with the certificates.
	Namespace string
	// Names are the DNS names and IP addresses that the certificate is valid for.
	Names certificate.Names
	// Lifetimes are how long certificates are valid, and when they are renewed.
	Lifetimes certificate.Lifetimes
	// Keeper holds the certificate that the webhook server serves.
	Keeper *certificate.Keeper
}

// The manager itself needs these permissions: it acquires and renews the lease of the leader (RBAC cannot limit a create by name), records
// events about leadership, and authenticates and authorizes the clients that read its metrics.
//
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=chaperone-system,resources=leases,verbs=create
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=chaperone-system,resources=leases,resourceNames=chaperone-manager,verbs=get;update
// +kubebuilder:rbac:groups="",namespace=chaperone-system,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// Add registers all controllers with the manager, with readiness checks for the adoption of the organisation and, if Chaperone manages its
// own certificates, for the certificate.
func Add(mgr ctrl.Manager, o Options) error {
	// The organisation controller tells the chatbot controller through this channel that decisions can have changed. One event is enough,
	// however many changes there were.
	adopted := make(chan event.GenericEvent, 1)
	pods, err := newGovernedPods(mgr)
	if err != nil {
		return err
	}
	setups := []func() error{
		func() error { return addOrganisation(mgr, o, adopted) },
		func() error { return addKeyring(mgr, o, pods, adopted) },
		func() error { return addChatbot(mgr, o, pods, adopted) },
		func() error { return addExceptions(mgr, o) },
		func() error { return addShapes(mgr, o) },
		func() error { return addNamespace(mgr) },
		func() error { return addClusterPolicies(mgr, pods) },
		func() error { return addRegistration(mgr, o) },
		func() error { return addCertificates(mgr, o) },
		func() error { return addPosture(mgr, o) },
	}
	for _, setup := range setups {
		if err := setup(); err != nil {
			return err
		}
	}
	return nil
}

// addOrganisation registers the organisation controller and the readiness check that an organisation is adopted. When the engine disables a
// rule, it wakes the controller, which reports this in the status of the GovernancePolicy with the rule.
func addOrganisation(mgr ctrl.Manager, o Options, adopted chan<- event.GenericEvent) error {
	wake := make(chan event.GenericEvent, 1)
	o.Engine.OnDisabled(func() { organisation.Notify(wake) })
	r := organisation.New(organisation.Options{
		Client: mgr.GetClient(), Engine: o.Engine, Clock: o.Clock, Wake: wake, Adopted: adopted,
	}, mgr.Elected())
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add organisation controller: %w", err)
	}
	ready := func(*http.Request) error { return o.Engine.Ready() }
	if err := mgr.AddReadyzCheck("organisation", ready); err != nil {
		return fmt.Errorf("add readiness of the organisation: %w", err)
	}
	return nil
}

func addExceptions(mgr ctrl.Manager, o Options) error {
	r := &exception.Reconciler{Client: mgr.GetClient(), Clock: o.Clock}
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add exception controller: %w", err)
	}
	return nil
}

// addKeyring registers the controller of the signing keys, and the readiness check that this replica has them. pods is the cache of governed
// pods.
func addKeyring(mgr ctrl.Manager, o Options, pods client.Reader, adopted chan event.GenericEvent) error {
	secrets, err := newKeySecret(mgr, o.Namespace)
	if err != nil {
		return err
	}
	r := &keys.Reconciler{Options: keys.Options{
		Client: mgr.GetClient(), Secrets: secrets, Pods: pods, Clock: o.Clock, Namespace: o.Namespace,
		Lifetimes: keyring.DefaultLifetimes(), Holder: o.Keys, Changed: func() { organisation.Notify(adopted) },
	}}
	if err := r.SetupWithManager(mgr, secrets); err != nil {
		return fmt.Errorf("add controller of the signing keys: %w", err)
	}
	ready := func(*http.Request) error { _, err := o.Keys.Load(); return err }
	if err := mgr.AddReadyzCheck("keys", ready); err != nil {
		return fmt.Errorf("add readiness of the signing keys: %w", err)
	}
	return nil
}

// addChatbot registers the chatbot controller. pods is the cache of governed pods.
func addChatbot(mgr ctrl.Manager, o Options, pods cache.Cache, adopted <-chan event.GenericEvent) error {
	r := chatbot.New(chatbot.Options{
		Client:   mgr.GetClient(),
		Pods:     pods,
		Live:     mgr.GetAPIReader(),
		Image:    o.Image,
		Reviewer: o.Reviewer,
		Splitter: o.Engine,
		Render: func(d *v1alpha1.ChatbotDeployment, v policy.Verdict, own shape.Documents) (sidecarconfig.Config, error) {
			return render.Config(d, v, o.Engine.Statements(), own)
		},
		Asker:  readback.NewClient(),
		Keys:   o.Keys.Load,
		Clock:  o.Clock,
		Events: mgr.GetEventRecorder(contract.EventReporter),

		Revision: o.Engine.Revision, Namespace: o.Namespace,
		Ready:   o.Engine.Ready,
		Metrics: o.Metrics,
		Adopted: adopted,
	})
	if err := r.SetupWithManager(mgr, pods); err != nil {
		return fmt.Errorf("add chatbot controller: %w", err)
	}
	return nil
}

func addShapes(mgr ctrl.Manager, o Options) error {
	r := &shapes.Reconciler{Client: mgr.GetClient(), Clock: o.Clock}
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add shape controller: %w", err)
	}
	return nil
}

func addNamespace(mgr ctrl.Manager) error {
	r := &namespace.Reconciler{Client: mgr.GetClient(), Live: mgr.GetAPIReader()}
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add namespace controller: %w", err)
	}
	return nil
}

// addClusterPolicies registers the controller of the ClusterNetworkPolicies. pods is the cache of governed pods.
func addClusterPolicies(mgr ctrl.Manager, pods cache.Cache) error {
	r := &clusterpolicy.Reconciler{Client: mgr.GetClient(), Cache: mgr.GetCache(), Pods: pods, Mapper: mgr.GetRESTMapper()}
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add controller of ClusterNetworkPolicies: %w", err)
	}
	return nil
}

// addRegistration registers the controller that keeps the webhook configurations and the admission policies.
func addRegistration(mgr ctrl.Manager, o Options) error {
	if o.Registration == nil {
		return nil
	}
	r := registration.New(registration.Options{
		Client: mgr.GetClient(), Desired: *o.Registration, Clock: o.Clock, Events: mgr.GetEventRecorder(contract.EventReporter), Metrics: o.Metrics,
	})
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add registration controller: %w", err)
	}
	return nil
}

// addCertificates registers the controllers that renew and serve the certificates, unless another program manages the certificates.
func addCertificates(mgr ctrl.Manager, o Options) error {
	c := o.Certificates
	if c == nil {
		return nil
	}
	server := &certificates.Serving{Client: mgr.GetClient(), Clock: o.Clock, Namespace: c.Namespace, Keeper: c.Keeper}
	renewer := &certificates.Reconciler{Options: certificates.Options{
		Client: mgr.GetClient(), Clock: o.Clock, Namespace: c.Namespace, Names: c.Names, Lifetimes: c.Lifetimes,
	}}
	if err := errors.Join(server.SetupWithManager(mgr), renewer.SetupWithManager(mgr)); err != nil {
		return fmt.Errorf("add certificate controllers: %w", err)
	}
	if o.Metrics != nil {
		if err := o.Metrics.Register(certificates.NewExpiry(c.Keeper)); err != nil {
			return fmt.Errorf("register metric of the certificate: %w", err)
		}
	}
	check := func(r *http.Request) error { return server.Check(r.Context()) }
	if err := mgr.AddReadyzCheck("certificate", check); err != nil {
		return fmt.Errorf("add readiness of the certificate: %w", err)
	}
	return nil
}

// addPosture registers the metrics about the state of all chatbots, which the leader has.
func addPosture(mgr ctrl.Manager, o Options) error {
	if o.Metrics == nil {
		return nil
	}
	c := &posture.Collector{Client: mgr.GetClient(), Clock: o.Clock}
	if err := o.Metrics.Register(c); err != nil {
		return fmt.Errorf("register metrics of the posture: %w", err)
	}
	return mgr.Add(c)
}
