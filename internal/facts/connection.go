package facts

import (
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// ConnectionInput is everything on which the decision about a connection to a chatbot through the API server depends.
type ConnectionInput struct {
	// Kind is the subresource: exec, attach, portforward or proxy.
	Kind string
	// Container is the container that exec and attach name; empty when they name none.
	Container string
	// Targets are where a proxy leads; empty when unknown.
	Targets []Target
	// Chatbots are the chatbots to whose pods the connection leads, at least one.
	Chatbots []Chatbot
	// BreakGlass: the user has break-glass access to every one of the chatbots.
	BreakGlass bool
	// AsOf is the day of the decision (ISO date, UTC).
	AsOf string
}

// For returns the input for a connection to the pods of the chatbots, on the day of now (in UTC).
func (in ConnectionInput) For(chatbots []Chatbot, now time.Time) ConnectionInput {
	in.Chatbots, in.AsOf = chatbots, now.UTC().Format(policy.DateFormat)
	return in
}

// proxiedPort is the field of targets that come from the name in a proxy request.
const proxiedPort = "port"

// ResolvePodTargets returns where a proxy to the port of a pod leads. It returns nil when the port is not a number: without a port the
// API server uses the app's first port, and for a name it finds a port that is not known here (k8s.io/kubernetes,
// pkg/registry/core/pod, ResourceLocation).
func ResolvePodTargets(port string) []Target {
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil || strconv.FormatInt(number, 10) != port {
		return nil
	}
	return []Target{{Field: proxiedPort, Number: int32(number)}}
}

// ResolveServiceTargets returns where a proxy to the port of a Service leads. The port is a number or a name of the Service's ports; an
// empty port is the port without a name (k8s.io/kubernetes, pkg/registry/core/service/storage, ResourceLocation). It returns nil when
// the Service has no such port.
func ResolveServiceTargets(service *corev1.Service, port string) []Target {
	if number, err := strconv.ParseInt(port, 10, 64); err == nil {
		first := slices.IndexFunc(service.Spec.Ports, func(p corev1.ServicePort) bool { return int64(p.Port) == number })
		if first < 0 {
			return nil
		}
		port = service.Spec.Ports[first].Name
	}
	var targets []Target
	for _, p := range service.Spec.Ports {
		if p.Name == port {
			targets = append(targets, resolveTarget(proxiedPort, p))
		}
	}
	return targets
}
