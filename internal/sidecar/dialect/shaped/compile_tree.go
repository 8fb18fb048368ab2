package shaped

import (
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// lead returns the node to which the steps lead, and the one before it. It makes the nodes that are missing.
func (c *compiler) lead(steps []shape.Step) (from, node *jsontext.Node, err error) {
	from, node = c.root, c.root
	for _, step := range steps {
		if step.Kind == shape.ToCase && node.Cases != nil && node.Discriminator != step.Name {
			return nil, nil, fmt.Errorf("another selector tells the cases apart by the member %q", node.Discriminator)
		}
		from, node = node, follow(node, step)
	}
	return from, node, nil
}

// follow returns the node to which a step leads from a node. It makes the node if there is none.
func follow(from *jsontext.Node, step shape.Step) *jsontext.Node {
	switch step.Kind {
	case shape.ToElements:
		return orNew(&from.Elements)
	case shape.ToOthers:
		return orNew(&from.Others)
	case shape.ToAll:
		// One node stands for all depths: it leads to itself. The caller links it below from (fillBelow).
		all := &jsontext.Node{}
		all.Others, all.Elements = all, all
		return all
	case shape.ToCase:
		if from.Cases == nil {
			from.Cases, from.Discriminator = map[string]*jsontext.Node{}, step.Name
		}
		chosen := from.Cases[step.Text]
		from.Cases[step.Text] = orNew(&chosen)
		return chosen
	}
	if from.Members == nil {
		from.Members = map[string]*jsontext.Node{}
	}
	next := from.Members[step.Name]
	from.Members[step.Name] = orNew(&next)
	return next
}

// orNew returns the node, which it makes if there is none.
func orNew(node **jsontext.Node) *jsontext.Node {
	if *node == nil {
		*node = &jsontext.Node{}
	}
	return *node
}

// fillBelow lets the node all describe every place below the node from that no selector names.
func fillBelow(from, all *jsontext.Node) {
	for _, below := range []**jsontext.Node{&from.Elements, &from.Others} {
		if *below == nil {
			*below = all
			continue
		}
		fillNode(*below, all)
	}
	for _, member := range from.Members {
		fillNode(member, all)
	}
}

// fillNode makes all stand for a node that no selector names, and for such places below it. A node that leads to itself is that of a narrower
// selector, which names every place below.
func fillNode(node, all *jsontext.Node) {
	if node.Others == node {
		return
	}
	if node.Field == 0 {
		node.Field = all.Field
	}
	fillBelow(node, all)
}
