package evaluation

import (
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideConnection decides about a connection to pods of chatbots that is opened through the API server.
func (s *Snapshot) DecideConnection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	verdict, err := s.evaluateVerdict(ctx, s.connection, encodeConnection(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate connection: %v", err))
	}
	return verdict
}

// encodeConnection returns the input of the entrypoint `connection`, without what is empty or false.
func encodeConnection(in facts.ConnectionInput) opa.Value {
	var o opa.Object
	o.AddText("kind", in.Kind)
	if in.Container != "" {
		o.AddText("container", in.Container)
	}
	o.AddFlag("breakGlass", in.BreakGlass)
	o.Add("chatbots", opa.Array(in.Chatbots, encodeChatbot))
	opa.AddArray(&o, "targets", in.Targets, encodeTarget)
	return o.Term().Value
}
