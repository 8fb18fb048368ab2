package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideNetwork decides about a NetworkPolicy that selects pods of chatbots, or about endpoints that lead to them. If the evaluation fails,
// the outcome is Undecided.
func (s *Snapshot) DecideNetwork(ctx context.Context, in facts.NetworkInput) policy.Verdict {
	verdict, err := s.encodeAndEvaluate(ctx, s.networkQuery, newNetworkInput(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate network: %v", err))
	}
	return verdict
}

// networkInput is the input of the entrypoint `network`. Its members are those of facts.NetworkInput.
type networkInput struct {
	Namespace      string         `json:"namespace,omitempty"`
	Name           string         `json:"name,omitempty"`
	Chatbots       []chatbotInput `json:"chatbots"`
	Openings       []openingInput `json:"openings,omitempty"`
	HasExpressions bool           `json:"hasExpressions,omitempty"`
	Endpoints      []targetInput  `json:"endpoints,omitempty"`
}

// openingInput is facts.Opening. It has a name or numbers.
type openingInput struct {
	Field string `json:"field"`
	Name  string `json:"name,omitempty"`
	First int32  `json:"first,omitempty"`
	Last  int32  `json:"last,omitempty"`
}

func newNetworkInput(in facts.NetworkInput) *networkInput {
	var openings []openingInput
	for _, opening := range in.Openings {
		openings = append(openings, openingInput(opening))
	}
	return &networkInput{
		Namespace: in.Namespace, Name: in.Name, Chatbots: newChatbotInputs(in.Chatbots),
		Openings: openings, HasExpressions: in.HasExpressions, Endpoints: newTargetInputs(in.Endpoints),
	}
}
