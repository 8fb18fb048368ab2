package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Workload holds what the workload rules read of a pod: its own fields, and those of all containers except the sidecar. The settings
// that the rules look for are collected in one list per setting (HostPorts, Privileged, …), so that most lists of a compliant pod are
// empty and a rule reads one list only. Sidecar holds the result of comparing the pod's sidecar with the SidecarTemplate, because Rego
// cannot compare Go structs. Values of environment variables may be secrets, so only the values of model URLs are included.
type Workload struct {
	// Terms determine the actions of findings about the pod. They come from the verdict about the declaration. If that verdict has no
	// enforcement, Terms.Enforcement is spec.enforcement of the declaration.
	Terms policy.Terms `json:"-"`
	// Declaration is nil when no declaration governs the pod.
	Declaration *Declaration `json:"declaration,omitempty"`
	Pod         Pod          `json:"-"`
	Sidecar     Sidecar      `json:"sidecar"`
	// BreakGlass is true if the user has break-glass access to the declaration.
	BreakGlass bool `json:"breakGlass,omitempty"`
	// Containers are all containers except the sidecar.
	Containers []Container `json:"containers"`
	// ImageVolumes are the references of the images whose files are volumes. An empty reference is that of no image.
	ImageVolumes []NamedField `json:"imageVolumes,omitempty"`
	// Ephemeral are the new ephemeral containers: those that the request adds to the pod.
	Ephemeral []NamedField `json:"ephemeral,omitempty"`
	// NamesFromAuthor are the names that the author of the pod chose for containers, ports, volumes, volume mounts and volume devices. None
	// of them may begin with the reserved prefix. Port names that injection sets and the volumes of the sidecar are not among them.
	NamesFromAuthor []NamedField `json:"names,omitempty"`
	// PortNames, Ports and HostPorts are the names, numbers and host ports of the container ports.
	PortNames []string      `json:"portNames,omitempty"`
	Ports     []NumberField `json:"ports,omitempty"`
	HostPorts []NumberField `json:"hostPorts,omitempty"`
	// UnnamedPorts are the numbers of the TCP container ports without a name.
	UnnamedPorts []int32 `json:"unnamedPorts,omitempty"`
	// Privileged and HostProcess are the JSON paths of the fields that make a container privileged or a Windows HostProcess container.
	Privileged  []string `json:"privileged,omitempty"`
	HostProcess []string `json:"hostProcess,omitempty"`
	// Networks are the networks besides that of the cluster to which annotations attach the pod (Multus).
	Networks []NamedField `json:"networks,omitempty"`
	// UnmaskedProc and UnconfinedSeccomp are the JSON paths of the fields that show a container all of /proc, and that switch seccomp off.
	UnmaskedProc      []string `json:"unmaskedProc,omitempty"`
	UnconfinedSeccomp []string `json:"unconfinedSeccomp,omitempty"`
	// ProbeHosts are the addresses that probes and lifecycle hooks make the kubelet call instead of the pod. The kubelet's own loopback is none
	// of them.
	ProbeHosts []NamedField `json:"probeHosts,omitempty"`
	// AddedCapabilities are the lists of capabilities that containers add.
	AddedCapabilities []ListField `json:"addedCapabilities,omitempty"`
	// MissingResources lists, for each container that lacks some, the required requests and limits that are not set, for example
	// `requests.cpu`.
	MissingResources []ListField `json:"missingResources,omitempty"`
	// LiteralVariables are the names of the environment variables and flags whose value is written in the pod and can be a credential.
	LiteralVariables []NamedField `json:"literals,omitempty"`
	// URLPasswords are the names of the environment variables and flags whose value is written in the pod and has a URL with a password. They
	// are not among LiteralVariables.
	URLPasswords []NamedField `json:"urlPasswords,omitempty"`
	// ModelURLs are the environment variables with which containers say where they call models (product.FindModelURLs), and the other texts
	// that have a URL of a declared processor, of the sidecar or of a host that serves models (product.FindTextURLs).
	ModelURLs []ModelURL `json:"modelURLs,omitempty"`
	// UnreadVariables are the Secrets, and the ConfigMaps whose data is not known, of which a container takes all variables, for example
	// `ConfigMap settings`: one of these may be the URL of the model that the declaration names. It is empty if a container states a URL itself.
	UnreadVariables []NamedField `json:"unreadVariables,omitempty"`
	// Addresses are the fields that say where a processor is that the app calls by HTTP, with the host of the processor.
	Addresses []NamedField `json:"addresses,omitempty"`
}

// NamedField is the JSON path of a field of the object, and the name that the field holds.
type NamedField struct {
	Field string `json:"field"`
	Name  string `json:"name"`
}

// NumberField is the JSON path of a field of the object, and the number that the field holds.
type NumberField struct {
	Field  string `json:"field"`
	Number int32  `json:"number"`
}

