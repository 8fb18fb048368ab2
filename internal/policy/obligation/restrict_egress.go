package obligation

// RestrictEgress bounds where personal data may go, and for what.
type RestrictEgress struct {
	// Training is the level for training models with conversations: none, notice, opt-out, opt-in or prohibited.
	Training Shown[string] `dimension:"consent.training"`
	// SaleOrSharing is the level for selling data, or sharing it for advertising: none, opt-out, opt-in or prohibited.
	SaleOrSharing Shown[string] `dimension:"consent.saleOrSharing"`
	// Mechanisms are lists of accepted grounds for a transfer abroad. A transfer needs one ground of each list.
	Mechanisms Shown[[][]string] `dimension:"residency.mechanisms"`
	// Adequate maps each code to the countries whose data protection the law of that code considers adequate (ISO 3166-1 alpha-2 in lower
	// case, or eea).
	Adequate Shown[map[string][]string] `dimension:"residency.adequate"`
	// Excluded are the countries to which data must not go.
	Excluded Shown[[]string] `dimension:"residency.noneOf"`
}
