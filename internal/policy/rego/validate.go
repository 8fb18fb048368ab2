package rego

// validate checks the legal data against its format.
func validate(law map[string]any) (legalData, error) {
	return decodeLaw(law)
}
