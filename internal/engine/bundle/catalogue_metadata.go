package bundle

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// governance is the prefix of the packages of rules.
const governance = "data.governance."

// newTopics reads the METADATA of the packages below `governance`.
func newTopics(compiled *opa.Policy) map[string]Topic {
	topics := map[string]Topic{}
	for _, a := range compiled.Packages() {
		if name, found := strings.CutPrefix(a.Package, governance); found {
			topics[name] = Topic{Title: a.Title, Description: a.Description, Resources: a.Resources, Frameworks: frameworksOf(&a)}
		}
	}
	return topics
}

// ruleChains returns the METADATA of every rule below `governance` that has a short name, its own block first.
func ruleChains(compiled *opa.Policy) [][]opa.Annotation {
	return slices.DeleteFunc(compiled.RuleChains(governance), func(chain []opa.Annotation) bool { return chain[0].Text("short_name") == "" })
}

// newRule describes a rule by its METADATA, its own block first.
func newRule(chain []opa.Annotation) Rule {
	own := &chain[0]
	name := strings.TrimPrefix(own.Package, governance)
	topic, _, _ := strings.Cut(name, ".")
	rule := Rule{
		ID: topic + "." + own.Text("short_name"), Package: name, Title: own.Title, Description: own.Description,
		// The defaults of lib/result.
		Action: cmp.Or(own.Text("action"), "deny"), Party: cmp.Or(own.Text("party"), "deployer"),
		Remedy: own.Text("remedy"), Frameworks: map[string][]string{},
	}
	rule.Goals, _ = law.Words(own.Custom["covers"])
	for i := range chain {
		rule.Resources = append(rule.Resources, chain[i].Resources...)
		for framework, parts := range frameworksOf(&chain[i]) {
			if rule.Frameworks[framework] == nil {
				rule.Frameworks[framework] = parts
			}
		}
	}
	return rule
}

// frameworksOf maps the name of each framework in the METADATA, such as `eu-ai-act`, to the parts of it that the METADATA names.
func frameworksOf(a *opa.Annotation) map[string][]string {
	stated, _ := a.Custom["frameworks"].(map[string]any)
	frameworks := map[string][]string{}
	for name, list := range stated {
		frameworks[name], _ = law.Words(list)
	}
	return frameworks
}
