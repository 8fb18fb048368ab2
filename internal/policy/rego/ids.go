package rego

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleIDs are the ids of all rules of a bundle, each with whether an exception may waive it: the dimensions that are compared, and
// the rules with logic of their own, by package and short name. METADATA says `waivable: false` for the rest.
func ruleIDs(modules map[string]*ast.Module, data *legalData) map[string]bool {
	ids := map[string]bool{}
	for name, d := range data.Dimensions.Dimensions {
		if d.Field != "-" {
			ids[name] = true
		}
	}
	for _, module := range modules {
		parts := strings.Split(strings.TrimPrefix(module.Package.Path.String(), "data."), ".")
		if parts[0] != "governance" {
			continue
		}
		closed := notWaivable(module.Annotations)
		for _, rule := range module.Rules {
			for _, a := range rule.Annotations {
				if short, ok := a.Custom["short_name"].(string); ok {
					ids[parts[1]+"."+short] = !closed && !notWaivable(rule.Annotations)
				}
			}
		}
	}
	return ids
}

func notWaivable(annotations []*ast.Annotations) bool {
	for _, a := range annotations {
		if waivable, ok := a.Custom["waivable"].(bool); ok && (a.Scope == "package" || a.Scope == "rule") && !waivable {
			return true
		}
	}
	return false
}
