package jsontext

// Field identifies a kind of place in a document, such as the text of a message. Users of the package define the fields. Zero means that
// a place has no field.
type Field uint16

// Node describes a place in a document and the places below it. A nil Node is an unknown place.
type Node struct {
	// Field is what the Visitor learns about the place.
	Field Field
	// Members describes the known members of an object, by name.
	Members map[string]*Node
	// Substitute is the JSON that Rewrite writes for a value that the Visitor does not keep; "" means null.
	Substitute string
	// Others describes every member of an object that Members lacks. The Visitor still gets the names of these members.
	Others *Node
	// Elements describes the elements of an array.
	Elements *Node
	// Cases describes an object by the text of its member Discriminator, or by the word true or false if the member is a boolean, wherever
	// the member stands in the object. The Node itself describes an object without that member, or with another value.
	Cases         map[string]*Node
	Discriminator string
}

// Kind is the type of a JSON value.
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

// Place is the position of a value. It is valid only during the call of the Visitor that receives it.
type Place struct {
	// Field is the Field of the Node that describes the value; zero at an unknown place.
	Field Field
	// Parent is the Field of the object or array that directly contains the value.
	Parent Field
	// Key is the decoded name of the member; empty in an array and at the top.
	Key []byte
	// Depth is the number of objects and arrays that contain the value.
	Depth int
	// Index holds the position of the value in each array that contains it, from 0, outermost array first. Its first Arrays entries are
	// valid.
	Index  [MaxDepth]int
	Arrays int
	// Insert is JSON that VisitValue may set for an array: Rewrite writes it as the first element. It is valid until the next call.
	Insert []byte
	// Append is JSON that VisitValue may set for an array: Rewrite writes it as the last element.
	Append []byte
	// ahead is, for an array at a place with a Field, the document from the opening bracket on.
	ahead []byte
}

// Visitor decides about the values of a document, in document order. An error ends the pass, and Rewrite returns it
// unchanged.
type Visitor interface {
	// VisitValue is called before every value at a place with a Field. It may change p.Field: the value then has the new one. When keep is
	// false, Rewrite writes Node.Substitute instead of the value. It then checks only that the content of the value is well-formed, and does not call
	// the Visitor for it.
	VisitValue(p *Place, kind Kind) (keep bool, err error)
	// VisitKey is called for every member that is not in Node.Members, with the decoded name. It can refuse the name, but not change it.
	VisitKey(p *Place, name []byte) error
	// VisitText is called for every string with its decoded text. It appends the replacement to dst, or returns changed false to
	// leave the string as it is. Rewrite reuses out as a buffer in both cases; out must not alias text.
	VisitText(p *Place, dst, text []byte) (out []byte, changed bool, err error)
	// VisitScalar is called for every number, boolean and null with its token. It returns a text to write instead, as a
	// string, or nil to leave the token as it is.
	VisitScalar(p *Place, raw []byte) (text []byte, err error)
}
