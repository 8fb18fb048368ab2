package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideConnection decides about a connection (exec, attach, port-forward or proxy) that the API server opens to pods of chatbots. If
// the evaluation fails, the outcome is Undecided.
func (s *Snapshot) DecideConnection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	verdict, err := s.encodeAndEvaluate(ctx, s.connectionQuery, newConnectionInput(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate connection: %v", err))
	}
	return verdict
}

// connectionInput is the input of the entrypoint `connection`.
type connectionInput struct {
	Kind       string         `json:"kind"`
	Container  string         `json:"container,omitempty"`
	Port       string         `json:"port,omitempty"`
	BreakGlass bool           `json:"breakGlass,omitempty"`
	Chatbots   []chatbotInput `json:"chatbots"`
	Targets    []targetInput  `json:"targets,omitempty"`
}

// newConnectionInput returns the input of the entrypoint `connection`.
func newConnectionInput(in facts.ConnectionInput) *connectionInput {
	return &connectionInput{
		Kind: in.Kind, Container: in.Container, Port: in.Port, BreakGlass: in.BreakGlass,
		Chatbots: newChatbotInputs(in.Chatbots), Targets: newTargetInputs(in.Targets),
	}
}
