package starter

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxColumns is the maximum length of a line of a sample, in bytes.
const maxColumns = 110

// Declaration is a ChatbotDeployment with the verdict about it. Its text has one line for each field of spec, or more for a long field.
type Declaration struct {
	// Verdict is the verdict about the declaration. It does not deny.
	Verdict policy.Verdict
	// Open are the findings about the same places, channels and purpose where nothing else is stated, as far as they rest on facts that the
	// declaration does not state either. So they show which facts decide most.
	Open []policy.Finding

	places namedPlaces
	spec   *yaml.Node
	// lines are the lines of the declaration. They contain no comments.
	lines []string
	// valuePaths are the paths of the declared values, in their order (`security.controls`). A list counts as one value.
	valuePaths []string
}

// newDeclaration returns the declaration with the name, in a namespace for people to replace, and the specification. It has no verdict yet.
func newDeclaration(name string, places namedPlaces, spec *yaml.Node) *Declaration {
	d := &Declaration{places: places, spec: spec, lines: []string{
		"apiVersion: " + v1alpha1.GroupVersion.String(),
		"kind: ChatbotDeployment",
		fmt.Sprintf("metadata: {name: %s, namespace: shop}", formatScalar(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name})),
		"spec:",
	}}
	for _, key := range listKeys(spec) {
		child := findValue(spec, key)
		d.lines = append(d.lines, wrapLine("  "+key+": "+formatFlow(child))...)
		d.valuePaths = append(d.valuePaths, listValuePaths(child, key)...)
	}
	return d
}

// String returns the declaration as YAML, without comments.
func (d *Declaration) String() string { return strings.Join(d.lines, "\n") + "\n" }

// formatSample returns the declaration as the text of a sample. Two comments come first: what the sample shows, and the outcome and the
// rules of the findings that a test expects.
func (d *Declaration) formatSample() string {
	head := fmt.Sprintf("# The smallest declaration of a support chatbot for %s: what only people can answer.\n", d.places.titles[0])
	expected := strings.Join(append([]string{"# expected:", string(d.Verdict.Outcome)}, d.Verdict.Rules()...), " ")
	return head + expected + "\n" + d.String()
}

// Titles returns the names of the places with their codes, such as `Germany (de)`: the jurisdictions, then the sectors.
func (d *Declaration) Titles() []string { return d.places.titles }

// formatFlow returns a value in YAML's flow style, on one line.
func formatFlow(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, key := range listKeys(n) {
			parts = append(parts, key+": "+formatFlow(findValue(n, key)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, formatFlow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return formatScalar(n)
}

// formatScalar returns a value as YAML. It leaves a string unquoted if parsers of YAML 1.1 and of YAML 1.2 both read it as the same
// string, and quotes it otherwise.
func formatScalar(n *yaml.Node) string {
	if n.ShortTag() != "!!str" {
		return n.Value
	}
	unquoted := []byte("[" + n.Value + "]") // Parse the string as an item of a list, where commas and brackets need quotes.
	var yaml12, yaml11 []any                // The two packages read YAML 1.2 and YAML 1.1.
	if yaml.Unmarshal(unquoted, &yaml12) == nil && isOnly(yaml12, n.Value) &&
		sigsyaml.Unmarshal(unquoted, &yaml11) == nil && isOnly(yaml11, n.Value) {
		return n.Value
	}
	quoted, _ := json.Marshal(n.Value) // Encoding a string does not fail.
	return string(quoted)
}

// isOnly reports whether the list has one item, which is the string.
func isOnly(list []any, text string) bool { return len(list) == 1 && list[0] == text }

// wrapLine breaks a line of more than maxColumns after commas. There are two ways: at the commas with the lowest bracket depth, which reads
// best, or at the last comma that fits into each line. wrapLine takes the second way only if it results in fewer lines.
func wrapLine(text string) []string {
	readable, shortest := breakLine(text, findOuterComma), breakLine(text, findLastComma)
	if len(shortest) < len(readable) {
		return shortest
	}
	return readable
}

// breakLine breaks a line of more than maxColumns into several, and indents those after the first. findComma gets the text that fits into a
// line, and returns the index after the comma with which the line shall end, or 0 if there is none.
func breakLine(text string, findComma func(text string) int) []string {
	if len(text) <= maxColumns {
		return []string{text}
	}
	end := findComma(text[:maxColumns])
	if end == 0 {
		return []string{text}
	}
	return append([]string{text[:end]}, breakLine("    "+strings.TrimSpace(text[end:]), findComma)...)
}

// findLastComma returns the index after the last comma outside of quotes; 0 if there is none.
func findLastComma(text string) int {
	end := 0
	for index := range listCommas(text) {
		end = index + 1
	}
	return end
}

// findOuterComma returns the index after the last comma at the lowest bracket depth at which the text has commas; 0 if it has none.
func findOuterComma(text string) int {
	end, lowest := 0, len(text) // The depth of a comma is always below the length of the text.
	for index, depth := range listCommas(text) {
		if depth <= lowest {
			end, lowest = index+1, depth
		}
	}
	return end
}

// listCommas yields the index of each comma outside of quotes, with its bracket depth: the number of brackets around it. The text has no
// escaped quotes, because no value of a starter declaration contains a quote.
func listCommas(text string) iter.Seq2[int, int] {
	return func(yield func(index, depth int) bool) {
		depth, isQuoted := 0, false
		for i, r := range text {
			switch {
			case r == '"':
				isQuoted = !isQuoted
			case isQuoted: // Skip commas and brackets in quotes.
			case strings.ContainsRune("[{", r):
				depth++
			case strings.ContainsRune("]}", r):
				depth--
			case r == ',':
				if !yield(i, depth) {
					return
				}
			}
		}
	}
}

// listValuePaths returns the paths of the values at and below a node, which is at path. A list of scalars counts as one value, and so
// does a member that several objects of a list have (`processors[].name`).
func listValuePaths(n *yaml.Node, path string) []string {
	var paths []string
	switch {
	case n.Kind == yaml.MappingNode:
		for _, key := range listKeys(n) {
			paths = append(paths, listValuePaths(findValue(n, key), path+"."+key)...)
		}
		return paths
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode:
		for _, item := range n.Content {
			paths = append(paths, listValuePaths(item, path+"[]")...)
		}
		slices.Sort(paths)
		return slices.Compact(paths)
	}
	return []string{path}
}
