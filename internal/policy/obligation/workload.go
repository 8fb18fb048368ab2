package obligation

// Workload is what rules about pods enforce, and what is added to pods.
type Workload struct {
	// Countries (ISO 3166-1 alpha-2 in lower case, or eea) are the only ones in which data may be stored.
	Countries Executed[[]string] `dimension:"residency.countries"`
	// Controls are the security controls that must be in place. The team declares them.
	Controls Executed[[]string] `dimension:"security.controls"`
}
