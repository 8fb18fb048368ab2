package jsontext

// Field is a name that a user of the package gives to places in a document. Zero means no name.
type Field uint8

// Node describes a place in a document: what stands there, and what may stand below it. A nil Node is a place of which
// nothing is known. Nodes are shared and must not be changed.
type Node struct {
	// Field is told to the Visitor.
	Field Field
	// Members are the known members, when an object stands here.
	Members map[string]*Node
	// Elements describes the elements, when an array stands here.
	Elements *Node
}

// Kind is what a JSON value is.
type Kind uint8

// The kinds.
const (
	Object Kind = iota
	Array
	String
	Number
	Boolean
	Null
)

// Place is where the visitor stands. It is valid during the call only.
type Place struct {
	// Field is that of the Node, zero at an unknown place.
	Field Field
	// Parent is the Field of the object or array around the value.
	Parent Field
	// Key is the decoded name of the member; empty in an array and at the top.
	Key []byte
	// Depth is how many objects and arrays are around the value.
	Depth int
	// Index holds the position in each array around the value, outermost first; Arrays is how many there are.
	Index [MaxDepth]int
	// Arrays is the number of valid entries of Index.
	Arrays int
}

// Visitor decides about the values of a document, in the order in which they stand. An error ends the pass and is returned
// by Rewrite as it is.
type Visitor interface {
	// Value is called before every value at a place with a Field. With keep false, null is written in its place; what is
	// below is checked for well-formedness only and not shown.
	Value(p *Place, kind Kind) (keep bool, err error)
	// Key is called for every member that no Node describes, with the decoded name.
	Key(p *Place, name []byte) error
	// Text is called for every string with its decoded text. It appends to dst what stands in its place, or returns changed
	// false to leave it.
	Text(p *Place, dst, text []byte) (out []byte, changed bool, err error)
	// Scalar is called for every number, boolean and null with the token as it stands. It may return a text that stands in
	// its place as a string, or nil to leave it.
	Scalar(p *Place, raw []byte) (text []byte, err error)
}
