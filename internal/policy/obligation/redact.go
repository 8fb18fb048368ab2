package obligation

// Redact tells which personal data must be kept from the model and from what is stored.
type Redact struct {
	// Categories are the categories of data that the sidecar replaces in requests and answers. The status names the categories for which
	// the sidecar has no detector.
	Categories Executed[[]string] `dimension:"personal_data.redact"`
	// Sensitive are the categories that the law treats as sensitive.
	Sensitive Shown[[]string] `dimension:"personal_data.sensitive"`
	// Minimise requires that only declared, necessary categories are collected.
	Minimise Shown[bool] `dimension:"personal_data.minimise"`
}
