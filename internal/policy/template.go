package policy

import "slices"

// TemplatePath returns the JSON path of the pod template in a workload of the kind, from the groups apps, batch or core.
func TemplatePath(kind string) string {
	if kind == "CronJob" {
		return "spec.jobTemplate.spec.template"
	}
	return "spec.template"
}

// WithFieldsUnder turns the verdict about a pod into one about the workload that has the pod's template at path: it puts path in front
// of the field of each finding. Findings with a rule of the declaration's verdict keep their fields. An empty path changes nothing.
func (v Verdict) WithFieldsUnder(path string, declaration Verdict) Verdict {
	if path == "" {
		return v
	}
	declared := declaration.Rules()
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		if !slices.Contains(declared, v.Findings[i].Rule) {
			v.Findings[i].Field = path + "." + v.Findings[i].Field
		}
	}
	return v
}
