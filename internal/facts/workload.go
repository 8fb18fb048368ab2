package facts

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Workload holds what the workload rules read: fields of the pod, of all containers except the sidecar. Each thing that a compliant
// pod must not have is in a list of its own, which is empty for a compliant pod. The rules decide; this package only compares the
// sidecar with its template, because Rego cannot. It includes the values of model URLs only, not of other environment variables.
type Workload struct {
	// Terms are the terms of the declaration. If there is no decision about the declaration, they hold only its spec.enforcement.
	Terms policy.Terms `json:"-"`
	// Declaration is nil when no declaration governs the pod.
	Declaration *Declaration `json:"declaration,omitempty"`
	Pod         Pod          `json:"-"`
	Sidecar     Sidecar      `json:"sidecar"`
	// BreakGlass is true if the user has break-glass access to the declaration.
	BreakGlass bool `json:"breakGlass,omitempty"`
	// Containers are all containers except the sidecar.
	Containers []Container `json:"containers"`
	// Ephemeral are the ephemeral containers that the pod does not have yet.
	Ephemeral []NamedField `json:"ephemeral,omitempty"`
	// Names are the names of containers, ports, volumes, volume mounts and volume devices, without the port names that injection sets and
	// the volumes of the sidecar. None of them may begin with the reserved prefix.
	Names []NamedField `json:"names,omitempty"`
	// PortNames are the names of the container ports, Ports their numbers, and HostPorts their host ports.
	PortNames []string      `json:"portNames,omitempty"`
	Ports     []NumberField `json:"ports,omitempty"`
	HostPorts []NumberField `json:"hostPorts,omitempty"`
	// Privileged and HostProcess are the fields that are true (privileged containers, Windows HostProcess containers).
	Privileged  []string `json:"privileged,omitempty"`
	HostProcess []string `json:"hostProcess,omitempty"`
	// AddedCapabilities are the lists of capabilities that containers add.
	AddedCapabilities []ListField `json:"addedCapabilities,omitempty"`
	// MissingResources are the requests and limits that are not set, for example `requests.cpu`, by container.
	MissingResources []ListField `json:"missingResources,omitempty"`
	// Literals are the names of the environment variables with a literal, non-empty value.
	Literals []NamedField `json:"literals,omitempty"`
	// ModelURLs are the environment variables that hold the base URL of a model.
	ModelURLs []ModelURL `json:"modelURLs,omitempty"`
}

// NamedField is a field of the object and the name in it.
type NamedField struct {
	Field string `json:"field"`
	Name  string `json:"name"`
}

// NumberField is a field of the object and the number in it.
type NumberField struct {
	Field  string `json:"field"`
	Number int32  `json:"number"`
}

// ListField is a field of the object and words that it contains or lacks.
type ListField struct {
	Field string   `json:"field"`
	Words []string `json:"words"`
}

