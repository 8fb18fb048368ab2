package jsontext_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// TestMembersAreToldApart: a table finds members by some characters of their names. Names that have these in common, and any number of names,
// must not be mixed up.
func TestMembersAreToldApart(t *testing.T) {
	for title, names := range map[string][]string{
		"one":                        {"content"},
		"the empty name":             {"", "a"},
		"only the empty name":        {""},
		"the same characters":        {"prompt_tokens", "prompt_tXkens", "prXmpt_tokens", "pXompt_tokenX", "aab", "bab", "abb"},
		"beginnings of one another":  {"a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"},
		"as many as a table has":     numberNames(64),
		"one more than a table has":  numberNames(65),
		"far more than real formats": numberNames(1000),
	} {
		t.Run(title, func(t *testing.T) {
			node := &jsontext.Node{Members: map[string]*jsontext.Node{}}
			for i, name := range names {
				node.Members[name] = &jsontext.Node{Field: jsontext.Field(i + 1)}
			}
			tree := jsontext.NewTree(node)
			for i, name := range names {
				checkField(t, tree, name, i+1)
				for _, unknown := range []string{name + "X", "X" + name, strings.ToUpper(name) + "Y"} {
					checkField(t, tree, unknown, 0)
				}
			}
			checkField(t, tree, "unknown", 0)
		})
	}
}

// numberNames returns so many different names of one length.
func numberNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("k%04dk", i))
	}
	return names
}

// checkField checks which field the member with the name has.
func checkField(t *testing.T, tree *jsontext.Tree, name string, want int) {
	t.Helper()
	tr := &tracer{}
	if _, err := jsontext.Rewrite(nil, fmt.Appendf(nil, `{%q:1}`, name), tree, tr); err != nil && want != int(fieldRefuse) {
		t.Fatalf("%q: %v", name, err)
	}
	found := 0
	for _, line := range tr.log {
		_, _ = fmt.Sscanf(line, "value %d", &found)
	}
	if found != want {
		t.Errorf("the member %q has the field %d, want %d", name, found, want)
	}
	if isShown := slices.Contains(tr.log, "key "+name); isShown != (want == 0) {
		t.Errorf("the visitor learns of the name %q: %t", name, isShown)
	}
}
