package obligation

// Workload tells what is required of the pods. The rules about pods and the injection of the sidecar carry it out.
type Workload struct {
	// Countries are the only countries in which data may be stored (ISO 3166-1 alpha-2 in lower case, with the members in place of a group
	// such as `eea`).
	Countries Executed[[]string] `dimension:"residency.countries"`
	// Controls are the security controls that must be in place. The team declares which ones are.
	Controls Executed[[]string] `dimension:"security.controls"`
}
