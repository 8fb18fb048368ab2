package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Unneeded is an entry of spec.notApplicable or spec.confirmed without an effect on the day of the decision.
type Unneeded struct {
	// Field is the path of the entry (`spec.notApplicable[0]`), and About the dimension or the field that it names.
	Field string `json:"field"`
	About string `json:"about"`
}

// ListUnneeded returns the entries of spec.notApplicable of the declaration about whose dimension there is no finding and no change ahead, and those of
// spec.confirmed about whose field there is no finding, in their order. It returns none if no decision was reached.
func (v *Verdict) ListUnneeded(spec *v1alpha1.ChatbotDeploymentSpec) []Unneeded {
	if v.Outcome == OutcomeUndecided {
		return nil
	}
	var unneeded []Unneeded
	add := func(path, about string, isMeant func(Finding) bool) {
		if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return strings.HasPrefix(f.Field, path+".") || isMeant(f) }) {
			unneeded = append(unneeded, Unneeded{path, about})
		}
	}
	for i, entry := range spec.NotApplicable {
		dimension := string(entry.Dimension)
		if slices.ContainsFunc(v.Upcoming, func(c Change) bool { return c.Rule == dimension }) {
			continue
		}
		add(fmt.Sprintf("spec.notApplicable[%d]", i), dimension, func(f Finding) bool {
			return f.Dimension == dimension || f.Rule == dimension || slices.Contains(f.Also, dimension)
		})
	}
	for i, entry := range spec.Confirmed {
		add(fmt.Sprintf("spec.confirmed[%d]", i), entry.Field, func(f Finding) bool { return f.Field == entry.Field })
	}
	return unneeded
}
