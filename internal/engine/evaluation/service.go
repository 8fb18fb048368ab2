package evaluation

import (
	"cmp"
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideService decides about a Service that leads to pods of chatbots.
func (s *Snapshot) DecideService(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	verdict, err := s.evaluateVerdict(ctx, s.service, encodeService(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate service: %v", err))
	}
	return verdict
}

// encodeService returns the input of the entrypoint `service`, without empty lists.
func encodeService(in facts.ServiceInput) opa.Value {
	var o opa.Object
	o.Add("chatbots", opa.Array(in.Chatbots, encodeChatbot))
	opa.AddArray(&o, "targets", in.Targets, encodeTarget)
	o.AddTexts("externalIPs", in.ExternalIPs)
	return o.Term().Value
}

func encodeChatbot(c facts.Chatbot) *opa.Term {
	var o opa.Object
	o.AddText("name", c.Name)
	o.AddText("enforcement", cmp.Or(c.Enforcement, "Deny"))
	o.Add("ports", opa.Array(c.PortNames(), func(name string) *opa.Term {
		var port opa.Object
		port.AddText("name", name)
		port.AddNumber("number", int(c.Ports[name]))
		return port.Term()
	}))
	return o.Term()
}

func encodeTarget(t facts.Target) *opa.Term {
	var o opa.Object
	o.AddText("field", t.Field)
	if t.Name != "" {
		o.AddText("name", t.Name)
	} else {
		o.AddNumber("number", int(t.Number))
	}
	return o.Term()
}
