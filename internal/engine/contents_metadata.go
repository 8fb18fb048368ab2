package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// belowGovernance is the prefix of the packages of rules in the paths of annotations.
const belowGovernance = "data.governance."

// topicsOf reads the METADATA of the packages below `governance`.
func topicsOf(compiler *ast.Compiler) map[string]Topic {
	topics := map[string]Topic{}
	for _, ref := range compiler.GetAnnotationSet().Flatten() {
		if name, below := strings.CutPrefix(ref.Path.String(), belowGovernance); below && ref.Annotations.Scope == "package" {
			topics[name] = Topic{
				Title: ref.Annotations.Title, Description: ref.Annotations.Description,
				Resources: resourcesOf(ref.Annotations), Frameworks: frameworksOf(ref.Annotations),
			}
		}
	}
	return topics
}

// ruleChains are the annotations of every rule below `governance` that has a short name, each with those of what it stands in,
// its own first. Their order is that of the files.
func ruleChains(compiler *ast.Compiler) [][]*ast.Annotations {
	var chains [][]*ast.Annotations
	for _, name := range slices.Sorted(maps.Keys(compiler.Modules)) {
		for _, rule := range compiler.Modules[name].Rules {
			var chain []*ast.Annotations
			for _, ref := range compiler.GetAnnotationSet().Chain(rule) {
				if ref.Annotations != nil {
					chain = append(chain, ref.Annotations)
				}
			}
			if strings.HasPrefix(rule.Module.Package.Path.String(), belowGovernance) && len(chain) > 0 && word(chain[0], "short_name") != "" {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

func ruleOf(chain []*ast.Annotations) Rule {
	own := chain[0]
	name := packageOf(own)
	topic, _, _ := strings.Cut(name, ".")
	rule := Rule{
		ID: topic + "." + word(own, "short_name"), Package: name, Title: own.Title, Description: own.Description,
		// As lib/result has it for rules that say nothing.
		Action: cmp.Or(word(own, "action"), "deny"), Party: cmp.Or(word(own, "party"), "deployer"),
		Remedy: word(own, "remedy"), Frameworks: map[string][]string{},
	}
	rule.Goals, _ = wordList(own.Custom["covers"])
	for _, a := range chain {
		rule.Resources = append(rule.Resources, resourcesOf(a)...)
		for framework, parts := range frameworksOf(a) {
			if rule.Frameworks[framework] == nil {
				rule.Frameworks[framework] = parts
			}
		}
	}
	return rule
}

// packageOf is the name below `governance` of the package in which an annotation stands.
func packageOf(a *ast.Annotations) string {
	path := a.GetTargetPath()
	if a.Scope != "package" && len(path) > 0 {
		path = path[:len(path)-1]
	}
	return strings.TrimPrefix(path.String(), belowGovernance)
}

func word(a *ast.Annotations, key string) string {
	value, _ := a.Custom[key].(string)
	return value
}

func resourcesOf(a *ast.Annotations) []Resource {
	var resources []Resource
	for _, r := range a.RelatedResources {
		resources = append(resources, Resource{URL: r.Ref.String(), Description: r.Description})
	}
	return resources
}

func frameworksOf(a *ast.Annotations) map[string][]string {
	stated, _ := a.Custom["frameworks"].(map[string]any)
	frameworks := map[string][]string{}
	for name, list := range stated {
		frameworks[name], _ = wordList(list)
	}
	return frameworks
}
