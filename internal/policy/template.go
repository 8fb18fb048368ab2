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

// WithFieldsUnder returns the verdict about a pod as the verdict about the workload whose pod template is at path: the field of each
// finding begins with path. A verdict about a pod also has the findings of the verdict about its declaration. These keep their fields,
// because they are about fields of the declaration; a finding is one of them if its rule is in that verdict. An empty path changes nothing.
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
