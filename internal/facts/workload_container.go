package facts

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// Container is what the rules read of one container.
type Container struct {
	// Field is the JSON path of the container, for example `spec.containers[0]`.
	Field string `json:"field"`
	Image string `json:"image"`
	// RunAsUser and RunAsNonRoot are the effective settings: the container's, or the pod's where the container has none. They are nil when
	// neither sets them.
	RunAsUser    *int64 `json:"runAsUser,omitempty"`
	RunAsNonRoot *bool  `json:"runAsNonRoot,omitempty"`
}

// addContainers adds the facts of all init, regular and ephemeral containers except the sidecar, whose facts come from NewSidecar.
func (f *Workload) addContainers(in WorkloadInput) {
	spec := &in.Pod.Spec
	for i := range spec.InitContainers {
		if i != f.Sidecar.Index {
			field := "spec.initContainers[" + strconv.Itoa(f.Sidecar.toManifestIndex(i)) + "]"
			f.addContainer(in, field, &spec.InitContainers[i])
			f.addMissingResources(in, field, &spec.InitContainers[i])
		}
	}
	for i := range spec.Containers {
		f.addContainer(in, "spec.containers["+strconv.Itoa(i)+"]", &spec.Containers[i])
		f.addMissingResources(in, "spec.containers["+strconv.Itoa(i)+"]", &spec.Containers[i])
	}
	for i := range spec.EphemeralContainers {
		// Kubernetes does not allow ephemeral containers to have resources, so none are missing.
		c := corev1.Container(spec.EphemeralContainers[i].EphemeralContainerCommon)
		field := "spec.ephemeralContainers[" + strconv.Itoa(i) + "]"
		f.addContainer(in, field, &c)
		// Ephemeral has only new containers, because a rule is against adding them; the API cannot remove existing ones.
		if !slices.Contains(in.ExistingEphemeral, c.Name) {
			f.Ephemeral = append(f.Ephemeral, NamedField{Field: field, Name: c.Name})
		}
	}
}

// toManifestIndex returns the index in the user's manifest of the init container that has this index in the pod: one less if injection has
// put the sidecar in front. A sidecar that is not the first, or that differs from the template, is from the manifest itself.
func (s *Sidecar) toManifestIndex(index int) int {
	if s.Index == 0 && len(s.Differences) == 0 {
		return index - 1
	}
	return index
}

// addContainer adds the facts of the container at the JSON path field, except its missing resources.
func (f *Workload) addContainer(in WorkloadInput, field string, c *corev1.Container) {
	f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: field, Name: c.Name})
	f.addPorts(field+".ports", c.Ports)
	for i := range c.VolumeMounts {
		f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: field + ".volumeMounts", Name: c.VolumeMounts[i].Name})
	}
	for i := range c.VolumeDevices {
		f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: field + ".volumeDevices", Name: c.VolumeDevices[i].Name})
	}
	f.addModelURLs(in, field, c)
	f.addConfiguredURLs(in, field, c)
	f.addLiterals(field, c)
	f.addSecurity(field+".securityContext", in.Pod.Spec.SecurityContext, c.SecurityContext)
	f.addConfinement(field+".securityContext", in.Pod.Spec.SecurityContext, c.SecurityContext)
	f.addProbeHosts(field, c)
	facts := Container{Field: field, Image: c.Image}
	facts.RunAsUser, facts.RunAsNonRoot = resolveUser(in.Pod.Spec.SecurityContext, c.SecurityContext)
	f.Containers = append(f.Containers, facts)
}

// addPorts adds the container ports in the list at the JSON path field.
func (f *Workload) addPorts(field string, ports []corev1.ContainerPort) {
	for _, p := range ports {
		f.Ports = append(f.Ports, NumberField{Field: field, Number: p.ContainerPort})
		if p.HostPort != 0 {
			f.HostPorts = append(f.HostPorts, NumberField{Field: field + "[].hostPort", Number: p.HostPort})
		}
		if p.Name == "" {
			if isTCP(p) {
				f.UnnamedPorts = append(f.UnnamedPorts, p.ContainerPort)
			}
			continue
		}
		f.PortNames = append(f.PortNames, p.Name)
		// The names in AppPorts come from injection, not from the author of the pod.
		if !slices.Contains(f.Sidecar.AppPorts, p.Name) {
			f.NamesFromAuthor = append(f.NamesFromAuthor, NamedField{Field: field, Name: p.Name})
		}
	}
}

// addSecurity adds the privileges of a container whose security context is at the JSON path field. As in Kubernetes, fields of the
// container override those of the pod.
func (f *Workload) addSecurity(field string, pod *corev1.PodSecurityContext, container *corev1.SecurityContext) {
	hostProcess := pod != nil && isHostProcess(pod.WindowsOptions, false)
	if container != nil {
		hostProcess = isHostProcess(container.WindowsOptions, hostProcess)
		if container.Privileged != nil && *container.Privileged {
			f.Privileged = append(f.Privileged, field+".privileged")
		}
		if container.Capabilities != nil && len(container.Capabilities.Add) > 0 {
			added := ListField{Field: field + ".capabilities.add"}
			for _, capability := range container.Capabilities.Add {
				added.Words = append(added.Words, string(capability))
			}
			f.AddedCapabilities = append(f.AddedCapabilities, added)
		}
	}
	if hostProcess {
		f.HostProcess = append(f.HostProcess, field+".windowsOptions.hostProcess")
	}
}

// isHostProcess returns the hostProcess option, or the inherited value if the option is not set.
func isHostProcess(options *corev1.WindowsSecurityContextOptions, inherited bool) bool {
	if options == nil || options.HostProcess == nil {
		return inherited
	}
	return *options.HostProcess
}

// resolveUser returns the effective runAsUser and runAsNonRoot of a container: its own, or else the pod's; nil if neither sets them.
func resolveUser(pod *corev1.PodSecurityContext, container *corev1.SecurityContext) (runAsUser *int64, runAsNonRoot *bool) {
	if pod != nil {
		runAsUser, runAsNonRoot = pod.RunAsUser, pod.RunAsNonRoot
	}
	if container != nil && container.RunAsUser != nil {
		runAsUser = container.RunAsUser
	}
	if container != nil && container.RunAsNonRoot != nil {
		runAsNonRoot = container.RunAsNonRoot
	}
	return runAsUser, runAsNonRoot
}

// addMissingResources adds the required resources that neither the container nor the pod sets. The required resources are a request for
// CPU, a request for memory and a limit of memory. A limit counts as a request too, because the API server uses it as the default of the
// request.
func (f *Workload) addMissingResources(in WorkloadInput, field string, c *corev1.Container) {
	podResources := in.Pod.Spec.Resources
	if podResources == nil {
		podResources = &corev1.ResourceRequirements{}
	}
	var missing []string
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if !hasResource(name, c.Resources.Requests, c.Resources.Limits, podResources.Requests, podResources.Limits) {
			missing = append(missing, "requests."+string(name))
		}
	}
	if !hasResource(corev1.ResourceMemory, c.Resources.Limits, podResources.Limits) {
		missing = append(missing, "limits."+string(corev1.ResourceMemory))
	}
	if len(missing) > 0 {
		f.MissingResources = append(f.MissingResources, ListField{Field: field + ".resources", Words: missing})
	}
}

// hasResource reports whether one of the lists has the resource.
func hasResource(name corev1.ResourceName, lists ...corev1.ResourceList) bool {
	for _, list := range lists {
		if _, ok := list[name]; ok {
			return true
		}
	}
	return false
}
