package main

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

// sample is one declaration, written with a line for each field of the specification; a longer one goes on in the next.
type sample struct {
	code, name string
	spec       *yaml.Node
	// lines of the declaration, without comments.
	lines []string
	// answers are the paths of what is stated, in their order; a list is one answer.
	answers []string
	verdict policy.Verdict
}

func newSample(code, name string, spec *yaml.Node) sample {
	s := sample{code: code, name: name, spec: spec, lines: []string{
		"apiVersion: " + v1alpha1.GroupVersion.String(),
		"kind: ChatbotDeployment",
		fmt.Sprintf("metadata: {name: smallest-%s, namespace: shop}", code),
		"spec:",
	}}
	for _, key := range keys(spec) {
		child := value(spec, key)
		s.lines = append(s.lines, wrapped("  "+key+": "+flow(child))...)
		s.answers = append(s.answers, answers(child, key)...)
	}
	return s
}

// text is the file: what it shows, what is expected of it, and the declaration.
func (s sample) text() string {
	head := fmt.Sprintf("# The least that a support chatbot says for one place, %s (%s): what only people can answer.\n", s.name, s.code)
	expected := strings.Join(append([]string{"# expected:", string(s.verdict.Outcome)}, s.verdict.Rules()...), " ")
	return head + expected + "\n" + strings.Join(s.lines, "\n") + "\n"
}

// flow is a value as YAML on one line.
func flow(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for _, key := range keys(n) {
			parts = append(parts, key+": "+flow(value(n, key)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return scalar(n)
}

// scalar is a plain value where readers of YAML, of its old version too, take it for what it is; else the text is quoted.
func scalar(n *yaml.Node) string {
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

// wrapped breaks a line that is too long after commas: of those that stand in the fewest brackets, which reads best, unless
// later ones need fewer lines.
func wrapped(text string) []string {
	shallow, late := broken(text, true), broken(text, false)
	if len(late) < len(shallow) {
		return late
	}
	return shallow
}

func broken(text string, shallow bool) []string {
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
	return append([]string{text[:end]}, broken("    "+strings.TrimSpace(text[end:]), shallow)...)
}

// answers are the paths of the values below a node; a list counts as one, and so do the items of a list of objects.
func answers(n *yaml.Node, path string) []string {
	var paths []string
	switch {
	case n.Kind == yaml.MappingNode:
		for _, key := range keys(n) {
			paths = append(paths, answers(value(n, key), path+"."+key)...)
		}
		return paths
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode:
		for _, item := range n.Content {
			paths = append(paths, answers(item, path+"[]")...)
		}
		slices.Sort(paths)
		return slices.Compact(paths)
	}
	return []string{path}
}
