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
	rest, isAtSidecar := strings.CutPrefix(value, in.Sidecar.EgressURL+"/")
	if !isAtSidecar || in.Declaration == nil {
		return nil
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	segment, path, hasPath := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(segment, ".") // contract.EgressName appends the scheme.
	for i := range in.Declaration.Spec.Processors {
		p := &in.Declaration.Spec.Processors[i]
		served, isKnown := in.Sidecar.ModelPaths[name]
		if p.Name == name && isKnown && hasPath && !served.HaveBase("/"+path) {
			return &UnservedPath{Shape: string(chooseShape(p)), Paths: served.List()}
		}
	}
	return nil
}

// addModelURLs adds the model URLs in the environment variables, the command and the arguments of the container, whose JSON path is field.
func (f *Workload) addModelURLs(in WorkloadInput, field string, c *corev1.Container) {
	for _, u := range product.FindModelURLs(c) {
		fact := ModelURL{Field: field + ".env[" + u.Name + "].value", Credential: u.Credential}
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

// leadsToModel reports whether a URL leads to the sidecar's listener for models, to a declared processor, or to a host that serves models.
func leadsToModel(in WorkloadInput, url string) bool {
	if _, isService := product.FindServiceAt(url); isService {
		return true
	}
	if in.Sidecar.EgressURL != "" && strings.HasPrefix(url, in.Sidecar.EgressURL+"/") {
		return true
	}
	return in.Declaration != nil && slices.ContainsFunc(in.Declaration.Spec.Processors, func(p v1alpha1.Processor) bool {
		return p.Host != "" && product.HasHost(url, p.Host)
	})
}