// ListField is the JSON path of a field of the object, and names that a finding shows: the capabilities that the field adds
// (Workload.AddedCapabilities), or the limits and requests that it lacks (Workload.MissingResources).
type ListField struct {
	Field string   `json:"field"`
	Words []string `json:"words"`
}

// ModelURL is one base URL of a model in an environment variable or an argument; a text with several URLs gives several facts.
type ModelURL struct {
	// Field is the JSON path of the text, for example `spec.containers[0].env[MODEL_URL].value`.
	Field string `json:"field"`
	// Value is the URL. It is empty if the pod does not state it, for example because it comes from a ConfigMap.
	Value string `json:"value,omitempty"`
	// Host is the host of the URL that is called, with its port; empty if it is not known. It has no user information, so that a finding can
	// show it.
	Host string `json:"host,omitempty"`
	// Source is set if the value comes from a ConfigMap whose data is known: `ConfigMap <name>`. Value is then empty.
	Source string `json:"source,omitempty"`
	// Credential is set if the container does not set the variable, so that the client calls Host, the default of its service. It is the name
	// of the variable with the credential, which tells the service.
	Credential string `json:"credential,omitempty"`
	// Unserved is set if Value is a URL of the sidecar for a declared processor, and no path that the sidecar serves for the processor
	// begins with the path of the URL, so that every call of the client would be refused.
	Unserved *UnservedPath `json:"unserved,omitempty"`
}

// UnservedPath says which paths the sidecar serves for a processor.
type UnservedPath struct {
	// Shape is the name of the processor's shape.
	Shape string `json:"shape"`
	// Paths are the paths of the shape, with the values of its parameters.
	Paths []string `json:"paths"`
}

// Declaration holds what the workload rules read of the declaration.
type Declaration struct {
	Name string `json:"name"`
	// Ports has one entry for each of spec.ports, in the same order.
	Ports []Port `json:"ports"`
	// OtherPorts are the TCP container ports of the app that are not behind the sidecar and that spec.openPorts does not name.
	OtherPorts []OtherPort `json:"otherPorts,omitempty"`
	// Regions are spec.residency.regions; empty when not declared.
	Regions []string `json:"regions,omitempty"`
}

// Port tells which containers of the pod expose a port of the declaration's spec.ports.
type Port struct {
	// Name is the declared name of the port, or the name of its number (contract.PortName).
	Name string `json:"name"`
	// AppExposes is true if a container of the app exposes the port, under the declared name or under the name that injection gives to
	// the app's port. It is true for a port that is declared by number, because containers need not list the ports on which they listen.
	AppExposes bool `json:"app"`
	// SidecarTookOver is true if the sidecar exposes the port with its own port number, and no container of the app has the name under which
	// the sidecar does.
	SidecarTookOver bool `json:"taken"`
	// Containers are the names of the app's containers that expose the port, in the order of the pod, if several do; else empty.
	Containers []string `json:"containers,omitempty"`
	// OtherNames are further names of the port's number, in any container of the app: Services can lead to the app by them.
	OtherNames []NamedField `json:"otherNames,omitempty"`
}

// OtherPort is a container port of the app that the NetworkPolicy closes under Deny.
type OtherPort struct {
	NumberField
	// Name is the name of the port; empty if it has none.
	Name string `json:"name,omitempty"`
}

// String returns the port for people: `9090 (metrics)`.
func (p OtherPort) String() string {
	if p.Name == "" {
		return strconv.Itoa(int(p.Number))
	}
	return fmt.Sprintf("%d (%s)", p.Number, p.Name)
}

// Pod holds what the rules read of the pod as a whole.
type Pod struct {
	// Chatbot is the value of the label chaperone.dev/chatbot. HasClaim is true if the pod has the label, even with an empty value.
	Chatbot  string `json:"-"`
	HasClaim bool   `json:"-"`
	// Selected is true if the declaration's selector matches the pod's labels.
	Selected bool `json:"selected"`
	// Labels and Annotations are the keys of the pod's labels and annotations that begin with chaperone.dev/.
	Labels      []string `json:"labels,omitempty"`
	Annotations []string `json:"annotations,omitempty"`
	// HostNetwork, HostPID, HostIPC and ShareProcessNamespace are these fields of the pod's spec; false when unset.
	HostNetwork           bool `json:"hostNetwork,omitempty"`
	HostPID               bool `json:"hostPID,omitempty"`
	HostIPC               bool `json:"hostIPC,omitempty"`
	ShareProcessNamespace bool `json:"shareProcessNamespace,omitempty"`
	// HostPaths are the hostPath volumes.
	HostPaths []HostPath `json:"hostPaths,omitempty"`
	// ServiceAccountTokens holds the first field that gives the pod a service-account token. Its Name is the value of the field, `unset`, or
	// the name of the volume. The list is empty if no field gives a token, or if an annotation of the pod asks for the token.
	ServiceAccountTokens []NamedField `json:"tokens,omitempty"`
	// NodeSelectorRegion is the region in spec.nodeSelector; empty when spec.nodeSelector names none.
	NodeSelectorRegion string `json:"nodeSelectorRegion,omitempty"`
	// RegionTerms has an entry for each required node-affinity term. The node must match one of the terms. An entry lists the regions of
	// each `In` expression of its term on the region label; the node must match all of these expressions.
	RegionTerms [][][]string `json:"regionTerms,omitempty"`
}

