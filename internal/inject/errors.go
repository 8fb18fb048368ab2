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

// SharedPortError reports that several containers of the pod have a port with the name of one port of spec.ports. It is then undefined
// which container people reach.
type SharedPortError struct {
	// Declaration is `namespace/name` of the ChatbotDeployment.
	Declaration string
	// Port is the name in spec.ports.
	Port string
	// Containers are the names of the containers that have a port with this name, in the order of the pod.
	Containers []string
}

// Error names the declaration, the port and every container.
func (e *SharedPortError) Error() string {
	return fmt.Sprintf("port %q of ChatbotDeployment %q is in several containers (%s): only one may have it",
		e.Port, e.Declaration, strings.Join(e.Containers, ", "))
}

// PortNamesError reports that the container ports for one port of spec.ports have several names, or a name that is reserved for ports that
// the sidecar takes over. It is then undefined under which name people reach the port.
type PortNamesError struct {
	// Declaration is `namespace/name` of the ChatbotDeployment.
	Declaration string
	// Port is the name in spec.ports, or for a number the name that contract.PortName makes of it, such as `port-8080`.
	Port string
	// Names are the names of the container ports, each with its container, in the order of the pod: `"web" in container "app"`.
	Names []string
}

// newPortNamesError returns the error for a port of the declaration; found are the container ports that have its name or number.
func newPortNamesError(declaration, port string, found []appPort) *PortNamesError {
	named := &PortNamesError{Declaration: declaration, Port: port}
	for _, p := range found {
		if p.port.Name != "" {
			named.Names = append(named.Names, fmt.Sprintf("%q in container %q", p.port.Name, p.container))
		}
	}
	return named
}

// Error names the declaration, the port, and every name with its container.
func (e *PortNamesError) Error() string {
	return fmt.Sprintf("port %q of ChatbotDeployment %q has the name %s: give it one name that does not begin with %q",
		e.Port, e.Declaration, strings.Join(e.Names, " and "), contract.Sidecar)
}

// newSharedPortError returns the error for a port that the declaration names; found are the container ports that the name leads to. It is a
// *SharedPortError if all have this name. If one has another name, the container port stands for the same number, and its two names are
// the fault: then it is a *PortNamesError.
func newSharedPortError(declaration, port string, found []appPort) error {
	shared := &SharedPortError{Declaration: declaration, Port: port}
	for _, p := range found {
		if p.port.Name != port {
			return newPortNamesError(declaration, port, found)
		}
		shared.Containers = append(shared.Containers, p.container)
	}
	return shared
}
