package facts

import (
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// ConnectionInput is everything that the decision about a connection depends on that somebody opens to a chatbot through the
// API server.
type ConnectionInput struct {
	// Kind is the subresource: exec, attach, portforward or proxy.
	Kind string
	// Container is the one that exec and attach name; empty when they name none.
	Container string
	// Targets are where a proxy leads; empty when that is not known.
	Targets []Target
	// Chatbots are those to whose pods the connection leads; a decision needs one at least.
	Chatbots []Chatbot
	// BreakGlass: whoever asks may break the glass of every chatbot.
	BreakGlass bool
	// AsOf is the day for which is decided (ISO date, UTC).
	AsOf string
}

// For returns the input for a connection to the pods of the chatbots, on the day of now (taken in UTC).
func (in ConnectionInput) For(chatbots []Chatbot, now time.Time) ConnectionInput {
	in.Chatbots, in.AsOf = chatbots, now.UTC().Format(policy.DateFormat)
	return in
}

// proxiedPort is the field of targets that the name of a proxy request gives.
const proxiedPort = "port"

// ResolvePodTargets returns where a proxy to the port of a pod leads: to that number. It is empty for anything else: without a port the
// API server takes the first of the app's, and it looks names up where nobody can say what they mean (k8s.io/kubernetes,
// pkg/registry/core/pod, ResourceLocation).
func ResolvePodTargets(port string) []Target {
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil || strconv.FormatInt(number, 10) != port {
		return nil
	}
	return []Target{{Field: proxiedPort, Number: int32(number)}}
}

// ResolveServiceTargets returns where a proxy to the port of a Service leads. A number is that of a port of the Service, anything else
// the name of one, nothing the one without a name (k8s.io/kubernetes, pkg/registry/core/service/storage, ResourceLocation). It
// is empty when there is no such port.
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
			targets = append(targets, targetOf(proxiedPort, p))
		}
	}
	return targets
}
