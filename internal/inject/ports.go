package inject

import (
	"errors"
	"iter"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// appPort is a container port of the app.
type appPort struct {
	// container is the name of the container.
	container string
	// port points into the pod, so that changes of it change the pod.
	port *corev1.ContainerPort
}

// iterateContainers yields the init containers and then the containers of the pod, without the sidecar. Changes of a yielded container
// change the pod.
func iterateContainers(pod *corev1.Pod) iter.Seq[*corev1.Container] {
	return func(yield func(*corev1.Container) bool) {
		for i := range pod.Spec.InitContainers {
			if c := &pod.Spec.InitContainers[i]; c.Name != contract.Sidecar && !yield(c) {
				return
			}
		}
		for i := range pod.Spec.Containers {
			if c := &pod.Spec.Containers[i]; c.Name != contract.Sidecar && !yield(c) {
				return
			}
		}
	}
}

// findAppPorts returns the app's container ports for the declared port spec.ports[i]. Before injection such a port has the declared name or
// number, after injection the name TakenPortName(i) or the declared number. Services match named ports by protocol, and chats use TCP, so
// ports of other protocols do not count.
func findAppPorts(pod *corev1.Pod, declared v1alpha1.ChatPort, i int) []appPort {
	isDeclared := func(p *corev1.ContainerPort) bool { return p.Name == declared.Name || p.Name == TakenPortName(i) }
	if declared.Port != 0 {
		isDeclared = func(p *corev1.ContainerPort) bool { return p.ContainerPort == declared.Port }
	}
	var found []appPort
	for c := range iterateContainers(pod) {
		for j := range c.Ports {
			p := &c.Ports[j]
			isTCP := p.Protocol == corev1.ProtocolTCP || p.Protocol == ""
			if isTCP && isDeclared(p) {
				found = append(found, appPort{container: c.Name, port: p})
			}
		}
	}
	return found
}

// takeOverPorts renames the app's ports that spec.ports declares, so that only the sidecar has the names to which Services refer. It
// replaces the old names in probes and lifecycle hooks by numbers. The error joins an *UnknownPortError, a *SharedPortError or a
// *PortNamesError for each declared port that it does not take over.
func takeOverPorts(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment) error {
	var problems []error
	chatbot := declaration.Namespace + "/" + declaration.Name
	for i, declared := range declaration.Spec.Ports {
		found := findAppPorts(pod, declared, i)
		switch {
		case declared.Port != 0:
			if !takeOverNumber(pod, found, i) {
				problems = append(problems, newPortNamesError(chatbot, contract.PortName(declared.Name, declared.Port), found))
			}
		case len(found) == 0:
			problems = append(problems, &UnknownPortError{Declaration: chatbot, Port: declared.Name})
		case len(found) == 1:
			found[0].port.Name = TakenPortName(i)
			rewriteReferences(pod, declared.Name, found[0].port.ContainerPort)
		default:
			problems = append(problems, newSharedPortError(chatbot, declared.Name, found))
		}
	}
	return errors.Join(problems...)
}

// rewriteReferences replaces the name of a port by its number in the probes and lifecycle hooks of the app, because the kubelet no longer
// finds the port by name. gRPC probes have only numbers.
func rewriteReferences(pod *corev1.Pod, name string, number int32) {
	for c := range iterateContainers(pod) {
		for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if p != nil {
				rewriteHandler(p.HTTPGet, p.TCPSocket, name, number)
			}
		}
		if c.Lifecycle == nil {
			continue
		}
		for _, h := range []*corev1.LifecycleHandler{c.Lifecycle.PostStart, c.Lifecycle.PreStop} {
			if h != nil {
				rewriteHandler(h.HTTPGet, h.TCPSocket, name, number)
			}
		}
	}
}

// rewriteHandler replaces the name of a port by its number in get and socket, the actions of one probe or hook. Either may be nil.
func rewriteHandler(get *corev1.HTTPGetAction, socket *corev1.TCPSocketAction, name string, number int32) {
	if get != nil && get.Port.Type == intstr.String && get.Port.StrVal == name {
		get.Port = intstr.FromInt32(number)
	}
	if socket != nil && socket.Port.Type == intstr.String && socket.Port.StrVal == name {
		socket.Port = intstr.FromInt32(number)
	}
}
