package jsontext

// Tree is a Node and the nodes below it, prepared for Rewrite. It is immutable and safe for concurrent use. A nil Tree describes no place.
type Tree struct{ root *branch }

// branch is what Rewrite reads of a Node.
type branch struct {
	field            Field
	substitute       string
	members          branchTable
	others, elements *branch
	// cases has no slots if the Node has no cases.
	cases         branchTable
	discriminator string
}

// NewTree prepares the nodes, which may lead to one another in a circle. The caller must not change them any more.
func NewTree(root *Node) *Tree { return &Tree{root: newBranch(root, map[*Node]*branch{})} }

// newBranch returns the branch of a node. made has the branches of the nodes that were visited.
func newBranch(n *Node, made map[*Node]*branch) *branch {
	if n == nil || made[n] != nil {
		return made[n]
	}
	b := &branch{field: n.Field, substitute: n.Substitute, discriminator: n.Discriminator}
	if b.substitute == "" {
		b.substitute = "null"
	}
	made[n] = b
	b.others, b.elements = newBranch(n.Others, made), newBranch(n.Elements, made)
	b.members, b.cases = newBranchTable(n.Members, made), newBranchTable(n.Cases, made)
	return b
}

// branchTable finds branches by short texts. A map takes twice the time: it reads every byte of a text to find its place, and a branchTable
// four numbers. The slots are a power of two, and at most half of them are taken.
type branchTable struct{ slots []slot }

// slot is a place in a branchTable, which is empty if it has no branch.
type slot struct {
	text   string
	branch *branch
}

// newBranchTable returns the table of the branches of nodes.
func newBranchTable(nodes map[string]*Node, made map[*Node]*branch) (t branchTable) {
	if len(nodes) == 0 {
		return t
	}
	size := 2
	for size < 2*len(nodes) {
		size *= 2
	}
	t.slots = make([]slot, size)
	for text, n := range nodes {
		at := findSlot(text) % size
		for t.slots[at].branch != nil {
			at = (at + 1) % size
		}
		t.slots[at] = slot{text, newBranch(n, made)}
	}
	return t
}

// find returns the branch of a text, or nil.
func (t branchTable) find(text []byte) *branch {
	if len(t.slots) == 0 {
		return nil
	}
	for at := findSlot(text); ; at++ {
		s := &t.slots[at&(len(t.slots)-1)]
		if s.branch == nil || s.text == string(text) {
			return s.branch
		}
	}
}

// findSlot returns the slot of a text in a table that is large enough. The texts of one table differ mostly in their length or in one of the
// three characters.
func findSlot[T string | []byte](text T) int {
	n := len(text)
	if n == 0 {
		return 0
	}
	return n + 3*int(text[0]) + 5*int(text[n/2]) + 7*int(text[n-1])
}
