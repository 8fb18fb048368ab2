package opa

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Annotation is one METADATA block.
type Annotation struct {
	// Package is the path of the package that contains the METADATA block, such as `data.governance.retention`.
	Package string
	// Scope is what the METADATA block describes: `package`, `document` or `rule`.
	Scope              string
	Title, Description string
	// Resources are the entries of `related_resources`.
	Resources []Resource
	// Custom is the member `custom`, as decoded YAML.
	Custom map[string]any
	// Texts are the constant texts in the rule itself, in their order; empty for a block with another scope than `rule`, and from Packages.
	Texts []string
}

// Resource is a law, standard or other text to which METADATA refers.
type Resource struct {
	URL, Description string
}

// Text returns the string at a key of Custom, or "" if there is none.
func (a *Annotation) Text(key string) string {
	text, _ := a.Custom[key].(string)
	return text
}

// Packages returns the METADATA blocks with the scope `package`, which describe whole packages.
func (p *Policy) Packages() []Annotation {
	var found []Annotation
	for _, ref := range p.compiler.GetAnnotationSet().Flatten() {
		if ref.Annotations.Scope == "package" {
			found = append(found, newAnnotation(ref.Annotations))
		}
	}
	return found
}

// RuleChains returns the METADATA blocks that apply to each rule in the packages whose path begins with the prefix. The blocks of a rule
// are ordered from the innermost: its own, then those of the document and the package. Rules are ordered by file, then by position in the
// file. A rule to which no block applies is left out.
func (p *Policy) RuleChains(prefix string) [][]Annotation {
	var chains [][]Annotation
	for _, name := range slices.Sorted(maps.Keys(p.compiler.Modules)) {
		for _, rule := range p.compiler.Modules[name].Rules {
			if !strings.HasPrefix(rule.Module.Package.Path.String(), prefix) {
				continue
			}
			var chain []Annotation
			for _, ref := range p.compiler.GetAnnotationSet().Chain(rule) {
				if ref.Annotations != nil { // A rule without a block of its own has an entry without annotations.
					chain = append(chain, newAnnotation(ref.Annotations))
				}
			}
			if len(chain) > 0 && chain[0].Scope == "rule" {
				chain[0].Texts = listTexts(rule)
			}
			if len(chain) > 0 {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

func listTexts(rule *ast.Rule) []string {
	var texts []string
	ast.WalkTerms(rule, func(t *ast.Term) bool {
		if text, isText := t.Value.(ast.String); isText {
			texts = append(texts, string(text))
		}
		return false
	})
	return texts
}

func newAnnotation(a *ast.Annotations) Annotation {
	made := Annotation{Package: findPackage(a), Scope: a.Scope, Title: a.Title, Description: a.Description, Custom: a.Custom}
	for _, r := range a.RelatedResources {
		made.Resources = append(made.Resources, Resource{URL: r.Ref.String(), Description: r.Description})
	}
	return made
}

// findPackage returns the path of the package that contains a METADATA block. For a block about a rule or a document, it removes the name
// of the rule from the end of the path of the block's target.
func findPackage(a *ast.Annotations) string {
	path := a.GetTargetPath()
	if a.Scope != "package" && len(path) > 0 {
		path = path[:len(path)-1]
	}
	return path.String()
}
