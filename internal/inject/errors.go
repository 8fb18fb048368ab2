package inject

import (
	"fmt"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// ForeignSidecarError reports a container that has the sidecar's name and is not the sidecar. Injection leaves such a pod
// unchanged, and the policy refuses it.
type ForeignSidecarError struct {
	// Pod is the pod's name, or its generateName.
	Pod string
	// Field is the JSON path of the container, or of its first field that differs from the sidecar.
	Field string
}

// Error names the pod, the container and the field.
func (e *ForeignSidecarError) Error() string {
	return fmt.Sprintf("pod %q has a container named %q that is not the governance sidecar (%s): rename it", e.Pod, contract.Sidecar, e.Field)
}

// UnknownPortError reports a port of spec.ports that no container of the pod has. The policy refuses such a pod.
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

// SharedPortError reports that several container ports of the pod have the name of one port of spec.ports, or that those with its number
// have several names or a reserved one. It is then undefined which container or which name people reach.
type SharedPortError struct {
	// Declaration is `namespace/name` of the ChatbotDeployment.
	Declaration string
	// Port is the name in spec.ports.
	Port string
	// Containers are the names of the containers that have a port with this name, in the order of the pod.
	Containers []string
}

// newSharedPortError returns the error for a port of the declaration; found are the container ports that have its name or number.
func newSharedPortError(declaration, port string, found []appPort) *SharedPortError {
	shared := &SharedPortError{Declaration: declaration, Port: port}
	for _, p := range found {
		shared.Containers = append(shared.Containers, p.container)
	}
	return shared
}

// Error names the declaration, the port and every container.
func (e *SharedPortError) Error() string {
	return fmt.Sprintf("port %q of ChatbotDeployment %q is in several containers (%s): only one may have it",
		e.Port, e.Declaration, strings.Join(e.Containers, ", "))
}
