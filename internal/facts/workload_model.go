package facts

import (
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
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
