package facts

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// lastPort is the highest number that a port can have.
const lastPort = 65535

// Opening is what one ingress rule of a NetworkPolicy, or one port of it, opens: the container port with a name, or the numbers from First
// to Last. A rule without ports opens all numbers.
type Opening struct {
	// Field is the JSON path of what opens, for example `spec.ingress[0].ports[1].port`, or `spec.ingress[0]` for a rule without ports.
	Field string
	// Name is the name of the container port; empty if the numbers identify what is open.
	Name        string
	First, Last int32
}

// NetworkInput is what the decision about an object depends on, besides the bundle, that opens or leads to ports of pods by their labels or
// addresses: a NetworkPolicy, or hand-made endpoints.
type NetworkInput struct {
	// Namespace and Name are those of a NetworkPolicy, for the command in a remedy. Name is empty if no cluster has the NetworkPolicy yet:
	// then its manifest has to change.
	Namespace, Name string
	// Chatbots are the chatbots whose pods the NetworkPolicy selects, or to whose pods the endpoints lead, at least one.
	Chatbots []Chatbot
	// Openings are what the NetworkPolicy opens for TCP. Chatbots do not use other protocols.
	Openings []Opening
	// HasExpressions is true if spec.podSelector.matchExpressions of the NetworkPolicy has entries.
	HasExpressions bool
	// Endpoints are the TCP ports, by number, at addresses of governed pods. The number 0 stands for all ports.
	Endpoints []Target
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
}

// NewNetworkPolicyInput returns the input for the decision about the NetworkPolicy, which selects pods of the chatbots, on the day of now
// (in UTC).
func NewNetworkPolicyInput(p *networkingv1.NetworkPolicy, chatbots []Chatbot, now time.Time) NetworkInput {
	in := NetworkInput{
		Namespace: p.Namespace, Chatbots: chatbots, AsOf: now.UTC().Format(policy.DateFormat),
		Openings: listOpenings(&p.Spec), HasExpressions: len(p.Spec.PodSelector.MatchExpressions) > 0,
	}
	if p.UID != "" {
		in.Name = p.Name
	}
	return in
}

// listOpenings returns what a NetworkPolicy opens for TCP, in the order of its rules. One that is only about egress opens nothing.
func listOpenings(spec *networkingv1.NetworkPolicySpec) []Opening {
	if len(spec.PolicyTypes) > 0 && !slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
		return nil
	}
	var openings []Opening
	for i, rule := range spec.Ingress {
		field := fmt.Sprintf("spec.ingress[%d]", i)
		if len(rule.Ports) == 0 {
			openings = append(openings, Opening{Field: field, First: 1, Last: lastPort})
		}
		for j, port := range rule.Ports {
			if port.Protocol == nil || *port.Protocol == corev1.ProtocolTCP {
				openings = append(openings, newOpening(fmt.Sprintf("%s.ports[%d]", field, j), port))
			}
		}
	}
	return openings
}

// newOpening returns what a port of an ingress rule opens. field is its JSON path. Without a name or number, it opens all ports.
func newOpening(field string, port networkingv1.NetworkPolicyPort) Opening {
	switch {
	case port.Port == nil:
		return Opening{Field: field, First: 1, Last: lastPort}
	case port.Port.Type == intstr.String:
		return Opening{Field: field + ".port", Name: port.Port.StrVal}
	}
	opening := Opening{Field: field + ".port", First: port.Port.IntVal, Last: port.Port.IntVal}
	if port.EndPort != nil {
		opening.Last = *port.EndPort
	}
	return opening
}
