package facts

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/product"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// ListModelPaths returns the value of SidecarTemplate.ModelPaths. own are the ChatShapes that the declaration names. It omits processors
// whose shape cannot be used: the decision about the declaration reports them.
func ListModelPaths(processors []v1alpha1.Processor, own shape.Documents) map[string]shape.Paths {
	paths := make(map[string]shape.Paths, len(processors))
	for i := range processors {
		p := &processors[i]
		found, _, err := own.Find(string(chooseShape(p)))
		if err != nil || found == nil {
			continue
		}
		values := make(map[string]string, len(p.Parameters))
		for name, value := range p.Parameters {
			values[name] = string(value)
		}
		paths[p.Name] = found.ListPaths(values)
	}
	return paths
}

// findUnservedPath returns the value of ModelURL.Unserved for a URL.
func findUnservedPath(in WorkloadInput, value string) *UnservedPath {
	p := findProcessor(in, value)
	if p == nil {
		return nil
	}
	served, isKnown := in.Sidecar.ModelPaths[p.Name]
	_, path, hasPath := splitEgressURL(in, value)
	if isKnown && hasPath && !served.HaveBase("/"+path) {
		return &UnservedPath{Shape: string(chooseShape(p)), Paths: served.List()}
	}
	return nil
}

// findProcessor returns the declared processor that a URL of the sidecar names; nil if it is no such URL.
func findProcessor(in WorkloadInput, value string) *v1alpha1.Processor {
	name, _, _ := splitEgressURL(in, value)
	if in.Declaration == nil || name == "" {
		return nil
	}
	i := slices.IndexFunc(in.Declaration.Spec.Processors, func(p v1alpha1.Processor) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &in.Declaration.Spec.Processors[i]
}

// splitEgressURL returns the name of the processor in a URL of the sidecar, and the path behind it, if there is one. The name is "" for
// another URL.
func splitEgressURL(in WorkloadInput, value string) (processor, path string, hasPath bool) {
	if !isAtSidecar(in, value) {
		return "", "", false
	}
	rest := strings.TrimPrefix(value, in.Sidecar.EgressURL+"/")
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	segment, path, hasPath := strings.Cut(rest, "/")
	processor, _, _ = strings.Cut(segment, ".") // contract.EgressName appends the scheme.
	return processor, path, hasPath
}

// addModelURLs adds the model URLs in the environment variables, the command and the arguments of the container, whose JSON path is field.
func (f *Workload) addModelURLs(in WorkloadInput, field string, c *corev1.Container) {
	for _, u := range product.FindModelURLs(c) {
		if u.IsMissing() && callsProcessor(in, c, u.Service.Shape) {
			continue
		}
		fact := ModelURL{Field: field + ".env[" + u.Name + "].value", Credential: u.Credential}
		if !u.IsMissing() && isConfigured(c.Env[u.Index], in.ConfigMaps) { // addConfiguredURLs adds it, with its host.
			continue
		}
		values := u.SplitValue()
		if len(values) == 0 { // The variable is missing, or gets its value from elsewhere, such as a ConfigMap.
			fact.Host = product.Host(u.Called())
			f.ModelURLs = append(f.ModelURLs, fact)
		}
		for _, value := range values {
			fact.Value, fact.Host, fact.Unserved = value, product.Host(value), findUnservedPath(in, value)
			f.ModelURLs = append(f.ModelURLs, fact)
		}
	}
	for _, u := range product.FindTextURLs(c) {
		if leadsToModel(in, u.URL) {
			f.ModelURLs = append(f.ModelURLs, ModelURL{
				Field: field + "." + u.Field, Value: u.URL, Host: product.Host(u.URL), Unserved: findUnservedPath(in, u.URL),
			})
		}
	}
}

// callsProcessor reports whether a text of the container has the URL of the sidecar for a processor with this shape. The credential of a
// service with the shape then belongs to that call: programs with a variable of their own for the URL often keep the usual name for the
// key.
func callsProcessor(in WorkloadInput, c *corev1.Container, shape string) bool {
	if in.Declaration == nil {
		return false
	}
	return slices.ContainsFunc(product.FindTextURLs(c), func(u product.TextURL) bool {
		p := findProcessor(in, u.URL)
		return p != nil && string(chooseShape(p)) == shape
	})
}

// isAtSidecar reports whether a URL leads to the sidecar's listener for models.
func isAtSidecar(in WorkloadInput, url string) bool {
	return in.Sidecar.EgressURL != "" && strings.HasPrefix(url, in.Sidecar.EgressURL+"/")
}

// leadsToModel reports whether a URL leads to the sidecar's listener for models, to a declared processor, or to a host that serves models.
func leadsToModel(in WorkloadInput, url string) bool {
	if _, isService := product.FindServiceAt(url); isService {
		return true
	}
	if isAtSidecar(in, url) {
		return true
	}
	return in.Declaration != nil && slices.ContainsFunc(in.Declaration.Spec.Processors, func(p v1alpha1.Processor) bool {
		return p.Host != "" && product.HasHost(url, p.Host)
	})
}
