package manifest

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// measureExpanded returns the approximate size of a YAML document in bytes with its aliases expanded, without expanding them: a few bytes
// of aliases of aliases can stand for more than fits into memory. It returns an error if the document is not YAML or exceeds limit bytes.
// limit is what the earlier documents of the file left of MaxExpandedBytes.
func measureExpanded(raw []byte, limit int) (int, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return 0, err
	}
	return countExpandedBytes(&root, limit, map[*yaml.Node]int{})
}

// countExpandedBytes returns the approximate size in bytes of a node with its aliases expanded. A size above limit is an error: limit is
// what the earlier documents of the file left of MaxExpandedBytes, and the message names MaxExpandedBytes, the bound of the whole file.
// sizes has the sizes of the nodes that were measured before. A node whose size is being measured has -1: to meet this node again means
// that an anchor contains itself.
func countExpandedBytes(node *yaml.Node, limit int, sizes map[*yaml.Node]int) (int, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if size, known := sizes[node]; known {
		if size < 0 {
			return 0, errors.New("an anchor contains itself")
		}
		return size, nil
	}
	sizes[node] = -1
	size := len(node.Value) + 2 // Each node takes at least two characters, such as a comma and a space.
	for _, child := range node.Content {
		n, err := countExpandedBytes(child, limit, sizes)
		if err != nil {
			return 0, err
		}
		if size += n; size > limit {
			return 0, fmt.Errorf("with its aliases expanded the file has more than %d bytes", MaxExpandedBytes)
		}
	}
	sizes[node] = size
	return size, nil
}
