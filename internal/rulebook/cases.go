package rulebook

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// maxExamples bounds the number of failing examples on a page, and also that of passing examples.
const maxExamples = 4

// example is one case of the conformance corpus. test/conformance describes its fields.
type example struct {
	// rule is the ID of the rule that the case was written for.
	rule string

	Name    string    `yaml:"name"`
	Kind    string    `yaml:"kind"`
	Base    string    `yaml:"base"`
	AsOf    string    `yaml:"asOf"`
	Change  yaml.Node `yaml:"change"`
	Pod     yaml.Node `yaml:"pod"`
	Service yaml.Node `yaml:"service"`

	NetworkPolicy yaml.Node `yaml:"networkPolicy"`
	EndpointSlice yaml.Node `yaml:"endpointSlice"`

	Beside  yaml.Node `yaml:"beside"`
	Connect yaml.Node `yaml:"connect"`
	As      string    `yaml:"as"`

	Policy    yaml.Node `yaml:"policy"`
	Exception yaml.Node `yaml:"exception"`

	Outcome  string   `yaml:"outcome"`
	Rules    []string `yaml:"rules"`
	Reported []string `yaml:"reported"`
	Meets    []string `yaml:"meets"`
	Refused  string   `yaml:"refused"`
}

// readCases returns the cases of the corpus, in the order of its files.
func readCases(corpus fs.FS) ([]example, error) {
	files, err := fs.Glob(corpus, "*.yaml")
	if err != nil {
		return nil, err
	}
	var all []example
	for _, file := range files {
		content, err := fs.ReadFile(corpus, file)
		if err != nil {
			return nil, err
		}
		var groups []struct { // Each has the cases that were written for one rule.
			Rule  string    `yaml:"rule"`
			Cases []example `yaml:"cases"`
		}
		decoder := yaml.NewDecoder(bytes.NewReader(content))
		// An unknown field is an error: the page of a rule would leave the field out, and would not show the whole case.
		decoder.KnownFields(true)
		if err := decoder.Decode(&groups); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, group := range groups {
			for _, c := range group.Cases {
				c.rule = group.Rule
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// findExamples returns the examples of a rule, at most maxExamples each: failing ones, which have a finding of the rule, and passing ones,
// which meet it.
func (b *Book) findExamples(rule string) (failing, passing []example) {
	for _, c := range b.cases {
		switch {
		case slices.Contains(c.Rules, rule):
			failing = append(failing, c)
		case slices.Contains(c.Meets, rule):
			passing = append(passing, c)
		}
	}
	return selectExamples(failing, rule), selectExamples(passing, rule)
}

// selectExamples returns at most maxExamples of the cases. It prefers the cases that were written for the rule and that have no
// GovernancePolicy and no PolicyException, because they say most about the rule. It counts the cases of each
// kind: among the preferred cases, and among the others, those with a low count come first, so that the examples are of many kinds.
func selectExamples(cases []example, rule string) []example {
	countByKind := map[string]int{}
	rank := make(map[string]int, len(cases)) // By name of the case; the case with the lowest rank comes first.
	for _, c := range cases {
		rank[c.Name] = countByKind[c.Kind] // 0 for the first case of a kind, 1 for the second.
		isPreferred := c.rule == rule && c.Policy.IsZero() && c.Exception.IsZero()
		if !isPreferred {
			rank[c.Name] += len(cases) // The rank of a preferred case is below len(cases), so this case comes after all preferred ones.
		}
		countByKind[c.Kind]++
	}
	sorted := slices.SortedStableFunc(slices.Values(cases), func(a, b example) int { return rank[a.Name] - rank[b.Name] })
	return sorted[:min(len(sorted), maxExamples)]
}

// writeExamples writes the examples of a rule as a section of its Markdown page.
func (b *Book) writeExamples(out *strings.Builder, r *bundle.Rule) {
	out.WriteString("## Examples\n\nEach is a case that `make conformance` runs, and shows what it changes of its base.\n\n")
	b.writeExampleLists(out, r.ID, "### Fails\n\n", "### Passes\n\n", (*example).writeMarkdown)
}

// writeExampleLists writes the failing and then the passing examples of a rule, each list below its heading. It calls write for each
// example, and leaves out an empty list.
func (b *Book) writeExampleLists(out *strings.Builder, id, failingHeading, passingHeading string, write func(*example, *strings.Builder)) {
	failing, passing := b.findExamples(id)
	for _, list := range []struct {
		heading string
		cases   []example
	}{{failingHeading, failing}, {passingHeading, passing}} {
		if len(list.cases) > 0 {
			out.WriteString(list.heading)
		}
		for i := range list.cases {
			write(&list.cases[i], out)
		}
	}
}

// writeMarkdown writes the example: its name and base, what it changes of the base, and the outcome.
func (c *example) writeMarkdown(out *strings.Builder) {
	base := cmp.Or(c.Base, "eu") // A case that names no base changes the base `eu`.
	out.WriteString("**" + capitalize(c.Name) + "**")
	// Only cases of these two kinds get a remark.
	if remark, ok := map[string]string{"boundary": "the last that passes", "missing": "nothing is said"}[c.Kind]; ok {
		out.WriteString(" (" + remark + ")")
	}
	out.WriteString(": base [" + base + "](../../test/conformance/bases/" + base + ".yaml)")
	if c.AsOf != "" {
		out.WriteString(", on " + c.AsOf)
	}
	if c.As != "" {
		out.WriteString(", in the template of a " + c.As)
	}
	out.WriteString("\n\n")
	// Write what the example changes, and then the outcome.
	parts := c.listParts()
	for _, part := range parts {
		out.WriteString("```yaml\n# " + part.title + "\n" + formatYAML(part.node) + "```\n\n")
	}
	if len(parts) == 0 {
		out.WriteString("Nothing is changed.\n\n")
	}
	out.WriteString("Outcome: " + c.Outcome)
	if len(c.Rules) > 0 {
		out.WriteString("; findings: " + formatCode(c.Rules))
	}
	out.WriteString("\n\n")
}

// part is what an example changes of one object of its base.
type part struct {
	title string
	node  *yaml.Node
}

// listParts returns the changes of the example to its base, by object. It returns none if the example does not change its base.
func (c *example) listParts() []part {
	return slices.DeleteFunc([]part{
		{"declaration", &c.Change}, {"pod", &c.Pod}, {"Service", &c.Service}, {"NetworkPolicy", &c.NetworkPolicy},
		{"EndpointSlice", &c.EndpointSlice}, {"another pod", &c.Beside}, {"connection", &c.Connect},
		{"GovernancePolicy", &c.Policy}, {"PolicyException", &c.Exception},
	}, func(p part) bool { return len(p.node.Content) == 0 })
}

// formatYAML returns a value as YAML. Each member of a mapping has its own line. Lists of scalars and empty values keep their style.
func formatYAML(n *yaml.Node) string {
	unfoldStyle(n)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(n); err != nil { // A node that was read from YAML can be written, so the page never shows this error.
		return err.Error() + "\n"
	}
	return out.String()
}

// unfoldStyle gives YAML's block style, which has a line for each member or item, to the mappings at and below the node that are not empty,
// and to the lists that contain a list or a mapping.
func unfoldStyle(n *yaml.Node) {
	isNested := slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return child.Kind != yaml.ScalarNode })
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 || n.Kind == yaml.SequenceNode && isNested {
		n.Style = 0 // The block style.
	}
	for _, child := range n.Content {
		unfoldStyle(child)
	}
}
