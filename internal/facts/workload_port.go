package facts

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// appPort is a TCP port of a container of the app.
type appPort struct {
	// field is the JSON path of the port's name in the user's manifest (toManifestIndex): a finding asks to change the name.
	field     string
	container string
	port      corev1.ContainerPort
}

// listAppPorts returns the TCP ports of all init and regular containers except the sidecar. Ephemeral containers have none.
func listAppPorts(in WorkloadInput, sidecar *Sidecar) []appPort {
	var ports []appPort
	add := func(list string, containers []corev1.Container, toManifestIndex func(int) int) {
		for i := range containers {
			if containers[i].Name == in.Sidecar.Container.Name {
				continue
			}
			for j, p := range containers[i].Ports {
				if isTCP(p) {
					field := "spec." + list + "[" + strconv.Itoa(toManifestIndex(i)) + "].ports[" + strconv.Itoa(j) + "].name"
					ports = append(ports, appPort{field: field, container: containers[i].Name, port: p})
				}
			}
		}
	}
	add("initContainers", in.Pod.Spec.InitContainers, sidecar.toManifestIndex)
	add("containers", in.Pod.Spec.Containers, func(index int) int { return index })
	return ports
}

// addAppPorts adds the containers that expose the port, by its declared name or by the name that injection gives it, if there are several,
// which rules refuse. It also adds the other names of its number. Containers of a pod share one network, so a port of any container with the
// same number leads to the same program.
func (p *Port) addAppPorts(ports []appPort, declared, injected string) {
	isGoverned := func(name string) bool { return name == declared || name == injected }
	var numbers []int32
	var containers []string
	for _, port := range ports {
		if isGoverned(port.port.Name) {
			numbers = append(numbers, port.port.ContainerPort)
			containers = append(containers, port.container)
		}
	}
	// A container with several such ports counts once: it has the port under both names, and SidecarTookOver tells this.
	if containers = slices.Compact(containers); len(containers) > 1 {
		p.Containers = containers
	}
	for _, port := range ports {
		if slices.Contains(numbers, port.port.ContainerPort) && port.port.Name != "" && !isGoverned(port.port.Name) {
			p.OtherNames = append(p.OtherNames, NamedField{Field: port.field, Name: port.port.Name})
		}
	}
}

// listOtherPorts returns the app's ports that in.Declaration neither governs nor opens. A port has one entry, also if several containers list
// its number. While no container has the name of a declared port, there are none: any of the ports can be the one that still needs the name.
func listOtherPorts(in WorkloadInput, sidecar *Sidecar) []OtherPort {
	spec := &in.Declaration.Spec
	ports := listAppPorts(in, sidecar)
	var known []int32
	for i, declared := range spec.Ports {
		known = append(known, declared.Port)
		isGoverned := declared.Port != 0
		for _, p := range ports {
			if p.port.Name != "" && (p.port.Name == declared.Name || p.port.Name == sidecar.AppPorts[i]) {
				known, isGoverned = append(known, p.port.ContainerPort), true
			}
		}
		if !isGoverned {
			return nil
		}
	}
	for _, p := range ports {
		if slices.Contains(spec.OpenPorts, v1alpha1.PortName(p.port.Name)) {
			known = append(known, p.port.ContainerPort)
		}
	}
	var others []OtherPort
	for _, p := range ports {
		if number := p.port.ContainerPort; !slices.Contains(known, number) {
			known = append(known, number)
			others = append(others, OtherPort{NumberField{p.field, number}, p.port.Name})
		}
	}
	return others
}
