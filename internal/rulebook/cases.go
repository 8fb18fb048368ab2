package rulebook

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// maxExamples is how many cases a page shows of each sort.
const maxExamples = 4

// example is one case of the conformance corpus, as far as a page shows it.
type example struct {
	// rule is what the case was written for.
	rule string

	Name    string    `yaml:"name"`
	Kind    string    `yaml:"kind"`
	Base    string    `yaml:"base"`
	AsOf    string    `yaml:"asOf"`
	Change  yaml.Node `yaml:"change"`
	Pod     yaml.Node `yaml:"pod"`
	Service yaml.Node `yaml:"service"`
	Connect yaml.Node `yaml:"connect"`
	As      string    `yaml:"as"`

	Policy    yaml.Node `yaml:"policy"`
	Exception yaml.Node `yaml:"exception"`

	Outcome string   `yaml:"outcome"`
	Rules   []string `yaml:"rules"`
	Meets   []string `yaml:"meets"`
	Refused string   `yaml:"refused"`
}

// readCases reads the corpus in the order of its files.
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
		var topics []struct {
			Rule  string    `yaml:"rule"`
			Cases []example `yaml:"cases"`
		}
		decoder := yaml.NewDecoder(bytes.NewReader(content))
		// A page would leave out a field that it does not know, and then show another case than what runs.
		decoder.KnownFields(true)
		if err := decoder.Decode(&topics); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, topic := range topics {
			for _, c := range topic.Cases {
				c.rule = topic.Rule
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// findExamples returns the examples of a rule: cases that find it, and cases that meet it. Those that were written for it come first, and of each kind
// one before a second.
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

func selectExamples(cases []example, rule string) []example {
	seen := map[string]int{}
	rank := make(map[string]int, len(cases))
	for _, c := range cases {
		rank[c.Name] = 2 * seen[c.Kind]
		// What an organisation adds says less about the rule itself.
		if c.rule != rule || c.Policy.Kind != 0 || c.Exception.Kind != 0 {
			rank[c.Name] += 2*len(cases) + 1
		}
		seen[c.Kind]++
	}
	sorted := slices.SortedStableFunc(slices.Values(cases), func(a, b example) int { return rank[a.Name] - rank[b.Name] })
	return sorted[:min(len(sorted), maxExamples)]
}

func (b *Book) writeExamples(out *strings.Builder, r *bundle.Rule) {
	out.WriteString("## Examples\n\nEach is a case that `make conformance` runs, and shows what it changes of its base.\n\n")
	b.writeExampleLists(out, r.ID, "### Fails\n\n", "### Passes\n\n", (*example).writeMarkdown)
}

// writeExampleLists writes the failing and then the passing examples of a rule, each list below its heading. It leaves out an
// empty list.
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

func (c *example) writeMarkdown(out *strings.Builder) {
	base := c.Base
	if base == "" {
		base = "eu"
	}
	out.WriteString("**" + capitalize(c.Name) + "**")
	if said, ok := map[string]string{"boundary": "the last that passes", "missing": "nothing is said"}[c.Kind]; ok {
		out.WriteString(" (" + said + ")")
	}
	out.WriteString(": base [" + base + "](../../test/conformance/bases/" + base + ".yaml)")
	if c.AsOf != "" {
		out.WriteString(", on " + c.AsOf)
	}
	if c.As != "" {
		out.WriteString(", in the template of a " + c.As)
	}
	out.WriteString("\n\n")
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

// listParts returns what the example changes; empty when it takes its base as it is.
func (c *example) listParts() []part {
	return slices.DeleteFunc([]part{
		{"declaration", &c.Change}, {"pod", &c.Pod}, {"Service", &c.Service}, {"connection", &c.Connect},
		{"GovernancePolicy", &c.Policy}, {"PolicyException", &c.Exception},
	}, func(p part) bool { return len(p.node.Content) == 0 })
}

// formatYAML returns a value as YAML with a line for each member; lists of words and empty values stay on one line.
func formatYAML(n *yaml.Node) string {
	unfoldStyle(n)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(n); err != nil {
		return err.Error() + "\n"
	}
	return out.String()
}

func unfoldStyle(n *yaml.Node) {
	words := !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return item.Kind != yaml.ScalarNode })
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 || n.Kind == yaml.SequenceNode && !words {
		n.Style = 0
	}
	for _, child := range n.Content {
		unfoldStyle(child)
	}
}
