package starter

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

// The functions of this file work on specifications. A specification is a YAML mapping node, which keeps the order of its fields.

// positions are the way to a value in a specification. The first number is the index of a member of the specification, the second is the
// index of a member or item of the value of this member, and so on.
type positions []int

// cloneNode returns a deep copy of a node.
func cloneNode(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, cloneNode(child))
	}
	return &c
}

// listKeys returns the keys of a mapping in their order.
func listKeys(mapping *yaml.Node) []string {
	var names []string
	for i := 0; i < len(mapping.Content); i += 2 { // Keys and values alternate.
		names = append(names, mapping.Content[i].Value)
	}
	return names
}

// findValue returns the value of a key of a mapping; nil if the mapping does not have the key.
func findValue(mapping *yaml.Node, key string) *yaml.Node {
	if i := slices.Index(listKeys(mapping), key); i >= 0 {
		return mapping.Content[2*i+1]
	}
	return nil
}

// copyWithout returns a copy of the mapping without the keys.
func copyWithout(mapping *yaml.Node, keys ...string) *yaml.Node {
	c := cloneNode(mapping)
	for i := len(c.Content) - 2; i >= 0; i -= 2 { // From the end, because a deletion moves what follows.
		if slices.Contains(keys, c.Content[i].Value) {
			c.Content = slices.Delete(c.Content, i, i+2)
		}
	}
	return c
}

// listRemovable returns the paths of everything that can be removed: each member of a mapping and each item of a list. A container comes
// before its contents.
func listRemovable(n *yaml.Node) []positions {
	var paths []positions
	for i, child := range listValues(n) {
		paths = append(paths, positions{i})
		for _, below := range listRemovable(child) {
			paths = append(paths, append(positions{i}, below...))
		}
	}
	return paths
}

// listValues returns the values of a mapping, or the items of a list, in their order.
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

// removeAt returns a copy of the node without the value at the path, and without the mappings that become empty. It returns false if the
// path does not exist, or if a list would become empty, which would declare that there is nothing.
func removeAt(n *yaml.Node, path positions) (*yaml.Node, bool) {
	values := listValues(n)
	exists := path[0] < len(values)
	endsHere := len(path) == 1
	isOnlyItem := n.Kind == yaml.SequenceNode && len(values) == 1
	if !exists || endsHere && isOnlyItem {
		return nil, false
	}
	c := cloneNode(n)
	// The nodes of a member or item are c.Content[start:end]: a member of a mapping takes two, its key and its value, an item of a list one.
	width := len(n.Content) / len(values)
	start, end := path[0]*width, (path[0]+1)*width
	if !endsHere {
		child, ok := removeAt(values[path[0]], path[1:])
		if !ok {
			return nil, false
		}
		isEmptyMapping := child.Kind == yaml.MappingNode && len(child.Content) == 0
		if !isEmptyMapping {
			c.Content[end-1] = child // The value is the last of the nodes.
			return c, true
		}
	}
	if isOnlyItem { // The item has become an empty mapping.
		return nil, false
	}
	// Remove the value that the path leads to, or the mapping that has become empty.
	c.Content = slices.Delete(c.Content, start, end)
	return c, true
}

// setRequired sets the value that a finding requires at a path of keys (`security.controls`, `processors[0].transfer`). It adds the items
// of a list to the items that are there. A map as the required value has the maximum ages of assessments by name; then setRequired adds an
// assessment of each name, completed on the day assessedOn.
func setRequired(spec *yaml.Node, path string, required any, assessedOn string) error {
	switch required := required.(type) {
	case []any:
		return addItems(findOrAdd(spec, path, yaml.SequenceNode), required)
	case map[string]any:
		var entries []any
		for _, name := range slices.Sorted(maps.Keys(required)) {
			entries = append(entries, assessment{Type: name, Completed: assessedOn})
		}
		return addItems(findOrAdd(spec, path, yaml.SequenceNode), entries)
	case json.Number: // Encode would write the number as a string.
		*findOrAdd(spec, path, yaml.ScalarNode) = yaml.Node{Kind: yaml.ScalarNode, Value: required.String()}
		return nil
	case string, bool:
		return findOrAdd(spec, path, yaml.ScalarNode).Encode(required)
	}
	return fmt.Errorf("spec.%s: no value satisfies %v", path, required)
}

