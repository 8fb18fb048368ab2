package bundle

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// Rules is what decisions need to know about the rules of a bundle, from their METADATA.
type Rules struct {
	// Waivable maps the id of each rule to whether an exception may waive it. `waivable: false` in the METADATA of a rule or of its
	// package says no.
	Waivable map[string]bool
	// Splits are the rules whose findings only a split of the declaration resolves (`split: true`).
	Splits map[string]bool
}

// newRules lists the dimensions that are compared, and the rules with logic of their own by topic and short name.
func newRules(compiled *opa.Policy, data *law.Data) Rules {
	rules := Rules{Waivable: map[string]bool{}, Splits: map[string]bool{}}
	for name, d := range data.Dimensions.Dimensions {
		if d.Field != "-" {
			rules.Waivable[name] = true
		}
	}
	for _, chain := range ruleChains(compiled) {
		id := newRule(chain).ID
		rules.Waivable[id] = !slices.ContainsFunc(chain, func(a opa.Annotation) bool { return a.Custom["waivable"] == false })
		rules.Splits[id] = chain[0].Custom["split"] == true
	}
	return rules
}
