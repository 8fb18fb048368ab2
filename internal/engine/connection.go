package engine

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func (s *snapshot) judgeConnection(ctx context.Context, in facts.ConnectionInput) policy.Verdict {
	verdict, err := s.verdict(ctx, s.connection, connectionValue(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate connection: %v", err))
	}
	return verdict
}

// connectionValue is the input of the entrypoint `connection`. What is empty or false is left out.
func connectionValue(in facts.ConnectionInput) ast.Value {
	var o object
	o.text("kind", in.Kind)
	if in.Container != "" {
		o.text("container", in.Container)
	}
	o.flag("breakGlass", in.BreakGlass)
	o.add("chatbots", array(in.Chatbots, chatbotTerm))
	addAll(&o, "targets", in.Targets, targetTerm)
	return o.term().Value
}
