package obligation

// RestrictEgress tells where personal data may go, and for which purposes. While the chatbot runs, this version of Chaperone only shows
// these values and stops no data because of them; rules compare what the declaration states with them.
type RestrictEgress struct {
	// Training is the level for training models with conversations: `none`, `notice`, `opt-out`, `opt-in` or `prohibited`.
	Training Shown[string] `dimension:"consent.training"`
	// SaleOrSharing is the level for selling data, or sharing it for advertising: `none`, `opt-out`, `opt-in` or `prohibited`.
	SaleOrSharing Shown[string] `dimension:"consent.saleOrSharing"`
	// Mechanisms has one inner list for each law: the grounds for a transfer abroad that the law accepts. A transfer needs at least one
	// ground from every inner list.
	Mechanisms Shown[[][]string] `dimension:"residency.mechanisms"`
	// AdequateCountries maps the code of a jurisdiction to the countries whose data protection this jurisdiction recognizes as adequate, so
	// that data may go there without another ground (ISO 3166-1 alpha-2 in lower case, with the members in place of a group such as `eea`).
	AdequateCountries Shown[map[string][]string] `dimension:"residency.adequate"`
	// ExcludedCountries are the countries to which data must not go.
	ExcludedCountries Shown[[]string] `dimension:"residency.noneOf"`
}
