package policy

import "slices"

// TemplatePath returns the JSON path of the pod template in a workload (Deployment, Job, CronJob, …) of the kind.
func TemplatePath(kind string) string {
	switch kind {
	case "CronJob":
		return "spec.jobTemplate.spec.template"
	case "PodTemplate":
		return "template"
	}
	return "spec.template"
}

// WithFieldsUnder turns the verdict about a pod into the verdict about the workload whose pod template is at path: it puts path before the
// field of each finding about the pod. The verdict about a pod also has the findings about its declaration. Those keep their fields, which
// are fields of the declaration; their rules are the rules in declaration, the verdict about it. An empty path changes nothing.
func (v Verdict) WithFieldsUnder(path string, declaration Verdict) Verdict {
	if path == "" {
		return v
	}
	declarationRules := declaration.Rules()
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		if !slices.Contains(declarationRules, v.Findings[i].Rule) {
			v.Findings[i].Field = path + "." + v.Findings[i].Field
		}
	}
	return v
}
