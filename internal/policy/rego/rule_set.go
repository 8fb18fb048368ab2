package rego

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleSet is what decisions need to know about the rules of a bundle, from their METADATA.
type ruleSet struct {
	// waivable are the ids of all rules, each with whether an exception may waive it (`waivable: false` says no).
	waivable map[string]bool
	// splits are the rules that find what only a split of the declaration resolves (`split: true`).
	splits map[string]bool
}

// rulesIn lists the dimensions that are compared, and the rules with logic of their own by package and short name.
func rulesIn(modules map[string]*ast.Module, data *legalData) ruleSet {
	set := ruleSet{waivable: map[string]bool{}, splits: map[string]bool{}}
	for name, d := range data.Dimensions.Dimensions {
		if d.Field != "-" {
			set.waivable[name] = true
		}
	}
	for _, module := range modules {
		parts := strings.Split(strings.TrimPrefix(module.Package.Path.String(), "data."), ".")
		if parts[0] != "governance" {
			continue
		}
		closed := says(module.Annotations, "waivable", false)
		for _, rule := range module.Rules {
			short := ""
			for _, a := range rule.Annotations {
				if name, ok := a.Custom["short_name"].(string); ok {
					short = name
				}
			}
			if id := parts[1] + "." + short; short != "" {
				set.waivable[id] = !closed && !says(rule.Annotations, "waivable", false)
				set.splits[id] = says(rule.Annotations, "split", true)
			}
		}
	}
	return set
}

// says reports whether the METADATA of a package or a rule has the member with this value.
func says(annotations []*ast.Annotations, member string, value bool) bool {
	for _, a := range annotations {
		if stated, ok := a.Custom[member].(bool); ok && (a.Scope == "package" || a.Scope == "rule") && stated == value {
			return true
		}
	}
	return false
}