// HostPath is a hostPath volume.
type HostPath struct {
	NamedField
	// Path is the path on the node, without `.` and double slashes. It ends with a slash, so that the path of a folder is a prefix of the
	// paths in it.
	Path string `json:"path"`
	// Type is the kind of file that must be at the path; empty if any may be.
	Type string `json:"type,omitempty"`
	// ReadOnly is true if every container that mounts the volume does so with readOnly.
	ReadOnly bool `json:"readOnly,omitempty"`
}

// NewWorkload returns what the workload rules read of in.Pod, which must not be nil, and of in.Declaration. It changes neither of them.
func NewWorkload(in WorkloadInput) Workload {
	facts := Workload{Pod: newPod(in), Sidecar: NewSidecar(in), BreakGlass: in.BreakGlass}
	facts.addContainers(in)
	facts.addUnread(in)
	facts.addAddresses(in)
	facts.addVolumes(in)
	facts.addNetworks(in.Pod.Annotations)
	if in.Declaration != nil {
		// If the verdict has no enforcement, spec.enforcement applies. The enforcement of a verdict is in lower case (`deny`), spec.enforcement
		// begins with a capital (`Deny`); the rules accept both.
		facts.Terms = in.Verdict.Terms
		facts.Terms.Enforcement = cmp.Or(facts.Terms.Enforcement, string(in.Declaration.Spec.Enforcement))
		facts.Declaration = newDeclaration(in, &facts)
	}
	return facts
}

// newDeclaration returns what the rules read of in.Declaration, and which containers of the pod expose its ports. facts must already have
// the names of the app's ports. Injection moves the name of a declared port to the sidecar and gives the app's port the name in
// facts.Sidecar.AppPorts.
func newDeclaration(in WorkloadInput, facts *Workload) *Declaration {
	spec := &in.Declaration.Spec
	d := &Declaration{Name: in.Declaration.Name, Ports: make([]Port, 0, len(spec.Ports))}
	for i, port := range spec.Ports {
		appPort := facts.Sidecar.AppPorts[i]
		if port.Port != 0 {
			d.Ports = append(d.Ports, newNumberedPort(in, facts, port.Port, appPort))
			continue
		}
		appHasName := slices.Contains(facts.PortNames, port.Name)
		fact := Port{
			Name:            port.Name,
			AppExposes:      appHasName || slices.Contains(facts.PortNames, appPort),
			SidecarTookOver: !appHasName && sidecarExposes(in, port.Name),
		}
		fact.addAppPorts(listAppPorts(in, &facts.Sidecar), port.Name, appPort)
		d.Ports = append(d.Ports, fact)
	}
	d.OtherPorts = listOtherPorts(in, &facts.Sidecar)
	if spec.Residency != nil {
		for _, region := range spec.Residency.Regions {
			d.Regions = append(d.Regions, string(region))
		}
	}
	return d
}

// sidecarExposes reports whether the pod's sidecar has a port with the name and with the number that injection gives to the port of this
// name.
func sidecarExposes(in WorkloadInput, port string) bool {
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

// newPod returns what the rules read of the pod as a whole. HostPaths is still empty: addVolumes fills it.
func newPod(in WorkloadInput) Pod {
	pod := in.Pod
	facts := Pod{
		Labels:                listChaperoneKeys(pod.Labels),
		Annotations:           listChaperoneKeys(pod.Annotations),
		HostNetwork:           pod.Spec.HostNetwork,
		HostPID:               pod.Spec.HostPID,
		HostIPC:               pod.Spec.HostIPC,
		ShareProcessNamespace: pod.Spec.ShareProcessNamespace != nil && *pod.Spec.ShareProcessNamespace,
		NodeSelectorRegion:    pod.Spec.NodeSelector[corev1.LabelTopologyRegion],
		RegionTerms:           readRegionTerms(pod.Spec.Affinity),
		ServiceAccountTokens:  findServiceAccountTokens(pod),
	}
	facts.Chatbot, facts.HasClaim = pod.Labels[v1alpha1.LabelChatbot]
	facts.Selected = in.Selected
	return facts
}

// listChaperoneKeys returns the keys that begin with chaperone.dev/, in any order.
func listChaperoneKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		if strings.HasPrefix(key, contract.KeyPrefix) {
			keys = append(keys, key)
		}
	}
	return keys
}
