package facts

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// isTCP reports whether the protocol of the container port is TCP, the default.
func isTCP(port corev1.ContainerPort) bool {
	return port.Protocol == corev1.ProtocolTCP || port.Protocol == ""
}

// newNumberedPort returns what the rules read of a port that is declared by number. appPort is the name that injection gives to the app's
// port. The sidecar took the port over if it has a port for it, with a name that no port of the app has, and if every port of the app with
// the number has the name appPort or none.
func newNumberedPort(in WorkloadInput, facts *Workload, number int32, appPort string) Port {
	port := Port{Name: contract.PortName("", number), AppExposes: true}
	sidecar := findSidecar(in)
	if sidecar < 0 {
		return port
	}
	isOther := func(p corev1.ContainerPort) bool {
		return isTCP(p) && p.ContainerPort == number && p.Name != "" && p.Name != appPort
	}
	// The ports of the sidecar have other numbers, so it need not be left out.
	for _, containers := range [][]corev1.Container{in.Pod.Spec.InitContainers, in.Pod.Spec.Containers} {
		if slices.ContainsFunc(containers, func(c corev1.Container) bool { return slices.ContainsFunc(c.Ports, isOther) }) {
			return port
		}
	}
	port.SidecarTookOver = slices.ContainsFunc(in.Pod.Spec.InitContainers[sidecar].Ports, func(p corev1.ContainerPort) bool {
		return p.ContainerPort == in.Sidecar.Ports[port.Name] && p.Name != "" && !slices.Contains(facts.PortNames, p.Name)
	})
	return port
}
