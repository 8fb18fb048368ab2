package bundle

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

// governancePrefix begins the paths of all packages with rules.
const governancePrefix = "data.governance."

// newTopics returns a topic for each package with rules, by the name of the package below `governance`.
func newTopics(compiled *opa.Policy) map[string]Topic {
	topics := map[string]Topic{}
	for _, a := range compiled.Packages() {
		if name, found := strings.CutPrefix(a.Package, governancePrefix); found {
			topics[name] = Topic{Title: a.Title, Description: a.Description, Resources: a.Resources, Frameworks: readFrameworks(&a)}
		}
	}
	return topics
}

// listRuleChains returns the METADATA blocks of each rule below `governance` whose own block, the first of the chain, has a short name. All
// others are helper rules.
func listRuleChains(compiled *opa.Policy) [][]opa.Annotation {
	return slices.DeleteFunc(compiled.RuleChains(governancePrefix), func(chain []opa.Annotation) bool {
		return chain[0].Text("short_name") == ""
	})
}

// newRule returns the rule that METADATA blocks describe. The first block of the chain is that of the rule itself. The other blocks have
// the wider OPA scopes `document` and `package`, and their resources and frameworks apply to the rule too.
func newRule(chain []opa.Annotation) Rule {
	own := &chain[0]
	name := strings.TrimPrefix(own.Package, governancePrefix)
	// Only the first part of the package's name is in the ID: `workload` for the package `workload.isolation`.
	topic, _, _ := strings.Cut(name, ".")
	rule := Rule{
		ID: topic + "." + own.Text("short_name"), Package: name, Title: own.Title, Description: own.Description,
		// The defaults "deny" and "deployer" are those of the Rego function that makes findings (lib/result).
		Action: cmp.Or(own.Text("action"), "deny"), Party: cmp.Or(own.Text("party"), "deployer"),
		Group:          readGroup(chain),
		CannotBeWaived: deniesProperty(chain, "waivable"), CannotBeWeakened: deniesProperty(chain, "weakenable"),
		// A remedy that rules complete with values of the finding has an advice, which is for readers without a finding.
		Remedy: cmp.Or(own.Text("advice"), own.Text("remedy")), Frameworks: map[string][]string{}, Fields: listFields(own.Texts...),
	}
	// The key `covers` lists the IDs of goals. A rule without this key has no goals in its METADATA.
	rule.Goals, _ = law.Words(own.Custom["covers"])
	for i := range chain {
		rule.Resources = append(rule.Resources, chain[i].Resources...)
		for framework, parts := range readFrameworks(&chain[i]) {
			// A block nearer to the rule, which comes earlier in the chain, overrides the later ones.
			if rule.Frameworks[framework] == nil {
				rule.Frameworks[framework] = parts
			}
		}
	}
	return rule
}

// fieldPrefix begins the paths of the fields of a declaration.
const fieldPrefix = "spec."

// listFields returns those of the texts of a rule that are the path of a field, as a reader of the API knows it: without a position or a key
// (`spec.processors[%d].country` is `spec.processors[].country`, and `spec.disclosure.statements.%s` is `spec.disclosure.statements`).
func listFields(texts ...string) []string {
	var fields []string
	for _, text := range texts {
		field := strings.TrimSuffix(strings.TrimSuffix(strings.ReplaceAll(text, "[%d]", "[]"), "[]"), ".%s")
		if strings.HasPrefix(field, fieldPrefix) && !strings.ContainsAny(field, "% ") {
			fields = append(fields, field)
		}
	}
	return fields
}

// readGroup returns the group of a rule: that of its own METADATA, or else that of its package; "" if neither names one.
func readGroup(chain []opa.Annotation) string {
	for i := range chain {
		if group := chain[i].Text("group"); group != "" {
			return group
		}
	}
	return ""
}

// readFrameworks maps each framework that the METADATA names, such as `eu-ai-act`, to the listed parts of the framework. A value that is
// not a list of words counts as no parts.
func readFrameworks(a *opa.Annotation) map[string][]string {
	stated, _ := a.Custom["frameworks"].(map[string]any)
	frameworks := map[string][]string{}
	for name, list := range stated {
		frameworks[name], _ = law.Words(list)
	}
	return frameworks
}
