package facts

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/product"
)

// ConfiguredVariable is an environment variable whose value comes from a ConfigMap.
type ConfiguredVariable struct {
	// Field is the path of the variable in the container: `env[MODEL_URL].value`, or `envFrom[MODEL_URL]`.
	Field string
	Name  string
	Value string
	// ConfigMap is the name of the ConfigMap.
	ConfigMap string
}

// ListConfigured returns the environment variables of a container that come from the ConfigMaps, which has their data by name. As in
// Kubernetes, the variables of env take precedence over those of envFrom.
func ListConfigured(c *corev1.Container, configMaps map[string]map[string]string) []ConfiguredVariable {
	var found []ConfiguredVariable
	stated := map[string]bool{}
	for i := range c.Env {
		stated[c.Env[i].Name] = true
		if c.Env[i].ValueFrom == nil || c.Env[i].ValueFrom.ConfigMapKeyRef == nil {
			continue
		}
		ref := c.Env[i].ValueFrom.ConfigMapKeyRef
		if value, isKnown := configMaps[ref.Name][ref.Key]; isKnown {
			found = append(found, ConfiguredVariable{"env[" + c.Env[i].Name + "].value", c.Env[i].Name, value, ref.Name})
		}
	}
	for _, from := range slices.Backward(c.EnvFrom) { // Of several sources, the last one takes precedence.
		if from.ConfigMapRef == nil {
			continue
		}
		data := configMaps[from.ConfigMapRef.Name]
		for _, key := range slices.Sorted(maps.Keys(data)) {
			if name := from.Prefix + key; !stated[name] {
				stated[name] = true
				found = append(found, ConfiguredVariable{"envFrom[" + name + "]", name, data[key], from.ConfigMapRef.Name})
			}
		}
	}
	return found
}

// addConfiguredURLs adds the model URLs in variables that come from ConfigMaps. They have no value: injection cannot lead them to the
// sidecar.
func (f *Workload) addConfiguredURLs(in WorkloadInput, field string, c *corev1.Container) {
	for _, v := range ListConfigured(c, in.ConfigMaps) {
		alone := &corev1.Container{Image: c.Image, Command: c.Command, Env: []corev1.EnvVar{{Name: v.Name, Value: v.Value}}}
		fact := ModelURL{Field: field + "." + v.Field, Source: "ConfigMap " + v.ConfigMap}
		for _, u := range product.FindModelURLs(alone) {
			for _, value := range u.SplitValue() {
				fact.Host = product.Host(value)
				f.ModelURLs = append(f.ModelURLs, fact)
			}
		}
		alone.Command = nil
		for _, u := range product.FindTextURLs(alone) {
			if leadsToModel(in, u.URL) && !isAtSidecar(in, u.URL) {
				fact.Host = product.Host(u.URL)
				f.ModelURLs = append(f.ModelURLs, fact)
			}
		}
	}
}

// isConfigured reports whether a variable gets its value from a ConfigMap whose data is known.
func isConfigured(v corev1.EnvVar, configMaps map[string]map[string]string) bool {
	if v.ValueFrom == nil || v.ValueFrom.ConfigMapKeyRef == nil {
		return false
	}
	_, isKnown := configMaps[v.ValueFrom.ConfigMapKeyRef.Name][v.ValueFrom.ConfigMapKeyRef.Key]
	return isKnown
}
