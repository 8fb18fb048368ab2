package jsontext

import (
	"fmt"
	"sync"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest. Chat documents need 8; tool schemas a few more.
const MaxDepth = 48

// maxLinearKeys is how many members of an object checkUnique compares one by one. With more members, a map is faster.
const maxLinearKeys = 16

// Error says why Rewrite refuses a document. It never contains text of the document.
type Error struct {
	// Offset is the index of the byte, from 0, at which Rewrite noticed the fault.
	Offset int
	// What says what is wrong, as a clause: `a member is given twice`.
	What string
}

// Error returns the clause and the offset.
func (e *Error) Error() string { return fmt.Sprintf("%s (byte %d)", e.What, e.Offset) }

// rewriter is the state of a pass over a document, with memory that the next pass uses again.
type rewriter struct {
	pass
	place Place
	// keys holds the names of the members read so far of all objects that contain the current value, innermost object last.
	keys [][]byte
	// decoded is a buffer for the text of strings with escapes, and text one for the replacements of the visitor.
	decoded, text []byte
}

// pass is what a rewriter must forget after a pass.
type pass struct {
	// src is the document. The field at is the index in src of the next byte to read.
	src []byte
	at  int
	// dst is the output so far.
	dst     []byte
	visitor Visitor
	// isDropping means that the visitor drops the current value, or a value that contains it. The visitor is then not called.
	isDropping bool
}

var rewriters = sync.Pool{New: func() any { return new(rewriter) }}

// Rewrite checks the JSON document src and appends the rewritten document to dst. tree describes the places of the document that the
// visitor knows. The error is an *Error if src is not strict JSON, and otherwise the error of the visitor. After an error, the bytes
// appended to dst are incomplete and must not be used.
func Rewrite(dst, src []byte, tree *Tree, visitor Visitor) ([]byte, error) {
	if !utf8.Valid(src) {
		return dst, &Error{What: "the document is not UTF-8"}
	}
	r, _ := rewriters.Get().(*rewriter) // The pool holds nothing else.
	defer r.release()
	r.src, r.dst, r.visitor = src, dst, visitor
	var root *branch
	if tree != nil {
		root = tree.root
	}
	if err := r.rewriteValue(root); err != nil {
		return r.dst, err
	}
	if r.skipSpace(); r.at < len(src) {
		return r.dst, r.newError("data after the end of the document")
	}
	return r.dst, nil
}

// release clears the rewriter, so that it no longer refers to the document, and returns it to the pool. The memory of its buffers is not
// cleared. A rewriter whose buffers a large document has grown is not returned: the garbage collector frees it.
func (r *rewriter) release() {
	if r.reset() {
		rewriters.Put(r)
	}
}

// maxBuffer is the capacity, in bytes, above which a buffer is not reused: a few large strings must not occupy memory for good.
const maxBuffer = 64 << 10

// reset clears the rewriter except for its buffers, and reports whether the buffers are small enough to be reused.
func (r *rewriter) reset() bool {
	const keyBytes = 24 // the size of one element of keys, a slice header
	if cap(r.decoded) > maxBuffer || cap(r.text) > maxBuffer || cap(r.keys) > maxBuffer/keyBytes {
		return false
	}
	clear(r.keys[:cap(r.keys)]) // The names would keep the document in memory.
	r.pass = pass{}
	r.keys, r.decoded, r.text = r.keys[:0], r.decoded[:0], r.text[:0]
	// What Index has left is not valid, and clearing it would take as long as reading ten members.
	p := &r.place
	p.Field, p.Parent, p.Depth, p.Arrays, p.Key, p.Insert, p.Append, p.ahead = 0, 0, 0, 0, nil, nil, nil, nil
	return true
}

// newError returns an error at the next byte.
func (r *rewriter) newError(what string) error { return &Error{Offset: r.at, What: what} }

// skipSpace skips white space and returns the byte after it, or 0 at the end of the document.
func (r *rewriter) skipSpace() byte {
	for r.at < len(r.src) {
		c := r.src[r.at]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		r.at++
	}
	return 0
}

// rewriteValue rewrites the next value, or drops the value if the visitor says so. b describes the place of the value; nil means that the
// place is unknown. The caller has set r.place to that place, except for its Field, which rewriteValue takes from b.
func (r *rewriter) rewriteValue(b *branch) error {
	c := r.skipSpace()
	kind, ok := findKind(c)
	if !ok {
		return r.newError("a value is missing or malformed")
	}
	r.place.Field = 0
	if b != nil {
		if kind == Object && len(b.cases.slots) > 0 {
			b = r.chooseCase(b)
		}
		r.place.Field = b.field
	}
	// The visitor decides only about values at places with a field; zero means that the place has none.
	if r.place.Field == 0 || r.isDropping {
		return r.rewriteContent(kind, b)
	}
	if kind == Array {
		r.place.ahead = r.src[r.at:]
	}
	keep, err := r.visitor.VisitValue(&r.place, kind)
	if err != nil {
		return err
	}
	if keep {
		return r.rewriteContent(kind, b)
	}
	return r.dropValue(kind, b.substitute)
}

// dropValue writes the substitute for the next value. To check that the value is well-formed, it rewrites the value and discards the output.
func (r *rewriter) dropValue(kind Kind, substitute string) error {
	r.dst = append(r.dst, substitute...)
	end := len(r.dst)
	r.isDropping = true
	err := r.rewriteContent(kind, nil)
	r.isDropping = false
	r.dst = r.dst[:end]
	return err
}

// rewriteContent rewrites the next value, which is of the kind, without asking the visitor whether to keep it.
func (r *rewriter) rewriteContent(kind Kind, b *branch) error {
	switch kind {
	case Object, Array:
		return r.rewriteNested(kind, b)
	case String:
		return r.rewriteString()
	}
	return r.rewriteScalar(kind)
}

// rewriteNested rewrites an object or array, one level deeper, and restores the place afterwards.
func (r *rewriter) rewriteNested(kind Kind, b *branch) error {
	if r.place.Depth == MaxDepth {
		return r.newError("the document is nested too deeply")
	}
	parent, field, key := r.place.Parent, r.place.Field, r.place.Key
	r.place.Depth++
	r.place.Parent = field
	var err error
	if kind == Object {
		err = r.rewriteObject(b)
	} else {
		err = r.rewriteArray(b)
	}
	r.place.Depth--
	r.place.Parent, r.place.Field, r.place.Key = parent, field, key
	return err
}

// rewriteObject rewrites the object whose opening brace is the next byte. r.keys holds the names of its members until it ends.
func (r *rewriter) rewriteObject(b *branch) error {
	r.at++
	r.dst = append(r.dst, '{')
	firstKey := len(r.keys)
	// names is the set that checkUnique makes for an object with many members.
	var names map[string]struct{}
	for i := 0; ; i++ {
		more, err := r.readSeparator('}', i)
		if err != nil || !more {
			// The object has ended: forget its names.
			r.keys = r.keys[:firstKey]
			return err
		}
		key, err := r.rewriteKey()
		if err != nil {
			return err
		}
		if names, err = r.checkUnique(key, r.keys[firstKey:], names); err != nil {
			return err
		}
		r.keys = append(r.keys, key)
		child, err := r.findMember(b, key)
		if err != nil {
			return err
		}
		if err := r.rewriteValue(child); err != nil {
			return err
		}
	}
}

// readSeparator moves to the member or element with index i, and writes the comma before it. If there is no such member or element, it
// writes the closing bracket or brace and returns more false.
func (r *rewriter) readSeparator(closing byte, i int) (more bool, err error) {
	c := r.skipSpace()
	if c == closing {
		r.at++
		r.dst = append(r.dst, closing)
		return false, nil
	}
	if i == 0 {
		return true, nil
	}
	if c != ',' {
		return false, r.newError("a comma or the end of an object or array is missing")
	}
	r.at++
	if r.skipSpace() == closing {
		return false, r.newError("a comma precedes the end of an object or array")
	}
	r.dst = append(r.dst, ',')
	return true, nil
}

// rewriteKey rewrites the name of a member and its colon, and returns the decoded name.
func (r *rewriter) rewriteKey() ([]byte, error) {
	if r.skipSpace() != '"' {
		return nil, r.newError("a member has no name")
	}
	raw, hasEscapes, err := r.readString()
	if err != nil {
		return nil, err
	}
	name := raw
	if hasEscapes {
		// Decode into new memory: r.keys holds the name until the object ends.
		if name, err = r.decodeString(nil, raw); err != nil {
			return nil, err
		}
		r.dst = AppendString(r.dst, name)
	} else {
		r.copyString(raw)
	}
	if r.skipSpace() != ':' {
		return nil, r.newError("a colon is missing")
	}
	r.at++
	r.dst = append(r.dst, ':')
	return name, nil
}

// findMember returns the branch of the member with the name key, in the object that b describes. For a member that b does not name, it
// returns b.others and passes the name to the visitor, unless the visitor has dropped the object.
func (r *rewriter) findMember(b *branch, key []byte) (*branch, error) {
	var child, others *branch
	if b != nil {
		child, others = b.members.find(key), b.others
	}
	r.place.Key = key
	if child != nil || r.isDropping {
		return child, nil
	}
	// The visitor decides about the name without the value, so the place has no field yet.
	r.place.Field = 0
	return others, r.visitor.VisitKey(&r.place, key)
}

// checkUnique returns an error if the object already has a member with the name key. previous holds the names of the earlier members.
// From maxLinearKeys earlier members on, checkUnique also keeps all names in a set. It returns this set, and the caller passes it to the
// call for the next member as names. The set is nil for an object with fewer members.
func (r *rewriter) checkUnique(key []byte, previous [][]byte, names map[string]struct{}) (map[string]struct{}, error) {
	if len(previous) < maxLinearKeys {
		for _, other := range previous {
			if string(other) == string(key) {
				return nil, r.newError("a member is given twice")
			}
		}
		return nil, nil
	}
	if names == nil {
		names = make(map[string]struct{}, 2*maxLinearKeys)
		for _, other := range previous {
			names[string(other)] = struct{}{}
		}
	}
	if _, isDuplicate := names[string(key)]; isDuplicate {
		return nil, r.newError("a member is given twice")
	}
	names[string(key)] = struct{}{}
	return names, nil
}

// rewriteArray rewrites the array whose opening bracket is the next byte.
func (r *rewriter) rewriteArray(b *branch) error {
	r.at++
	r.dst = append(r.dst, '[')
	var child *branch
	if b != nil {
		child = b.elements
	}
	p := &r.place
	r.insertElement()
	last := p.Append
	p.Append = nil // The arrays inside have their own.
	p.Arrays++
	for i := 0; ; i++ {
		more, err := r.readSeparator(']', i)
		if err != nil || !more {
			p.Arrays--
			if err == nil && last != nil {
				r.appendElement(last)
			}
			return err
		}
		p.Index[p.Arrays-1] = i
		p.Key = nil
		if err := r.rewriteValue(child); err != nil {
			return err
		}
	}
}

// insertElement writes the element that the visitor has set, at the beginning of an array.
func (r *rewriter) insertElement() {
	if r.place.Insert == nil {
		return
	}
	r.dst = append(r.dst, r.place.Insert...)
	r.place.Insert = nil
	if r.skipSpace() != ']' { // readSeparator writes no comma before the first element of src.
		r.dst = append(r.dst, ',')
	}
}

// appendElement writes an element at the end of the array that has just been closed.
func (r *rewriter) appendElement(element []byte) {
	r.dst = r.dst[:len(r.dst)-1]
	if r.dst[len(r.dst)-1] != '[' { // No element ends so.
		r.dst = append(r.dst, ',')
	}
	r.dst = append(append(r.dst, element...), ']')
}

// findKind returns the kind of the value that begins with c. ok is false if no value begins with c.
func findKind(c byte) (kind Kind, ok bool) {
	switch c {
	case '{':
		return Object, true
	case '[':
		return Array, true
	case '"':
		return String, true
	case 't', 'f':
		return Boolean, true
	case 'n':
		return Null, true
	}
	return Number, c == '-' || c >= '0' && c <= '9'
}
