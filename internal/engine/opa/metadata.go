package opa

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Annotation is one METADATA block.
type Annotation struct {
	// Package is the package in which the block stands: `data.governance.retention`.
	Package string
	// Scope is what the block describes: package, document or rule.
	Scope              string
	Title, Description string
	// Resources are the related resources.
	Resources []Resource
	// Custom holds the keys below `custom`.
	Custom map[string]any
}

// Resource is a text that METADATA refers to.
type Resource struct {
	URL, Description string
}

// Text returns a string below `custom`, empty when there is none.
func (a *Annotation) Text(key string) string {
	text, _ := a.Custom[key].(string)
	return text
}

// Packages returns the METADATA of packages.
func (p *Policy) Packages() []Annotation {
	var found []Annotation
	for _, ref := range p.compiler.GetAnnotationSet().Flatten() {
		if ref.Annotations.Scope == "package" {
			found = append(found, newAnnotation(ref.Annotations))
		}
	}
	return found
}

// RuleChains returns, for each rule with METADATA in a package below the prefix, the blocks that apply to it, the innermost first:
// its own, then those of the document and the package. The order is that of the files and, in a file, of the rules.
func (p *Policy) RuleChains(prefix string) [][]Annotation {
	var chains [][]Annotation
	for _, name := range slices.Sorted(maps.Keys(p.compiler.Modules)) {
		for _, rule := range p.compiler.Modules[name].Rules {
			if !strings.HasPrefix(rule.Module.Package.Path.String(), prefix) {
				continue
			}
			var chain []Annotation
			for _, ref := range p.compiler.GetAnnotationSet().Chain(rule) {
				if ref.Annotations != nil {
					chain = append(chain, newAnnotation(ref.Annotations))
				}
			}
			if len(chain) > 0 {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

func newAnnotation(a *ast.Annotations) Annotation {
	made := Annotation{Package: packageOf(a), Scope: a.Scope, Title: a.Title, Description: a.Description, Custom: a.Custom}
	for _, r := range a.RelatedResources {
		made.Resources = append(made.Resources, Resource{URL: r.Ref.String(), Description: r.Description})
	}
	return made
}

// packageOf returns the package in which a block stands. The target of a block about a rule ends with the rule's name.
func packageOf(a *ast.Annotations) string {
	path := a.GetTargetPath()
	if a.Scope != "package" && len(path) > 0 {
		path = path[:len(path)-1]
	}
	return path.String()
}
