// Package legal has the sources that every part of a decision cites.
package legal

// Source is one legal or technical text that sets a requirement.
type Source struct {
	// Code is the jurisdiction or sector (`eu`, `us-ca`, `retail`), or the standard for rules about workloads.
	Code string `json:"code"`
	// Act is the title of the act, case or guideline.
	Act string `json:"act"`
	// Article is the place within the act.
	Article string `json:"article,omitempty"`
	// From is the first day on which it applies (ISO date, UTC); empty means always.
	From string `json:"from,omitempty"`
	// Confidence is `sourced`, `recalled` or `default` (law/FORMAT: how the value became known).
	Confidence string `json:"confidence,omitempty"`
	// URL is the official address of the act; empty where none is known.
	URL string `json:"url,omitempty"`
	// ReadAt is the address of the page on which the value was read; empty when that is URL, or when the value was not read.
	ReadAt string `json:"readAt,omitempty"`
}
