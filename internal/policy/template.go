package policy

import "slices"

// TemplatePath returns the JSON path of the pod template in workloads of the kind, a kind of the groups apps, batch or core.
func TemplatePath(kind string) string {
	if kind == "CronJob" {
		return "spec.jobTemplate.spec.template"
	}
	return "spec.template"
}

// WithFieldsUnder returns the verdict about a pod as that about the workload which holds the pod's template at path: fields of findings
// become paths in the workload. Those of the declaration, by their rules, keep theirs. An empty path changes nothing.
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
