package smallest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxColumns is how long a line of a sample may be.
const maxColumns = 110

// Declaration is a ChatbotDeployment with the verdict about it. Its text has a line for each field of the specification; a longer one
// continues in the next.
type Declaration struct {
	// Verdict is the policy's about the declaration; it does not refuse.
	Verdict policy.Verdict

	places namedPlaces
	spec   *yaml.Node
	// lines of the declaration, without comments.
	lines []string
	// answers are the paths of the stated values, in their order; a list is one answer.
	answers []string
}

func newDeclaration(name string, places namedPlaces, spec *yaml.Node) *Declaration {
	d := &Declaration{places: places, spec: spec, lines: []string{
		"apiVersion: " + v1alpha1.GroupVersion.String(),
		"kind: ChatbotDeployment",
		fmt.Sprintf("metadata: {name: %s, namespace: shop}", name),
		"spec:",
	}}
	for _, key := range listKeys(spec) {
		child := findValue(spec, key)
		d.lines = append(d.lines, wrapLine("  "+key+": "+formatFlow(child))...)
		d.answers = append(d.answers, listAnswers(child, key)...)
	}
	return d
}

// String returns the declaration as YAML, without comments.
func (d *Declaration) String() string { return strings.Join(d.lines, "\n") + "\n" }

// formatSample returns the declaration as a sample: what it shows, what is expected of it, and the declaration.
func (d *Declaration) formatSample() string {
	head := fmt.Sprintf("# The smallest declaration of a support chatbot for %s: what only people can answer.\n", d.places.titles[0])
	expected := strings.Join(append([]string{"# expected:", string(d.Verdict.Outcome)}, d.Verdict.Rules()...), " ")
	return head + expected + "\n" + d.String()
}

// Titles returns the places with their names and codes: `Germany (de)`.
func (d *Declaration) Titles() []string { return d.places.titles }

// formatFlow returns a value as YAML on one line.
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
	plain := true
	for _, read := range []func([]byte, *[]any) error{
		func(text []byte, into *[]any) error { return yaml.Unmarshal(text, into) },
		func(text []byte, into *[]any) error { return sigsyaml.Unmarshal(text, into) },
	} {
		var got []any
		plain = plain && read([]byte("["+n.Value+"]"), &got) == nil && len(got) == 1 && got[0] == n.Value
	}
	if plain {
		return n.Value
	}
	quoted, _ := json.Marshal(n.Value) // A string has JSON.
	return string(quoted)
}

// wrapLine breaks a line that is too long after commas. It chooses the commas in the fewest brackets, which reads best, unless later
// commas need fewer lines.
func wrapLine(text string) []string {
	shallow, late := breakLine(text, true), breakLine(text, false)
	if len(late) < len(shallow) {
		return late
	}
	return shallow
}

func breakLine(text string, shallow bool) []string {
	if len(text) <= maxColumns {
		return []string{text}
	}
	end, depth, least, quoted := 0, 0, len(text), false
	for i, r := range text[:maxColumns] {
		quoted = quoted != (r == '"')
		switch {
		case quoted:
		case strings.ContainsRune("[{", r):
			depth++
		case strings.ContainsRune("]}", r):
			depth--
		case r == ',' && (depth <= least || !shallow):
			end, least = i+1, depth
		}
	}
	if end == 0 {
		return []string{text}
	}
	return append([]string{text[:end]}, breakLine("    "+strings.TrimSpace(text[end:]), shallow)...)
}

// listAnswers returns the paths of the values below a node; a list counts as one, and so do the items of a list of objects.
func listAnswers(n *yaml.Node, path string) []string {
	var paths []string
	switch {
	case n.Kind == yaml.MappingNode:
		for _, key := range listKeys(n) {
			paths = append(paths, listAnswers(findValue(n, key), path+"."+key)...)
		}
		return paths
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode:
		for _, item := range n.Content {
			paths = append(paths, listAnswers(item, path+"[]")...)
		}
		slices.Sort(paths)
		return slices.Compact(paths)
	}
	return []string{path}
}
