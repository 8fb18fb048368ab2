package engine

import (
	"cmp"
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func (s *snapshot) judgeService(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	verdict, err := s.verdict(ctx, s.service, serviceValue(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate service: %v", err))
	}
	return verdict
}

// serviceValue is the input of the entrypoint `service`. Empty lists are left out.
func serviceValue(in facts.ServiceInput) ast.Value {
	var o object
	o.add("chatbots", array(in.Chatbots, chatbotTerm))
	addAll(&o, "targets", in.Targets, targetTerm)
	o.texts("externalIPs", in.ExternalIPs)
	return o.term().Value
}

func chatbotTerm(c facts.Chatbot) *ast.Term {
	var o object
	o.text("name", c.Name)
	o.text("enforcement", cmp.Or(c.Enforcement, "Deny"))
	o.add("ports", array(c.PortNames(), func(name string) *ast.Term {
		var port object
		port.text("name", name)
		port.add("number", ast.InternedTerm(int(c.Ports[name])))
		return port.term()
	}))
	return o.term()
}

func targetTerm(t facts.Target) *ast.Term {
	var o object
	o.text("field", t.Field)
	if t.Name != "" {
		o.text("name", t.Name)
	} else {
		o.add("number", ast.InternedTerm(int(t.Number)))
	}
	return o.term()
}
