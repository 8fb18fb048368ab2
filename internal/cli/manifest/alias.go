package manifest

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// measure returns about how many bytes the document has with its aliases expanded. A few bytes of aliases of aliases can
// stand for more than fits into memory, so this is found out before anything is expanded. It returns an error when the
// document is no YAML, or has more than limit bytes.
func measure(raw []byte, limit int) (int, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return 0, err
	}
	return countExpandedBytes(&root, limit, map[*yaml.Node]int{})
}

// countExpandedBytes returns how many bytes the node stands for. sizes remembers nodes that were measured; a node that is being
// measured has the size -1 in it.
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
	size := len(node.Value) + 2
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
