package assess

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
)

// patchHead is the head of a patch file.
const patchHead = manifest.PatchHead + ` In kustomization.yaml:
#   patches: [{path: chaperone-patch.yaml}]
`

// object is a strategic merge patch of one object.
type object struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   metadata       `json:"metadata"`
	Spec       map[string]any `json:"spec"`
}

type metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

// Patch returns a file for `patches` of a kustomization, with strategic merge patches: the ports to which Services of chatbots lead by
// number get names, and the Services lead to the names. A Service that only names the pods of a StatefulSet loses its ports. Patch returns ""
// if nothing has to be repaired. It changes nothing that could stop a pod: no user, file system, limit, capability, volume or Secret.
//
// kustomize finds a port only if the patch states the protocol exactly where the manifest does. isLive says that the objects are from an API
// server, which adds the protocol: then the patch leaves TCP out, as most manifests do.
func Patch(chatbots []Chatbot, isLive bool) (string, error) {
	var patches []object
	byService := map[string]int{} // The index in patches of each patched Service: several chatbots can share one.
	for _, c := range chatbots {
		if c.needsNames() {
			patches = append(patches, c.patchWorkload(isLive))
		}
		for _, service := range c.Services {
			ports := c.patchServicePorts(service, isLive)
			if len(ports) == 0 {
				continue
			}
			key := service.String()
			if i, known := byService[key]; known {
				patches[i].Spec["ports"] = append(patches[i].Spec["ports"].([]any), ports...)
				continue
			}
			byService[key] = len(patches)
			patches = append(patches, newObject(service, map[string]any{"ports": ports}))
		}
	}
	if len(patches) == 0 {
		return "", nil
	}
	var documents []string
	for _, p := range patches {
		data, err := yaml.Marshal(p)
		if err != nil {
			return "", err
		}
		documents = append(documents, string(data))
	}
	return patchHead + strings.Join(documents, "---\n"), nil
}

// newObject returns the patch of an object.
func newObject(o manifest.Object, spec map[string]any) object {
	namespace := o.Namespace
	if !o.StatesNamespace { // kustomize finds the object only if the patch states the namespace as the object does.
		namespace = ""
	}
	return object{APIVersion: o.APIVersion, Kind: o.Kind, Metadata: metadata{Name: o.Name, Namespace: namespace}, Spec: spec}
}

// needsNames reports whether a port of the workload has to get a name.
func (c Chatbot) needsNames() bool {
	return c.NeedsPortName || slices.ContainsFunc(c.others, func(o otherPort) bool { return o.needsName })
}

// patchWorkload returns the patch that names ports of the containers.
func (c Chatbot) patchWorkload(isLive bool) object {
	named := slices.DeleteFunc(slices.Clone(c.others), func(o otherPort) bool { return !o.needsName })
	if c.NeedsPortName {
		named = slices.Insert(named, 0, otherPort{container: c.portContainer(), number: c.Port, name: c.PortName})
	}
	spec := map[string]any{}
	for _, port := range named {
		list := "containers"
		if port.isInit {
			list = "initContainers"
		}
		containers, _ := spec[list].([]any)
		spec[list] = port.addTo(containers, isLive)
	}
	// The path of the pod template in a workload begins with `spec`, which newObject adds. In the template, the containers are below another
	// `spec`. A pod has no such path.
	elements := strings.Split(c.Workload.TemplatePath, ".")
	if c.Workload.TemplatePath != "" {
		spec = map[string]any{"spec": spec}
		for _, element := range slices.Backward(elements[1:]) {
			spec = map[string]any{element: spec}
		}
	}
	return newObject(c.Workload, spec)
}

// addTo returns the patches of containers with one that names the port.
func (o otherPort) addTo(containers []any, isLive bool) []any {
	port := map[string]any{"containerPort": o.number, "name": o.name}
	for _, p := range o.container.Ports {
		if p.ContainerPort == o.number && statesProtocol(p.Protocol, isLive) {
			port["protocol"] = string(p.Protocol)
		}
	}
	for _, c := range containers {
		if patch := c.(map[string]any); patch["name"] == o.container.Name {
			patch["ports"] = append(patch["ports"].([]any), port)
			return containers
		}
	}
	return append(containers, map[string]any{"name": o.container.Name, "ports": []any{port}})
}

// patchServicePorts returns the ports of a Service that lead to the chatbot's pods by number, with the names of these ports, or the removal
// of all ports if the Service only names pods. A name would not change where any other headless Service leads.
func (c Chatbot) patchServicePorts(service manifest.Object, isLive bool) []any {
	var ports []any
	onlyNames := c.onlyNames(service)
	for _, p := range service.Service.Spec.Ports {
		port := map[string]any{"port": p.Port}
		switch name := c.nameOf(p); {
		case onlyNames:
			port["$patch"] = "delete"
		case name == "" || isHeadless(service):
			continue
		default:
			port["targetPort"] = name
		}
		if statesProtocol(p.Protocol, isLive) {
			port["protocol"] = string(p.Protocol)
		}
		ports = append(ports, port)
	}
	return ports
}

// statesProtocol reports whether the manifest of a port states the protocol, as far as the object tells.
func statesProtocol(protocol corev1.Protocol, isLive bool) bool {
	return protocol != "" && (!isLive || protocol != corev1.ProtocolTCP)
}
