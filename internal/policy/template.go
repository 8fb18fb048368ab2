package policy

import (
	"slices"
	"strings"
)

// WithFieldsUnder turns the verdict about a pod into the verdict about the workload whose pod template is at path: it puts path before the
// field of each finding about the pod. The verdict about a pod also has the findings about its declaration. Those keep their fields, which
// are fields of the declaration; their rules are the rules in declaration, the verdict about it. An empty path changes nothing. A path that
// ends with a dot is that of the spec of the pods: their labels are those of the workload.
func (v Verdict) WithFieldsUnder(path string, declaration Verdict) Verdict {
	if path == "" {
		return v
	}
	declarationRules := declaration.Rules()
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		if !slices.Contains(declarationRules, v.Findings[i].Rule) {
			v.Findings[i].Field = JoinTemplatePath(path, v.Findings[i].Field)
		}
	}
	return v
}

// JoinTemplatePath returns the path in a workload of a field of the pods whose template is at path, which is as for WithFieldsUnder.
func JoinTemplatePath(path, field string) string {
	spec, isSpecOnly := strings.CutSuffix(path, ".")
	inSpec, isInSpec := strings.CutPrefix(field, "spec")
	switch {
	case path == "" || isSpecOnly && !isInSpec:
		return field
	case isSpecOnly:
		return spec + inSpec
	}
	return path + "." + field
}
