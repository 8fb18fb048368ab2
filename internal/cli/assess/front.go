package assess

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// findFront returns the container and the number of the port through which people reach the chatbot, if a Service leads to another
// container of the pod and none to the chatbot's own: a proxy such as oauth2-proxy or nginx calls the chatbot on localhost. The sidecar has
// to be before the proxy then. A port for metrics is none through which people reach it.
func (c *Chatbot) findFront() (*corev1.Container, int32) {
	var front *corev1.Container
	var number int32
	for _, service := range c.Services {
		for _, p := range service.Service.Spec.Ports {
			if c.leadsToOwn(p) {
				return nil, 0
			}
			if front == nil && isTCP(p.Protocol) && !isForMetrics(p.Name) && !isForMetrics(p.TargetPort.StrVal) {
				front, number = c.findOtherContainer(p)
			}
		}
	}
	return front, number
}

// leadsToOwn reports whether a port of a Service leads to a port of the chatbot's container, as far as the manifest tells: to one that the
// container lists, or to a number that is usual for the product.
func (c *Chatbot) leadsToOwn(p corev1.ServicePort) bool {
	for _, usual := range c.listUsualPorts() {
		if targetNumber(p) == usual {
			return true
		}
	}
	return leadsTo(p, c.Container) != 0
}

// findOtherContainer returns the container besides the chatbot's that lists the port to which a port of a Service leads, and its number;
// nil if none does.
func (c *Chatbot) findOtherContainer(p corev1.ServicePort) (*corev1.Container, int32) {
	for i := range c.Workload.Pod.Spec.Containers {
		container := &c.Workload.Pod.Spec.Containers[i]
		if number := leadsTo(p, container); number != 0 && container.Name != c.Container.Name {
			return container, number
		}
	}
	return nil, 0
}

// leadsTo returns the number of the port of a container to which a port of a Service leads; 0 if the container lists none.
func leadsTo(p corev1.ServicePort, container *corev1.Container) int32 {
	number := targetNumber(p)
	for _, listed := range container.Ports {
		isTarget := listed.ContainerPort == number || number == 0 && listed.Name == p.TargetPort.StrVal
		if isTCP(listed.Protocol) && isTarget {
			return listed.ContainerPort
		}
	}
	return 0
}

// isForMetrics reports whether a port with the name is one for monitoring.
func isForMetrics(name string) bool {
	return strings.Contains(name, "metric") || strings.Contains(name, "prom")
}

// portContainer returns the container with the port on which people reach the chatbot.
func (c Chatbot) portContainer() *corev1.Container {
	if c.front != nil {
		return c.front
	}
	return c.Container
}
