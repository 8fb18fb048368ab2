// Package controllers is the list of everything that runs beside the webhooks.
package controllers

import (
	"errors"
	"fmt"
	"net/http"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	certificates "github.com/chaperone-dev/chaperone/controllers/certificate"
	"github.com/chaperone-dev/chaperone/controllers/chatbot"
	"github.com/chaperone-dev/chaperone/controllers/namespace"
	"github.com/chaperone-dev/chaperone/internal/certificate"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// recorderName is the reporting controller of events.
const recorderName = "chaperone"

// Engine decides, and knows the built-in disclosures by language.
type Engine interface {
	chatbot.Evaluator
	Statements() map[string]string
}

// Options are what the controllers need.
type Options struct {
	Engine Engine
	Clock  clock.PassiveClock
	// Certificates are kept by Chaperone itself; nil when someone else (cert-manager) does it.
	Certificates *Certificates
}

// Certificates say how the certificates of the webhook server are kept. All fields are required.
type Certificates struct {
	// Namespace holds the Secret.
	Namespace string
	Names     certificate.Names
	Lifetimes certificate.Lifetimes
	// Keeper receives what is to be served.
	Keeper *certificate.Keeper
}

// What the process itself may do: take and keep its lease (a create cannot be limited by name), tell who leads, and ask who
// reads the metrics and whether they may.
//
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=chaperone-system,resources=leases,verbs=create
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=chaperone-system,resources=leases,resourceNames=chaperone-manager,verbs=get;update
// +kubebuilder:rbac:groups="",namespace=chaperone-system,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// Add registers everything that runs, and the readiness check of the certificates.
func Add(mgr ctrl.Manager, o Options) error {
	setups := []func() error{
		func() error { return addChatbot(mgr, o) },
		func() error { return addNamespace(mgr) },
		func() error { return addCertificates(mgr, o) },
	}
	for _, setup := range setups {
		if err := setup(); err != nil {
			return err
		}
	}
	return nil
}

func addChatbot(mgr ctrl.Manager, o Options) error {
	r := chatbot.New(chatbot.Options{
		Client: mgr.GetClient(),
		Engine: o.Engine,
		Render: func(d *v1alpha1.ChatbotDeployment, v policy.Verdict) (sidecarconfig.Config, error) {
			return render.Config(d, v, o.Engine.Statements())
		},
		Clock:  o.Clock,
		Events: mgr.GetEventRecorder(recorderName),
	})
	if err := r.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("add chatbot controller: %w", err)
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

func addCertificates(mgr ctrl.Manager, o Options) error {
	c := o.Certificates
	if c == nil {
		return nil
	}
	serving := &certificates.Serving{Client: mgr.GetClient(), Clock: o.Clock, Namespace: c.Namespace, Keeper: c.Keeper}
	keeping := &certificates.Reconciler{Options: certificates.Options{
		Client: mgr.GetClient(), Clock: o.Clock, Namespace: c.Namespace, Names: c.Names, Lifetimes: c.Lifetimes,
	}}
	if err := errors.Join(serving.SetupWithManager(mgr), keeping.SetupWithManager(mgr)); err != nil {
		return fmt.Errorf("add certificate controllers: %w", err)
	}
	check := func(r *http.Request) error { return serving.Check(r.Context()) }
	if err := mgr.AddReadyzCheck("certificate", check); err != nil {
		return fmt.Errorf("add readiness of the certificate: %w", err)
	}
	return nil
}