// ModelURL is an environment variable with the base URL of a model. Value is empty when the variable has no literal value.
type ModelURL struct {
	Field string `json:"field"`
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// Declaration holds what the workload rules read of the declaration.
type Declaration struct {
	Name string `json:"name"`
	// Ports are in the order of spec.ports.
	Ports []Port `json:"ports"`
	// Regions are spec.residency.regions; empty when not declared.
	Regions []string `json:"regions,omitempty"`
}

// Port states which containers of the pod expose a port of spec.ports.
type Port struct {
	Name string `json:"name"`
	// HasApp is true if a container other than the sidecar exposes the port, under its declared name or under the name that injection gives
	// it.
	HasApp bool `json:"app"`
	// IsTaken is true if only the sidecar exposes the declared name, with the number of its own port.
	IsTaken bool `json:"taken"`
}

// Pod holds what the rules read of the pod as a whole.
type Pod struct {
	// Chatbot is the value of the label chaperone.dev/chatbot; Claims is true when the pod has the label.
	Chatbot string `json:"-"`
	Claims  bool   `json:"-"`
	// Selected is true if the declaration's selector matches the pod's labels.
	Selected bool `json:"selected"`
	// Labels and Annotations are the keys with the prefix chaperone.dev/.
	Labels      []string `json:"labels,omitempty"`
	Annotations []string `json:"annotations,omitempty"`
	// HostNetwork and the three after it are the fields of the pod's spec with the same names.
	HostNetwork           bool `json:"hostNetwork,omitempty"`
	HostPID               bool `json:"hostPID,omitempty"`
	HostIPC               bool `json:"hostIPC,omitempty"`
	ShareProcessNamespace bool `json:"shareProcessNamespace,omitempty"`
	// HostPaths are the names of hostPath volumes.
	HostPaths []NamedField `json:"hostPaths,omitempty"`
	// Tokens are the fields that give the pod a service-account token for which it did not ask.
	Tokens []NamedField `json:"tokens,omitempty"`
	// NodeSelectorRegion is the region in spec.nodeSelector; empty when there is none.
	NodeSelectorRegion string `json:"nodeSelectorRegion,omitempty"`
	// RegionTerms lists the required node-affinity terms. A term is a list of In expressions on the region label; each expression is its
	// list of values.
	RegionTerms [][][]string `json:"regionTerms,omitempty"`
}

// Sidecar tells how the pod's sidecar differs from the SidecarTemplate, the sidecar that the pod must have.
type Sidecar struct {
	// Name is the name of the sidecar container.
	Name string `json:"name"`
	// Present is true if the pod has an init container of that name, at position Index.
	Present bool `json:"present"`
	Index   int  `json:"index"`
	// Differs lists the parts that differ from the template, sorted; empty when equal.
	Differs []string `json:"differs,omitempty"`
	// UserID is the UID of the sidecar in the template.
	UserID int64 `json:"user"`
	// Upstreams are the URLs of the declared processors at the sidecar, each with a slash at the end.
	Upstreams []string `json:"upstreams"`
	// AppPorts are the names that injection gives to the app's ports, in the order of spec.ports.
	AppPorts []string `json:"appPorts"`
}

// NewWorkload reads the pod and the declaration and changes neither. Pod must not be nil.
func NewWorkload(in WorkloadInput) Workload {
	facts := Workload{Pod: newPod(in), Sidecar: NewSidecar(in), BreakGlass: in.BreakGlass}
	facts.addContainers(in)
	facts.addVolumes(in)
	if in.Declaration != nil {
		facts.Terms = in.Verdict.Terms
		facts.Terms.Enforcement = cmp.Or(facts.Terms.Enforcement, string(in.Declaration.Spec.Enforcement))
		facts.Declaration = newDeclaration(in, &facts)
	}
	return facts
}

// newDeclaration reads the declaration and compares its ports with those of the pod. Injection moves the name of a declared port to the
// sidecar and gives the app's port another name (Sidecar.AppPorts).
func newDeclaration(in WorkloadInput, facts *Workload) *Declaration {
	spec := &in.Declaration.Spec
	d := &Declaration{Name: in.Declaration.Name, Ports: make([]Port, 0, len(spec.Ports))}
	for i, port := range spec.Ports {
		appPort := facts.Sidecar.AppPorts[i]
		appHasName := slices.Contains(facts.PortNames, port.Name)
		d.Ports = append(d.Ports, Port{
			Name:    port.Name,
			HasApp:  appHasName || slices.Contains(facts.PortNames, appPort),
			IsTaken: !appHasName && hasSidecarPort(in, port.Name),
		})
	}
	if spec.Residency != nil {
		for _, region := range spec.Residency.Regions {
			d.Regions = append(d.Regions, string(region))
		}
	}
	return d
}

// hasSidecarPort reports whether the sidecar exposes the port with its own number.
func hasSidecarPort(in WorkloadInput, port string) bool {
	index := findSidecar(in)
	if index < 0 {
		return false
	}
	for _, p := range in.Pod.Spec.InitContainers[index].Ports {
		if p.Name == port && p.ContainerPort == in.Sidecar.Ports[port] {
			return true
		}
	}
	return false
}

// newPod returns what the rules read of the pod as a whole, except HostPaths, which addVolumes adds.
func newPod(in WorkloadInput) Pod {
	pod := in.Pod
	facts := Pod{
		Labels:                filterOwnKeys(pod.Labels),
		Annotations:           filterOwnKeys(pod.Annotations),
		HostNetwork:           pod.Spec.HostNetwork,
		HostPID:               pod.Spec.HostPID,
		HostIPC:               pod.Spec.HostIPC,
		ShareProcessNamespace: pod.Spec.ShareProcessNamespace != nil && *pod.Spec.ShareProcessNamespace,
		NodeSelectorRegion:    pod.Spec.NodeSelector[corev1.LabelTopologyRegion],
		RegionTerms:           readRegionTerms(pod.Spec.Affinity),
		Tokens:                findTokens(pod),
	}
	facts.Chatbot, facts.Claims = pod.Labels[v1alpha1.LabelChatbot]
	facts.Selected = in.Selected
	return facts
}

// filterOwnKeys returns the keys with the prefix chaperone.dev/.
func filterOwnKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		if strings.HasPrefix(key, contract.KeyPrefix) {
			keys = append(keys, key)
		}
	}
	return keys
}
