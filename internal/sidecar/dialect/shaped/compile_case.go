package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"

// fillCases completes the cases of a node and of all nodes below it. A case describes one variant of an object, as [type=text] does. What a
// selector without a case says holds for every case, unless a selector with the case says otherwise. done holds the nodes that are
// complete.
func fillCases(n *jsontext.Node, done map[*jsontext.Node]bool) {
	if n == nil || done[n] {
		return
	}
	done[n] = true
	for _, chosen := range n.Cases {
		// A case describes the object that has the cases, so it has none of its own.
		merge(chosen, &jsontext.Node{Field: n.Field, Members: n.Members, Others: n.Others, Elements: n.Elements})
		fillCases(chosen, done)
	}
	fillCases(n.Elements, done)
	fillCases(n.Others, done)
	for _, member := range n.Members {
		fillCases(member, done)
	}
}

// merge adds to a node what another node says of the same place. A node that leads to itself says all of the places below it.
func merge(n, other *jsontext.Node) {
	if n == other || n.Others == n {
		return
	}
	if n.Field == 0 {
		n.Field, n.Substitute = other.Field, other.Substitute
	}
	if n.Cases == nil {
		n.Cases, n.Discriminator = other.Cases, other.Discriminator
	}
	mergeBelow(&n.Elements, other.Elements)
	for name, member := range n.Members {
		if other.Members[name] == nil && other.Others != nil {
			merge(member, other.Others)
		}
	}
	mergeBelow(&n.Others, other.Others)
	for name, member := range other.Members {
		if n.Members == nil {
			n.Members = map[string]*jsontext.Node{}
		}
		own := n.Members[name]
		mergeBelow(&own, member)
		n.Members[name] = own
	}
}

// mergeBelow makes a node below another one complete, or takes the other node if there is none.
func mergeBelow(own **jsontext.Node, other *jsontext.Node) {
	if *own == nil {
		*own = other
		return
	}
	if other != nil {
		merge(*own, other)
	}
}
