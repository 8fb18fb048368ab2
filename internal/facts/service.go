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

// Chatbot is what the rules about Services and connections read of a chatbot.
type Chatbot struct {
	// Name is the name of the chatbot's ChatbotDeployment. There may be none with this name, because a pod can claim any name.
	Name string
	// Terms determine the actions of findings about the chatbot. They come from the verdict about its declaration. Without a declaration
	// they are zero, and findings deny. Their Waivers have no effect: no exception waives a rule about Services or connections.
	Terms policy.Terms
	// Ports maps the names of the ports that lead to the sidecar to their numbers.
	Ports map[string]int32
	// AppNumbers are the numbers of the app's ports behind the sidecar. It is nil if the declaration does not give the number of each.
	AppNumbers []int32
	// OpenPorts are the names of the app's other ports that the declaration opens (spec.openPorts).
	OpenPorts []string
}

// PortNames returns the names of the ports that lead to the sidecar, sorted.
func (c Chatbot) PortNames() []string { return slices.Sorted(maps.Keys(c.Ports)) }

// Target is the container port to which a port of a Service or a proxy request leads, by name or by number.
type Target struct {
	// Field is the JSON path of the field that states the target, for example `spec.ports[0].targetPort`. It is `port` if the URL of a proxy
	// request states the target.
	Field string
	// Pointer is the JSON pointer (RFC 6901) of Field, for a patch; empty if no object states the target.
	Pointer string
	// Name is the name of the container port; empty when Number identifies it.
	Name   string
	Number int32
}

// UngovernedPods are pods that no declaration governs: those of a workload, or a single one.
type UngovernedPods struct {
	// Workload names the workload or the pod (NameWorkload).
	Workload string
	// PortNames are the names of the TCP ports of the pods.
	PortNames []string
	// PortNumbers are the numbers of the TCP ports that the pods list. They can listen on others.
	PortNumbers []int32
}

// ServiceInput is what the decision about a Service that leads to pods of chatbots depends on, besides the bundle.
type ServiceInput struct {
	// Namespace and Name are those of the Service, for the command in a remedy. Name is empty if no cluster has the Service yet: then its
	// manifest has to change.
	Namespace, Name string
	// Chatbots are the chatbots to whose pods the Service leads, at least one.
	Chatbots []Chatbot
	// Targets are the targets of the Service's TCP ports, in the order of spec.ports. Chatbots do not use other protocols.
	Targets []Target
	// HeadlessPorts are the TCP ports of a headless Service, in the order of spec.ports; empty for other Services. The name of a headless
	// Service leads to the pods themselves, so clients connect to this number of the pod, whatever the target is.
	HeadlessPorts []Target
	// ExternalIPs is spec.externalIPs.
	ExternalIPs []string
	// Selector is spec.selector.
	Selector map[string]string
	// Ungoverned are the pods that the Service selects and that no declaration governs.
	Ungoverned []UngovernedPods
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
}

// NewServiceInput returns the input for the decision about the Service, which leads to the chatbots, on the day of now (in UTC).
func NewServiceInput(service *corev1.Service, chatbots []Chatbot, now time.Time) ServiceInput {
	in := ServiceInput{
		Namespace: service.Namespace, Selector: service.Spec.Selector,
		Chatbots: chatbots, ExternalIPs: service.Spec.ExternalIPs, AsOf: now.UTC().Format(policy.DateFormat),
	}
	if service.UID != "" {
		in.Name = service.Name
	}
	for i, port := range service.Spec.Ports {
		// Chatbots use only TCP, which is the default of an empty protocol.
		if port.Protocol == corev1.ProtocolTCP || port.Protocol == "" {
			target := resolveTarget(fmt.Sprintf("spec.ports[%d].targetPort", i), port)
			target.Pointer = fmt.Sprintf("/spec/ports/%d/targetPort", i)
			in.Targets = append(in.Targets, target)
			if service.Spec.ClusterIP == corev1.ClusterIPNone {
				in.HeadlessPorts = append(in.HeadlessPorts, Target{Field: fmt.Sprintf("spec.ports[%d].port", i), Number: port.Port})
			}
		}
	}
	return in
}

// resolveTarget returns the target of a Service port, with field as its JSON path. Like the API server, it uses the number of the port
// when targetPort is unset.
func resolveTarget(field string, port corev1.ServicePort) Target {
	switch target := port.TargetPort; {
	case target.Type == intstr.String && target.StrVal != "":
		return Target{Field: field, Name: target.StrVal}
	case target.Type == intstr.Int && target.IntVal != 0:
		return Target{Field: field, Number: target.IntVal}
	}
	return Target{Field: field, Number: port.Port}
}
