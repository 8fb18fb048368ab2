package smallest

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A specification is a YAML mapping node, which keeps the order of its fields. A path to a value is the list of child positions from
// the root.

func cloneNode(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, cloneNode(child))
	}
	return &c
}

func listKeys(mapping *yaml.Node) []string {
	var names []string
	for i := 0; i < len(mapping.Content); i += 2 {
		names = append(names, mapping.Content[i].Value)
	}
	return names
}

// findValue returns the value of a key; nil when there is none.
func findValue(mapping *yaml.Node, key string) *yaml.Node {
	if i := slices.Index(listKeys(mapping), key); i >= 0 {
		return mapping.Content[2*i+1]
	}
	return nil
}

// copyWithout returns a copy of the mapping without the keys.
func copyWithout(mapping *yaml.Node, unwanted ...string) *yaml.Node {
	c := cloneNode(mapping)
	for i := len(c.Content) - 2; i >= 0; i -= 2 {
		if slices.Contains(unwanted, c.Content[i].Value) {
			c.Content = slices.Delete(c.Content, i, i+2)
		}
	}
	return c
}

// listRemovable returns the paths of everything that can be removed: each member of a mapping and each item of a list. A container comes
// before its contents.
func listRemovable(n *yaml.Node) [][]int {
	var paths [][]int
	for i, child := range listValues(n) {
		paths = append(paths, []int{i})
		for _, below := range listRemovable(child) {
			paths = append(paths, append([]int{i}, below...))
		}
	}
	return paths
}

func listValues(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n.Content
	}
	var values []*yaml.Node
	for i := 1; i < len(n.Content); i += 2 {
		values = append(values, n.Content[i])
	}
	return values
}

// removeAt returns a copy of the node without the value at the path, and without mappings that this leaves empty. It returns false when
// the path does not exist, or when the value is the last of a list: an empty list would state that there is nothing.
func removeAt(n *yaml.Node, path []int) (*yaml.Node, bool) {
	below := listValues(n)
	if path[0] >= len(below) || len(path) == 1 && n.Kind == yaml.SequenceNode && len(below) == 1 {
		return nil, false
	}
	c, width := cloneNode(n), len(n.Content)/len(below)
	first, last := path[0]*width, path[0]*width+width-1
	if len(path) > 1 {
		child, ok := removeAt(below[path[0]], path[1:])
		if !ok {
			return nil, false
		}
		if child.Kind != yaml.MappingNode || len(child.Content) > 0 {
			c.Content[last] = child
			return c, true
		}
	}
	c.Content = slices.Delete(c.Content, first, last+1)
	return c, true
}

// addAnswer states what a finding requires at a path of keys (`security.controls`, `processors[0].transfer`): it adds a list to
// what is there, turns limits by name into entries that were completed on the day, and sets anything else.
func addAnswer(spec *yaml.Node, path string, required any, completed string) error {
	switch required := required.(type) {
	case []any:
		return addItems(findOrAdd(spec, path, yaml.SequenceNode), required)
	case map[string]any:
		var entries []any
		for _, name := range slices.Sorted(maps.Keys(required)) {
			entries = append(entries, entry{Type: name, Completed: completed})
		}
		return addItems(findOrAdd(spec, path, yaml.SequenceNode), entries)
	case json.Number:
		*findOrAdd(spec, path, yaml.ScalarNode) = yaml.Node{Kind: yaml.ScalarNode, Value: required.String()}
		return nil
	case string, bool:
		return findOrAdd(spec, path, yaml.ScalarNode).Encode(required)
	}
	return fmt.Errorf("spec.%s: no answer satisfies %v", path, required)
}

// entry is an assessment that was completed.
type entry struct{ Type, Completed string }

func addItems(list *yaml.Node, items []any) error {
	for _, item := range items {
		if choices, isClause := item.([]any); isClause {
			if len(choices) == 0 || slices.ContainsFunc(choices, func(c any) bool { return hasItem(list, fmt.Sprint(c)) }) {
				continue
			}
			item = choices[0]
		}
		var n yaml.Node
		if err := n.Encode(item); err != nil {
			return err
		}
		if n.Kind != yaml.ScalarNode || !hasItem(list, n.Value) {
			list.Content = append(list.Content, &n)
		}
	}
	return nil
}

func hasItem(list *yaml.Node, value string) bool {
	return slices.ContainsFunc(list.Content, func(item *yaml.Node) bool { return item.Kind == yaml.ScalarNode && item.Value == value })
}

// findOrAdd returns the value at a path of keys, and adds it when it is missing. A key may have the index of an existing item.
func findOrAdd(mapping *yaml.Node, path string, kind yaml.Kind) *yaml.Node {
	key, rest, deeper := strings.Cut(path, ".")
	if name, index, ok := strings.Cut(key, "["); ok {
		if item := findItem(findValue(mapping, name), strings.TrimSuffix(index, "]")); item != nil && deeper {
			return findOrAdd(item, rest, kind)
		}
	}
	made := kind
	if deeper {
		made = yaml.MappingNode
	}
	child := findValue(mapping, key)
	if child == nil {
		child = &yaml.Node{Kind: made}
		mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, child)
	}
	if deeper {
		return findOrAdd(child, rest, kind)
	}
	return child
}

// findItem returns the item of a list by its index; nil when there is none.
func findItem(list *yaml.Node, index string) *yaml.Node {
	i, err := strconv.Atoi(index)
	if list == nil || err != nil || i < 0 || i >= len(list.Content) {
		return nil
	}
	return list.Content[i]
}

// listSubsets returns the subsets of the given size, in the order of the names.
func listSubsets(names []string, size int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var choose func(chosen []string, from int) bool
		choose = func(chosen []string, from int) bool {
			if len(chosen) == size {
				return yield(slices.Clone(chosen))
			}
			for i := from; i < len(names); i++ {
				if !choose(append(chosen, names[i]), i+1) {
					return false
				}
			}
			return true
		}
		choose(nil, 0)
	}
}
