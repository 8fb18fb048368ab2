package assess

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
)

// otherPort is a port of the pod besides the one on which people chat, such as one for metrics.
type otherPort struct {
	// container has the port. isInit is true if it is an init container.
	container *corev1.Container
	isInit    bool
	// isListed is true if the container lists the port.
	isListed bool
	number   int32
	// name is the name of the port, or the one that the patch gives to it. needsName is true in the second case.
	name      string
	needsName bool
}

// choosePort sets the port on which people reach the chatbot: that of its front, or else that of its own container (findOwnPort).
func (c *Chatbot) choosePort() {
	if c.opensSocket() {
		return
	}
	c.front, c.Port = c.findFront()
	if c.front == nil {
		c.Port = c.findOwnPort()
	}
	taken := c.listPortNames()
	c.PortName, _ = findPort(c.portContainer(), c.Port)
	if c.IsByNumber() { // The sidecar has this name, and other numbers are not the chatbot's.
		c.PortName = fmt.Sprintf("port-%d", c.Port)
		return
	}
	if c.HasNoPort() {
		return
	}
	if c.PortName == "" {
		c.NeedsPortName = c.Port != 0
		c.PortName = chooseName(taken, "http", "chat", fmt.Sprintf("chat-%d", c.Port))
	}
	c.nameOthers(append(taken, c.PortName))
}

// findOwnPort returns the port on which the container listens: a declared port that is usual for the product, or else one to which a
// Service leads, or else the first. A container that declares no port listens on a port to which a Service leads and that is usual for the
// product.
func (c *Chatbot) findOwnPort() int32 {
	declared, targets, usual := listTCPPorts(c.Container), c.listTargets(), c.listUsualPorts()
	for _, candidates := range [][]int32{
		intersect(usual, declared), intersect(targets, declared), declared, intersect(usual, targets), targets, usual,
	} {
		if len(candidates) > 0 {
			return candidates[0]
		}
	}
	return 0
}

// listUsualPorts returns the ports that are usual for the product; none if the product is not known.
func (c *Chatbot) listUsualPorts() []int32 {
	if c.Match.Product == nil {
		return nil
	}
	return c.Match.Product.Ports
}

// listTCPPorts returns the numbers of the container's TCP ports.
func listTCPPorts(container *corev1.Container) []int32 {
	var numbers []int32
	for _, p := range container.Ports {
		if isTCP(p.Protocol) {
			numbers = append(numbers, p.ContainerPort)
		}
	}
	return numbers
}

// listTargets returns the numbers of the ports to which the Services lead, by number or by a name that the container with the port has.
func (c *Chatbot) listTargets() []int32 {
	var numbers []int32
	for _, service := range c.Services {
		for _, p := range service.Service.Spec.Ports {
			if number := targetNumber(p); number != 0 {
				numbers = append(numbers, number)
				continue
			}
			for _, declared := range c.portContainer().Ports {
				if declared.Name == p.TargetPort.StrVal {
					numbers = append(numbers, declared.ContainerPort)
				}
			}
		}
	}
	return numbers
}

// targetNumber returns the number to which a Service port leads; 0 if it leads to a name. Without a target port, it is the port itself.
func targetNumber(p corev1.ServicePort) int32 {
	switch {
	case p.TargetPort.StrVal != "":
		return 0
	case p.TargetPort.IntVal == 0:
		return p.Port
	}
	return p.TargetPort.IntVal
}

// intersect returns the numbers of a that b has too.
func intersect(a, b []int32) []int32 {
	var both []int32
	for _, number := range a {
		if slices.Contains(b, number) {
			both = append(both, number)
		}
	}
	return both
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
			if c.isAstray(other) || other.name == "" && c.Workload.IsForeign { // No patch can name it (IsByNumber).
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

// isAstray reports whether a Service seems to lead to a port on which nothing listens: no container lists the port, and no Service leads to
// the chatbot's own, which its container lists. A name would only hide that.
func (c *Chatbot) isAstray(other otherPort) bool {
	_, listsOwn := findPort(c.portContainer(), c.Port)
	return !other.isListed && listsOwn && !slices.Contains(c.listTargets(), c.Port)
}

// findOther returns a port of the pod by its number. A port that no container lists is put down to the chatbot's container: a list of ports
// is only information, except for the names.
func (c *Chatbot) findOther(number int32) otherPort {
	for i := range c.Workload.Pod.Spec.InitContainers {
		container := &c.Workload.Pod.Spec.InitContainers[i]
		if name, isListed := findPort(container, number); isListed {
			return otherPort{container: container, isInit: true, isListed: true, number: number, name: name}
		}
	}
	for i := range c.Workload.Pod.Spec.Containers {
		container := &c.Workload.Pod.Spec.Containers[i]
		if name, isListed := findPort(container, number); isListed {
			return otherPort{container: container, isListed: true, number: number, name: name}
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

// onlyNames reports whether a Service only gives names to the pods of a StatefulSet: it is headless, all its ports lead to the chatbot, and
// people reach the chatbot by another Service. Without ports, it names the pods all the same.
func (c *Chatbot) onlyNames(service manifest.Object) bool {
	if c.Workload.Kind != "StatefulSet" || !isHeadless(service) {
		return false
	}
	leadsElsewhere := func(p corev1.ServicePort) bool { return !c.leadsToChat(p) }
	isUsed := func(s manifest.Object) bool {
		return !isHeadless(s) && slices.ContainsFunc(s.Service.Spec.Ports, c.leadsToChat)
	}
	return !slices.ContainsFunc(service.Service.Spec.Ports, leadsElsewhere) && slices.ContainsFunc(c.Services, isUsed)
}

// leadsToChat reports whether a port of a Service leads to the port on which people chat.
func (c *Chatbot) leadsToChat(p corev1.ServicePort) bool {
	number := targetNumber(p)
	return isTCP(p.Protocol) && (number == c.Port && number != 0 || number == 0 && p.TargetPort.StrVal == c.PortName)
}

// isHeadless reports whether a Service has no address of its own: its name leads to the pods themselves.
func isHeadless(service manifest.Object) bool {
	return service.Service.Spec.ClusterIP == corev1.ClusterIPNone
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
