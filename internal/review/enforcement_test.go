package review_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// flooredEngine decides that a floor makes the enforcement deny, and remembers which enforcement it is asked to apply.
type flooredEngine struct {
	review.Engine
	service, connection string
}

func (e *flooredEngine) Revision() string { return "r" }
func (e *flooredEngine) Statements() map[string]string {
	return map[string]string{"en": "You chat with an AI."}
}

func (e *flooredEngine) Declaration(_ context.Context, in facts.DeclarationInput) policy.Verdict {
	return policy.Verdict{Outcome: policy.OutcomeAllow, Revision: "r", AsOf: in.AsOf, Terms: policy.Terms{Enforcement: "deny", Floor: "deny"}}
}

func (e *flooredEngine) Service(_ context.Context, in facts.ServiceInput) policy.Verdict {
	e.service = in.Chatbots[0].Enforcement
	return policy.Verdict{Outcome: policy.OutcomeAllow}
}

func (e *flooredEngine) Connection(_ context.Context, in facts.ConnectionInput) policy.Verdict {
	e.connection = in.Chatbots[0].Enforcement
	return policy.Verdict{Outcome: policy.OutcomeAllow}
}

// The floor holds for what leads to the pods, too, whatever the declaration says.
func TestFloorHoldsForServicesAndConnections(t *testing.T) {
	e := &flooredEngine{}
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
	if _, err := r.Connection(t.Context(), scope, review.Connection{Subresource: "exec", PodLabels: map[string]string{"app": "bot"}}); err != nil {
		t.Fatal(err)
	}
	if e.service != "deny" || e.connection != "deny" {
		t.Errorf("enforcement of the Service %q and of the connection %q, want deny", e.service, e.connection)
	}
}
