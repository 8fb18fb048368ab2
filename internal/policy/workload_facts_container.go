package policy

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// ContainerFacts is what the rules read of one container. Security settings are the effective ones: the container's, or
// where it is silent the pod's.
type ContainerFacts struct {
	// Field is the JSON path of the container, for example `spec.containers[0]`.
	Field string
	Name  string
	Image string
	// PortNames and Ports are its container ports; HostPorts those of the host that lead to it.
	PortNames []string
	Ports     []int32
	HostPorts []int32
	// Mounts are the names of the volumes that it mounts.
	Mounts            []string
	Privileged        bool
	HostProcess       bool
	AddedCapabilities []string
	// RunAsUser and RunAsNonRoot are nil when neither the container nor the pod sets them.
	RunAsUser    *int64
	RunAsNonRoot *bool
	// Literals are the names of the environment variables with a literal, non-empty value.
	Literals []string
	// ModelURLs are the environment variables that hold the base URL of a model.
	ModelURLs []ModelURL
	// MissingResources are the requests and limits that are not set, for example `requests.cpu`.
	MissingResources []string
}

// ModelURL is one environment variable that holds the base URL of a model; Value is empty when it has no literal value.
type ModelURL struct {
	Name, Value string
}

// containerFacts visits every kind of container: init, regular, ephemeral. The sidecar itself is compared with its template
// instead.
func containerFacts(in WorkloadInput) []ContainerFacts {
	spec := &in.Pod.Spec
	all := make([]ContainerFacts, 0, len(spec.InitContainers)+len(spec.Containers)+len(spec.EphemeralContainers))
	sidecar := sidecarIndex(in)
	for i := range spec.InitContainers {
		if i != sidecar {
			all = append(all, oneContainer(in, "spec.initContainers["+strconv.Itoa(i)+"]", &spec.InitContainers[i]))
		}
	}
	for i := range spec.Containers {
		all = append(all, oneContainer(in, "spec.containers["+strconv.Itoa(i)+"]", &spec.Containers[i]))
	}
	for i := range spec.EphemeralContainers {
		c := corev1.Container(spec.EphemeralContainers[i].EphemeralContainerCommon)
		facts := oneContainer(in, "spec.ephemeralContainers["+strconv.Itoa(i)+"]", &c)
		facts.MissingResources = nil // The API allows none on ephemeral containers.
		all = append(all, facts)
	}
	return all
}

func oneContainer(in WorkloadInput, field string, c *corev1.Container) ContainerFacts {
	facts := ContainerFacts{Field: field, Name: c.Name, Image: c.Image}
	for _, p := range c.Ports {
		if p.Name != "" {
			facts.PortNames = append(facts.PortNames, p.Name)
		}
		facts.Ports = append(facts.Ports, p.ContainerPort)
		if p.HostPort != 0 {
			facts.HostPorts = append(facts.HostPorts, p.HostPort)
		}
	}
	for i := range c.VolumeMounts {
		facts.Mounts = append(facts.Mounts, c.VolumeMounts[i].Name)
	}
	for i := range c.VolumeDevices {
		facts.Mounts = append(facts.Mounts, c.VolumeDevices[i].Name)
	}
	environment(&facts, c.Env, in.Sidecar.ModelURLVariables)
	security(&facts, in.Pod.Spec.SecurityContext, c.SecurityContext)
	facts.MissingResources = missingResources(c.Resources, in.Pod.Spec.Resources)
	return facts
}

func environment(facts *ContainerFacts, env []corev1.EnvVar, modelURLs []string) {
	for i := range env {
		if env[i].Value != "" {
			facts.Literals = append(facts.Literals, env[i].Name)
		}
		if slices.Contains(modelURLs, env[i].Name) {
			facts.ModelURLs = append(facts.ModelURLs, ModelURL{Name: env[i].Name, Value: env[i].Value})
		}
	}
}

// security combines the two contexts as Kubernetes does: what the container sets wins, field by field.
func security(facts *ContainerFacts, pod *corev1.PodSecurityContext, container *corev1.SecurityContext) {
	if pod != nil {
		facts.RunAsUser, facts.RunAsNonRoot = pod.RunAsUser, pod.RunAsNonRoot
		facts.HostProcess = hostProcess(pod.WindowsOptions, false)
	}
	if container == nil {
		return
	}
	if container.RunAsUser != nil {
		facts.RunAsUser = container.RunAsUser
	}
	if container.RunAsNonRoot != nil {
		facts.RunAsNonRoot = container.RunAsNonRoot
	}
	facts.HostProcess = hostProcess(container.WindowsOptions, facts.HostProcess)
	facts.Privileged = container.Privileged != nil && *container.Privileged
	if container.Capabilities != nil {
		for _, capability := range container.Capabilities.Add {
			facts.AddedCapabilities = append(facts.AddedCapabilities, string(capability))
		}
	}
}

func hostProcess(options *corev1.WindowsSecurityContextOptions, inherited bool) bool {
	if options == nil || options.HostProcess == nil {
		return inherited
	}
	return *options.HostProcess
}

// missingResources names the requests (cpu, memory) and the limit (memory) that neither the container nor the pod sets. A
// limit stands for the request of the same resource, as the API server defaults it.
func missingResources(container corev1.ResourceRequirements, pod *corev1.ResourceRequirements) []string {
	if pod == nil {
		pod = &corev1.ResourceRequirements{}
	}
	var missing []string
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if !has(name, container.Requests, container.Limits, pod.Requests, pod.Limits) {
			missing = append(missing, "requests."+string(name))
		}
	}
	if !has(corev1.ResourceMemory, container.Limits, pod.Limits) {
		missing = append(missing, "limits."+string(corev1.ResourceMemory))
	}
	return missing
}

func has(name corev1.ResourceName, lists ...corev1.ResourceList) bool {
	return slices.ContainsFunc(lists, func(list corev1.ResourceList) bool {
		_, ok := list[name]
		return ok
	})
}
