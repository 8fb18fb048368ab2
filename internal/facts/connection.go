package facts

import (
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// ConnectionInput is what the decision about a connection to a chatbot through the API server depends on, besides the bundle.
type ConnectionInput struct {
	// Kind is the subresource: exec, attach, portforward or proxy.
	Kind string
	// Container is the container that an exec or attach request names; empty when it names none.
	Container string
	// Port is the port that a proxy request names, by number or name; empty when it names none.
	Port string
	// Targets are the container ports to which a proxy request leads; empty when they are unknown.
	Targets []Target
	// Chatbots are the chatbots to whose pods the connection leads, at least one.
	Chatbots []Chatbot
	// BreakGlass is true if the user has break-glass access to all of Chatbots.
	BreakGlass bool
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
}

// WithChatbots returns a copy of the input with the chatbots to whose pods the connection leads, and with the day of now (in UTC).
func (in ConnectionInput) WithChatbots(chatbots []Chatbot, now time.Time) ConnectionInput {
	in.Chatbots, in.AsOf = chatbots, now.UTC().Format(policy.DateFormat)
	return in
}

// proxiedPort is the Field of a target that comes from the URL of a proxy request, such as pods/NAME:PORT/proxy, and not from an object.
const proxiedPort = "port"

// ResolvePodTargets returns the target of a proxy request to the port of a pod. The port is known if it is a decimal number in its shortest
// form (8080, but not 08080 or +8080). Otherwise ResolvePodTargets returns nil, which means that the target is unknown: the API server then
// reads the pod to find its first port, or the port with this name (k8s.io/kubernetes, pkg/registry/core/pod, ResourceLocation).
func ResolvePodTargets(port string) []Target {
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil || strconv.FormatInt(number, 10) != port {
		return nil
	}
	return []Target{{Field: proxiedPort, Number: int32(number)}}
}

// ResolveServiceTargets returns the targets of a proxy request to the port of a Service. The port is a number or a name of the Service's
// ports; empty selects the port without a name (k8s.io/kubernetes, pkg/registry/core/service/storage, ResourceLocation). It returns nil
// when the Service has no such port.
func ResolveServiceTargets(service *corev1.Service, port string) []Target {
	// Like the API server, replace a number by the name of the first port with this number, and then look the name up.
	if number, err := strconv.ParseInt(port, 10, 64); err == nil {
		index := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return int64(p.Port) == number })
		if index < 0 {
			return nil
		}
		port = service.Spec.Ports[index].Name
	}
	var targets []Target
	for _, p := range service.Spec.Ports {
		if p.Name == port {
			targets = append(targets, resolveTarget(proxiedPort, p))
		}
	}
	return targets
}
