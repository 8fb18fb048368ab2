package assess

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
)

// patchHead is the head of a patch file.
const patchHead = `# Repairs that change nothing for the clients of the chatbots. In kustomization.yaml:
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

// Patch returns a file for `patches` of a kustomization, with strategic merge patches: the ports on which the chatbots listen get a name,
// and Services that lead to them by number lead to the name. It returns "" if nothing has to be repaired. It changes nothing that could
// stop a pod: no user, file system, limit, capability, volume or Secret.
func Patch(chatbots []Chatbot) (string, error) {
	var patches []object
	byService := map[string]int{} // The index in patches of each patched Service: several chatbots can share one.
	for _, c := range chatbots {
		if c.NeedsPortName {
			patches = append(patches, c.patchWorkload())
		}
		for _, service := range c.Services {
			ports := c.patchServicePorts(service)
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

// patchWorkload returns the patch that names the port of the container.
func (c Chatbot) patchWorkload() object {
	port := map[string]any{"containerPort": c.Port, "name": c.PortName}
	for _, p := range c.Container.Ports {
		if p.ContainerPort == c.Port && p.Protocol != "" {
			port["protocol"] = string(p.Protocol)
		}
	}
	spec := map[string]any{"containers": []any{map[string]any{"name": c.Container.Name, "ports": []any{port}}}}
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

// patchServicePorts returns the ports of a Service that lead to the chatbot's port by number, with the name of that port.
func (c Chatbot) patchServicePorts(service manifest.Object) []any {
	var ports []any
	for _, p := range service.Service.Spec.Ports {
		isTCP := p.Protocol == corev1.ProtocolTCP || p.Protocol == ""
		if !isTCP || c.Port == 0 || targetNumber(p) != c.Port {
			continue
		}
		port := map[string]any{"port": p.Port, "targetPort": c.PortName}
		if p.Protocol != "" {
			port["protocol"] = string(p.Protocol)
		}
		ports = append(ports, port)
	}
	return ports
}
