package assess

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// otherPort is a port of the pod besides the one on which people chat, such as one for metrics.
type otherPort struct {
	// container has the port. isInit is true if it is an init container.
	container *corev1.Container
	isInit    bool
	number    int32
	// name is the name of the port, or the one that the patch gives to it. needsName is true in the second case.
	name      string
	needsName bool
}

// nameOthers sets the other ports to which Services lead by number, with names that no other port of the pod has. A declaration that names
// its ports does not say which numbers are not the chatbot's, so every number of a Service is refused.
func (c *Chatbot) nameOthers(taken []string) {
	for _, service := range c.Services {
		for _, p := range service.Service.Spec.Ports {
			number := targetNumber(p)
			isKnown := slices.ContainsFunc(c.others, func(o otherPort) bool { return o.number == number })
			if !isTCP(p.Protocol) || number == 0 || number == c.Port || isKnown {
				continue
			}
			other := c.findOther(number)
			if other.name == "" && c.Workload.IsForeign { // No patch can name it (IsByNumber).
				continue
			}
			if other.name == "" {
				other.needsName = true
				other.name = chooseName(taken, p.Name, fmt.Sprintf("port-%d", number))
				taken = append(taken, other.name)
			}
			c.others = append(c.others, other)
		}
	}
}

// findOther returns a port of the pod by its number. A port that no container lists is put down to the chatbot's container: a list of ports
// is only information, except for the names.
func (c *Chatbot) findOther(number int32) otherPort {
	for i := range c.Workload.Pod.Spec.InitContainers {
		container := &c.Workload.Pod.Spec.InitContainers[i]
		if name, isListed := findPort(container, number); isListed {
			return otherPort{container: container, isInit: true, number: number, name: name}
		}
	}
	for i := range c.Workload.Pod.Spec.Containers {
		container := &c.Workload.Pod.Spec.Containers[i]
		if name, isListed := findPort(container, number); isListed {
			return otherPort{container: container, number: number, name: name}
		}
	}
	return otherPort{container: c.Container, number: number}
}

// findPort returns the name of a TCP port of the container, and whether the container lists the port.
func findPort(container *corev1.Container, number int32) (name string, isListed bool) {
	for _, p := range container.Ports {
		if p.ContainerPort == number && isTCP(p.Protocol) {
			isListed = true
			if p.Name != "" {
				return p.Name, true
			}
		}
	}
	return "", isListed
}

// isTCP reports whether a port is one for TCP, which is the default. Chatbots use no other protocol.
func isTCP(protocol corev1.Protocol) bool { return protocol == corev1.ProtocolTCP || protocol == "" }

// listPortNames returns the names of all ports of the pod.
func (c *Chatbot) listPortNames() []string {
	var names []string
	for _, container := range slices.Concat(c.Workload.Pod.Spec.InitContainers, c.Workload.Pod.Spec.Containers) {
		for _, p := range container.Ports {
			names = append(names, p.Name)
		}
	}
	return names
}

// chooseName returns the first candidate that is valid as the name of a port and is not taken, or else the last one.
func chooseName(taken []string, candidates ...string) string {
	for _, name := range candidates {
		if !slices.Contains(taken, name) && len(validation.IsValidPortName(name)) == 0 {
			return name
		}
	}
	return candidates[len(candidates)-1]
}

// nameOf returns the name of a port to which Services lead by number; "" if the Service leads to a name, or not by TCP.
func (c *Chatbot) nameOf(p corev1.ServicePort) string {
	number := targetNumber(p)
	if !isTCP(p.Protocol) || number == 0 {
		return ""
	}
	if number == c.Port {
		return c.PortName
	}
	i := slices.IndexFunc(c.others, func(o otherPort) bool { return o.number == number })
	if i < 0 {
		return ""
	}
	return c.others[i].name
}