// assessment is an entry of spec.assessments.
type assessment struct{ Type, Completed string }

// addItems adds the items that the list does not have. An item that is itself a slice holds choices: addItems adds the first choice, unless
// the list already has one of the choices.
func addItems(list *yaml.Node, items []any) error {
	for _, item := range items {
		if choices, isChoice := item.([]any); isChoice {
			if len(choices) == 0 || slices.ContainsFunc(choices, func(c any) bool { return hasItem(list, fmt.Sprint(c)) }) {
				continue
			}
			item = choices[0]
		}
		var n yaml.Node
		if err := n.Encode(item); err != nil {
			return err
		}
		// The entry of an assessment is a mapping, not a scalar. It is missing, or no finding would ask for it.
		isMissing := n.Kind != yaml.ScalarNode || !hasItem(list, n.Value)
		if isMissing {
			list.Content = append(list.Content, &n)
		}
	}
	return nil
}

// hasItem reports whether a list has the scalar value.
func hasItem(list *yaml.Node, value string) bool {
	return slices.ContainsFunc(list.Content, func(item *yaml.Node) bool { return item.Kind == yaml.ScalarNode && item.Value == value })
}

// findOrAdd returns the value at a path of keys. If the value is missing, findOrAdd adds an empty node of the kind as the value, and the
// mappings on the way to the value. A key may have the index of an item, such as `processors[0]` in `processors[0].transfer`; an item that
// is missing is added at the end of its list.
func findOrAdd(mapping *yaml.Node, path string, kind yaml.Kind) *yaml.Node {
	key, rest, hasRest := strings.Cut(path, ".")
	child := findMember(mapping, key)
	if child == nil {
		child = &yaml.Node{Kind: kind}
		if hasRest {
			child.Kind = yaml.MappingNode
		}
		addMember(mapping, key, child)
	}
	if !hasRest {
		return child
	}
	if isBlank(child) {
		*child = yaml.Node{Kind: yaml.MappingNode}
	}
	return findOrAdd(child, rest, kind)
}

// addMember adds a value to a mapping, or, if the key has an index, to the end of the list that is a member of the mapping.
func addMember(mapping *yaml.Node, key string, value *yaml.Node) {
	name, _, isItem := cutIndex(key)
	if !isItem {
		mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
		return
	}
	list := findOrAdd(mapping, name, yaml.SequenceNode)
	if isBlank(list) {
		*list = yaml.Node{Kind: yaml.SequenceNode}
	}
	list.Content = append(list.Content, value)
}

// isBlank reports whether the value is null.
func isBlank(n *yaml.Node) bool { return n.ShortTag() == "!!null" }

// findMember returns the value of a key of a mapping. For a key with an index, such as `processors[0]`, it returns that item of the list.
// It returns nil if there is none.
func findMember(mapping *yaml.Node, key string) *yaml.Node {
	name, index, hasIndex := cutIndex(key)
	if !hasIndex {
		return findValue(mapping, key)
	}
	return findItem(findValue(mapping, name), index)
}

// cutIndex returns the name and the index of a key such as `processors[0]`.
func cutIndex(key string) (name, index string, hasIndex bool) {
	name, index, hasIndex = strings.Cut(key, "[")
	return name, strings.TrimSuffix(index, "]"), hasIndex
}

// findItem returns the item of a list by its index in decimal digits; nil if there is no such list or item.
func findItem(list *yaml.Node, index string) *yaml.Node {
	i, err := strconv.Atoi(index)
	if list == nil || list.Kind != yaml.SequenceNode || err != nil || i < 0 || i >= len(list.Content) {
		return nil
	}
	return list.Content[i]
}

// listSubsets yields the subsets of the names that have the given size. They, and the names in each, are in the order of names.
func listSubsets(names []string, size int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		// choose yields each subset that consists of the names in `chosen` and of names with the index `from` or higher. It returns
		// false if the caller of listSubsets stops the iteration.
		var choose func(chosen []string, from int) bool
		choose = func(chosen []string, from int) bool {
			if len(chosen) == size {
				return yield(slices.Clone(chosen))
			}
			for i := from; i < len(names); i++ {
				if wantsMore := choose(append(chosen, names[i]), i+1); !wantsMore {
					return false
				}
			}
			return true
		}
		choose(nil, 0)
	}
}
