package review_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// flooredEngine decides about declarations on its terms, and remembers the terms that it is asked to apply to what leads to their pods.
type flooredEngine struct {
	review.Engine
	terms, service, connection, network policy.Terms
	// port is the port of the last connection.
	port string
}

func (e *flooredEngine) Revision() string { return "r" }

func (e *flooredEngine) Basis(facts.DeclarationInput) (basis, revision string) { return "r", "r" }
func (e *flooredEngine) Statements() map[string]string {
	return map[string]string{"en": "You chat with an AI."}
}

func (e *flooredEngine) Declaration(_ context.Context, in facts.DeclarationInput) policy.Verdict {
	return policy.Verdict{Outcome: policy.OutcomeAllow, Revision: "r", AsOf: in.AsOf, Terms: e.terms}
}

func (e *flooredEngine) Service(_ context.Context, in facts.ServiceInput) policy.Verdict {
	e.service = in.Chatbots[0].Terms
	return policy.Verdict{Outcome: policy.OutcomeAllow}
}

func (e *flooredEngine) Connection(_ context.Context, in facts.ConnectionInput) policy.Verdict {
	e.connection, e.port = in.Chatbots[0].Terms, in.Port
	return policy.Verdict{Outcome: policy.OutcomeAllow}
}

func (e *flooredEngine) Network(_ context.Context, in facts.NetworkInput) policy.Verdict {
	e.network = in.Chatbots[0].Terms
	return policy.Verdict{Outcome: policy.OutcomeAllow}
}

// The floor and the actions of the organisation hold for what leads to the pods, too, whatever the declaration says.
func TestTermsHoldForServicesAndConnections(t *testing.T) {
	e := &flooredEngine{terms: policy.Terms{Enforcement: "deny", Floor: "deny", Actions: map[string]string{"service.external_ips": "warn"}}}
	r, err := review.New(review.Options{Engine: e, Image: "sidecar"})
	if err != nil {
		t.Fatal(err)
	}
	declaration := declare("support", "bot")
	declaration.Spec.Enforcement = v1alpha1.EnforcementWarn
	scope := review.Scope{Now: time.Unix(0, 0), Declarations: review.NewDeclarations([]v1alpha1.ChatbotDeployment{declaration})}
	if _, err := r.Service(t.Context(), scope, &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "bot"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Connection(t.Context(), scope, review.Connection{Subresource: "proxy", Port: "http", PodLabels: map[string]string{"app": "bot"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.NetworkPolicy(t.Context(), scope, &networkingv1.NetworkPolicy{}); err != nil {
		t.Fatal(err)
	}
	if e.port != "http" {
		t.Errorf("the connection names port %q, want http", e.port)
	}
	for edge, got := range map[string]policy.Terms{"Service": e.service, "connection": e.connection, "NetworkPolicy": e.network} {
		if diff := cmp.Diff(e.terms, got); diff != "" {
			t.Errorf("terms of the %s (-want +got):\n%s", edge, diff)
		}
	}
}
