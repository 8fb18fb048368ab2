package engine

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleSet is what decisions need to know about the rules of a bundle, from their METADATA.
type ruleSet struct {
	// waivable are the ids of all rules, each with whether an exception may waive it (`waivable: false` says no, of a rule or of its
	// package).
	waivable map[string]bool
	// splits are the rules that find what only a split of the declaration resolves (`split: true`).
	splits map[string]bool
}

// rulesIn lists the dimensions that are compared, and the rules with logic of their own by package and short name.
func rulesIn(compiler *ast.Compiler, data *legalData) ruleSet {
	set := ruleSet{waivable: map[string]bool{}, splits: map[string]bool{}}
	for name, d := range data.Dimensions.Dimensions {
		if d.Field != "-" {
			set.waivable[name] = true
		}
	}
	for _, chain := range ruleChains(compiler) {
		id := ruleOf(chain).ID
		set.waivable[id] = !slices.ContainsFunc(chain, func(a *ast.Annotations) bool { return a.Custom["waivable"] == false })
		set.splits[id] = chain[0].Custom["split"] == true
	}
	return set
}
