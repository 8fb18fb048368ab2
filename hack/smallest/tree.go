package main

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A specification is a mapping node of YAML, which keeps the order of its fields. A path to a value in it is the list of the
// positions of children, from the top.

func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, clone(child))
	}
	return &c
}

func keys(mapping *yaml.Node) []string {
	var names []string
	for i := 0; i < len(mapping.Content); i += 2 {
		names = append(names, mapping.Content[i].Value)
	}
	return names
}

// value of a key; nil when there is none.
func value(mapping *yaml.Node, key string) *yaml.Node {
	if i := slices.Index(keys(mapping), key); i >= 0 {
		return mapping.Content[2*i+1]
	}
	return nil
}

// without returns a copy of the mapping without the keys.
func without(mapping *yaml.Node, unwanted ...string) *yaml.Node {
	c := clone(mapping)
	for i := len(c.Content) - 2; i >= 0; i -= 2 {
		if slices.Contains(unwanted, c.Content[i].Value) {
			c.Content = slices.Delete(c.Content, i, i+2)
		}
	}
	return c
}

// removable are the paths of everything that may be left out: each member of a mapping, each item of a list. A container comes
// before what is in it.
func removable(n *yaml.Node) [][]int {
	var paths [][]int
	for i, child := range children(n) {
		paths = append(paths, []int{i})
		for _, below := range removable(child) {
			paths = append(paths, append([]int{i}, below...))
		}
	}
	return paths
}

func children(n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.MappingNode {
		return n.Content
	}
	var values []*yaml.Node
	for i := 1; i < len(n.Content); i += 2 {
		values = append(values, n.Content[i])
	}
	return values
}

// removed returns a copy of the node without the value at the path, and without mappings that have no other; false when
// there is no such path, or the value is the last of a list: an empty list would say that there is none.
func removed(n *yaml.Node, path []int) (*yaml.Node, bool) {
	below := children(n)
	if path[0] >= len(below) || len(path) == 1 && n.Kind == yaml.SequenceNode && len(below) == 1 {
		return nil, false
	}
	c, width := clone(n), len(n.Content)/len(below)
	first, last := path[0]*width, path[0]*width+width-1
	if len(path) > 1 {
		child, ok := removed(below[path[0]], path[1:])
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

// answer states what a finding requires at a path of keys (`security.controls`): a list is added to what is there, limits by
// name become entries that were completed on the day, anything else is set.
func answer(spec *yaml.Node, path string, required any, completed string) error {
	switch wanted := required.(type) {
	case []any:
		return add(at(spec, path, yaml.SequenceNode), wanted)
	case map[string]any:
		var entries []any
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			entries = append(entries, entry{Type: name, Completed: completed})
		}
		return add(at(spec, path, yaml.SequenceNode), entries)
	case string, bool:
		return at(spec, path, yaml.ScalarNode).Encode(wanted)
	}
	return fmt.Errorf("%s: no answer is known to %v", path, required)
}

// entry is an assessment that was made.
type entry struct{ Type, Completed string }

func add(list *yaml.Node, items []any) error {
	for _, item := range items {
		var n yaml.Node
		if err := n.Encode(item); err != nil {
			return err
		}
		if !slices.ContainsFunc(list.Content, func(have *yaml.Node) bool { return have.Value == n.Value && n.Kind == yaml.ScalarNode }) {
			list.Content = append(list.Content, &n)
		}
	}
	return nil
}

// at returns the value at a path of keys, which is made where it is not there yet.
func at(mapping *yaml.Node, path string, kind yaml.Kind) *yaml.Node {
	key, rest, deeper := strings.Cut(path, ".")
	made := kind
	if deeper {
		made = yaml.MappingNode
	}
	child := value(mapping, key)
	if child == nil {
		child = &yaml.Node{Kind: made}
		mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, child)
	}
	if deeper {
		return at(child, rest, kind)
	}
	return child
}

// subsets of the given size, in the order of the names.
func subsets(names []string, size int) iter.Seq[[]string] {
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
