package facts

import (
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Chatbot is what the rules about the ways to a chatbot's pods read of it.
type Chatbot struct {
	// Name is that of its ChatbotDeployment, which need not exist.
	Name string
	// Enforcement is the declaration's spec.enforcement; empty when unset.
	Enforcement string
	// Ports maps the names of the ports that lead to the sidecar to their numbers.
	Ports map[string]int32
}

// PortNames returns the names of the ports that lead to the sidecar, sorted.
func (c Chatbot) PortNames() []string { return slices.Sorted(maps.Keys(c.Ports)) }

// Target is where a port of a Service leads: to the container port of a name, or of a number.
type Target struct {
	// Field is the JSON path, for example `spec.ports[0].targetPort`.
	Field string
	// Name is empty when Number is given.
	Name   string
	Number int32
}

// ServiceInput is everything that the decision about a Service depends on that leads to pods of chatbots.
type ServiceInput struct {
	// Chatbots are those to whose pods the Service leads; a decision needs one at least.
	Chatbots []Chatbot
	// Targets are where its TCP ports lead, in their order. Chat is spoken over no other protocol.
	Targets []Target
	// ExternalIPs are spec.externalIPs.
	ExternalIPs []string
	// AsOf is the day for which is decided (ISO date, UTC).
	AsOf string
}

// NewServiceInput returns the input for judging the Service, which leads to the chatbots, on the day of now (taken in UTC).
func NewServiceInput(service *corev1.Service, chatbots []Chatbot, now time.Time) ServiceInput {
	in := ServiceInput{Chatbots: chatbots, ExternalIPs: service.Spec.ExternalIPs, AsOf: now.UTC().Format(policy.DateFormat)}
	for i, port := range service.Spec.Ports {
		if port.Protocol == corev1.ProtocolTCP || port.Protocol == "" {
			in.Targets = append(in.Targets, targetOf(fmt.Sprintf("spec.ports[%d].targetPort", i), port))
		}
	}
	return in
}

// targetOf takes an absent targetPort for the port itself, as the API server does.
func targetOf(field string, port corev1.ServicePort) Target {
	switch target := port.TargetPort; {
	case target.Type == intstr.String && target.StrVal != "":
		return Target{Field: field, Name: target.StrVal}
	case target.Type == intstr.Int && target.IntVal != 0:
		return Target{Field: field, Number: target.IntVal}
	}
	return Target{Field: field, Number: port.Port}
}
