package inject

import (
	"fmt"
	"strings"
)

// ForeignSidecarError says that a pod brings a container with the sidecar's name that is not the sidecar. Such a pod is left
// alone, and the policy refuses it.
type ForeignSidecarError struct {
	// Pod is the pod's name, or its generateName.
	Pod string
}

// Error names the pod and the container.
func (e *ForeignSidecarError) Error() string {
	return fmt.Sprintf("pod %q has a container named %q that is not the governance sidecar: rename it", e.Pod, ContainerName)
}

// UnknownPortError says that no container of the pod has a governed port. The policy refuses such a pod.
type UnknownPortError struct {
	// Declaration is `namespace/name` of the ChatbotDeployment.
	Declaration string
	// Port is the name in spec.ports.
	Port string
}

// Error names the declaration and the port.
func (e *UnknownPortError) Error() string {
	return fmt.Sprintf("spec.ports of ChatbotDeployment %q names port %q, which no container of the pod has over TCP",
		e.Declaration, e.Port)
}

// SharedPortError says that more than one container port of the pod has the name of a governed port, so that nobody can say
// which one people reach.
type SharedPortError struct {
	// Declaration is `namespace/name` of the ChatbotDeployment.
	Declaration string
	// Port is the name in spec.ports.
	Port string
	// Containers are the names of the containers that have it, in the order of the pod.
	Containers []string
}

// Error names the declaration, the port and every container.
func (e *SharedPortError) Error() string {
	return fmt.Sprintf("port %q of ChatbotDeployment %q is in several containers (%s): only one may have it",
		e.Port, e.Declaration, strings.Join(e.Containers, ", "))
}
