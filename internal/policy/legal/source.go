// Package legal has the type of the sources that findings, requirements and obligations cite.
package legal

// Source is one legal or technical text that sets a requirement.
type Source struct {
	// Code is the code of the jurisdiction or sector (`eu`, `us-ca`, `retail`). For rules about workloads it is the code of a technical
	// standard, and for rules of a GovernancePolicy `organisation`.
	Code string `json:"code"`
	// Act is the title of the act, court decision, guideline or standard. For what an organisation adds, it names the JurisdictionProfile or
	// GovernancePolicy.
	Act string `json:"act"`
	// Article is the part of the act, for example `Art. 5(1)(e)`.
	Article string `json:"article,omitempty"`
	// From is the first day on which the article applies (ISO date, UTC); empty means always.
	From string `json:"from,omitempty"`
	// Confidence tells how the value became known: `sourced` (read in the act or a page about it), `recalled` (from memory), `default` (chosen
	// by Chaperone) or `organisation` (from a JurisdictionProfile).
	Confidence string `json:"confidence,omitempty"`
	// Status tells how far the act has come: `in-force`, `adopted` (it applies later), `proposed`, `guidance` (of an authority) or `case` (a court
	// decision). Empty for what is not law.
	Status string `json:"status,omitempty"`
	// Force tells what kind of text the value comes from: `statute`, `regulation` (secondary legislation), `court`, `guidance`, `scheme` (rules
	// that bind by contract), `voluntary` or `default` (a number of Chaperone). Empty for what is not law.
	Force string `json:"force,omitempty"`
	// Obliges is true if people must follow the text, now or later. Guidance, drafts, voluntary rules and numbers of Chaperone oblige nobody.
	Obliges bool `json:"-"`
	// Value is what the source requires by itself, as compact JSON. Empty if it is not known, and for what is not cited in a finding.
	Value string `json:"-"`
	// Note says in one sentence of ours what the value leaves out: thresholds, exceptions, why.
	Note string `json:"note,omitempty"`
	// URL is the official address of the act; empty when it is not known.
	URL string `json:"url,omitempty"`
	// ReadAt is the address of the page on which the value was read; empty when that page is URL, or when the value was not read.
	ReadAt string `json:"readAt,omitempty"`
}

// Confidences of values.
const (
	Sourced  = "sourced"
	Recalled = "recalled"
	Default  = "default"
)

// Binds tells whether people must follow the text: `today`, `later` if its first day is after the given day (ISO date), or `no`.
func (s *Source) Binds(asOf string) string {
	switch {
	case !s.Obliges:
		return "no"
	case s.From > asOf:
		return "later"
	}
	return "today"
}
