package inject

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// takeOverNumber takes over the port spec.ports[i], which is declared by number. The found container ports have this number, and may be
// none: an app can listen on a port that its container does not list. takeOverNumber renames the first of them to TakenPortName(i) and
// takes the name from the others, so that only the sidecar has the name to which Services refer (findOwnName). It replaces the old name in
// probes and lifecycle hooks by the number. It changes nothing and returns false if the found ports have several names, or one that is
// reserved.
func takeOverNumber(pod *corev1.Pod, found []appPort, i int) bool {
	names := listOwnNames(found, i)
	if len(names) > 1 || slices.ContainsFunc(names, isReserved) {
		return false
	}
	for n := range found {
		found[n].port.Name = ""
	}
	if len(found) > 0 {
		found[0].port.Name = TakenPortName(i)
	}
	for _, name := range names { // At most one, which a found port had.
		rewriteReferences(pod, name, found[0].port.ContainerPort)
	}
	return true
}

// findOwnName returns the name that the sidecar's port for spec.ports[i] must have: the name of the app's port if the author of the pod
// gave it one, or else the fallback. Injection moves the name to the sidecar, so after injection it is the name that the sidecar's port
// has. A later change of that name changes which Services find the sidecar, but none of them leads to the app.
func findOwnName(pod *corev1.Pod, found []appPort, i int, fallback string) string {
	if names := listOwnNames(found, i); len(names) == 1 && !isReserved(names[0]) {
		return names[0]
	}
	for c := range slices.Values(pod.Spec.InitContainers) {
		for _, p := range c.Ports {
			if c.Name == contract.Sidecar && p.ContainerPort == IngressPort(i) && p.Name != "" && !isReserved(p.Name) {
				return p.Name
			}
		}
	}
	return fallback
}

// listOwnNames returns the distinct names that the author of the pod gave to the app's ports for spec.ports[i], sorted.
func listOwnNames(found []appPort, i int) []string {
	var names []string
	for _, p := range found {
		if p.port.Name != "" && p.port.Name != TakenPortName(i) {
			names = append(names, p.port.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isReserved reports whether a name of a port belongs to the sidecar or to injection.
func isReserved(name string) bool { return strings.HasPrefix(name, contract.Sidecar) }
