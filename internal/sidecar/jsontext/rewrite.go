package jsontext

import (
	"fmt"
	"sync"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest. Chat documents need 8; tool schemas a few more.
const MaxDepth = 48

// linearKeys is the number of members up to which a duplicate is found by comparison; above it a map is faster.
const linearKeys = 16

// Error says why Rewrite refuses a document. It never contains text of the document.
type Error struct {
	// Offset is the byte, from 0, at which Rewrite noticed the fault.
	Offset int
	// What is wrong, as a phrase: `a member is given twice`.
	What string
}

// Error returns the phrase and the offset.
func (e *Error) Error() string { return fmt.Sprintf("%s (byte %d)", e.What, e.Offset) }

// rewriter is one pass over one document.
type rewriter struct {
	src     []byte
	at      int
	dst     []byte
	visitor Visitor
	place   Place
	// muted is above zero inside a value that the visitor drops.
	muted int
	// keys are the names of the members of all open objects, innermost last.
	keys [][]byte
	// decoded and text are reused buffers: for strings with escapes, and for what the visitor writes.
	decoded, text []byte
}

var rewriters = sync.Pool{New: func() any { return new(rewriter) }}

// Rewrite appends the checked and rewritten document to dst. The error is an *Error if the document is not strict JSON,
// and otherwise the error of the visitor. After an error the bytes appended to dst are incomplete and must not be used.
func Rewrite(dst, src []byte, root *Node, visitor Visitor) ([]byte, error) {
	if !utf8.Valid(src) {
		return dst, &Error{What: "the document is not UTF-8"}
	}
	r, _ := rewriters.Get().(*rewriter)
	defer r.release()
	r.src, r.dst, r.visitor = src, dst, visitor
	if err := r.rewriteValue(root); err != nil {
		return r.dst, err
	}
	if r.skipSpace(); r.at < len(src) {
		return r.dst, r.newError("data after the end of the document")
	}
	return r.dst, nil
}

// release drops the document and returns the rewriter to the pool, unless a large document has grown its buffers.
func (r *rewriter) release() {
	if r.reset() {
		rewriters.Put(r)
	}
}

// maxBuffer is the capacity, in bytes, above which a buffer is not reused: a few large strings must not occupy memory for good.
const maxBuffer = 64 << 10

// reset drops the document, and reports whether the buffers are small enough to be reused.
func (r *rewriter) reset() bool {
	const keyBytes = 24 // a slice header
	if cap(r.decoded) > maxBuffer || cap(r.text) > maxBuffer || cap(r.keys) > maxBuffer/keyBytes {
		return false
	}
	clear(r.keys[:cap(r.keys)])
	*r = rewriter{keys: r.keys[:0], decoded: r.decoded[:0], text: r.text[:0]}
	return true
}

func (r *rewriter) newError(what string) error { return &Error{Offset: r.at, What: what} }

// skipSpace skips white space and returns the next byte, 0 at the end.
func (r *rewriter) skipSpace() byte {
	for r.at < len(r.src) {
		switch c := r.src[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// rewriteValue reads one value and writes what the visitor makes of it. The caller sets place.Key, Parent, Index and Depth.
func (r *rewriter) rewriteValue(n *Node) error {
	c := r.skipSpace()
	kind, ok := kindOf(c)
	if !ok {
		return r.newError("a value is missing or malformed")
	}
	r.place.Field = 0
	if n != nil {
		r.place.Field = n.Field
	}
	if r.place.Field == 0 || r.muted > 0 {
		return r.rewriteContent(kind, n)
	}
	keep, err := r.visitor.Value(&r.place, kind)
	if err != nil {
		return err
	}
	if keep {
		return r.rewriteContent(kind, n)
	}
	r.dst = append(r.dst, "null"...)
	r.muted++
	start := len(r.dst)
	err = r.rewriteContent(kind, nil)
	r.dst = r.dst[:start]
	r.muted--
	return err
}

func (r *rewriter) rewriteContent(kind Kind, n *Node) error {
	switch kind {
	case Object:
		return r.rewriteNested(n, r.rewriteObject)
	case Array:
		return r.rewriteNested(n, r.rewriteArray)
	case String:
		return r.rewriteString()
	}
	return r.rewriteScalar(kind)
}

// rewriteNested calls inside to rewrite an object or array one level deeper, then restores the place.
func (r *rewriter) rewriteNested(n *Node, inside func(*Node) error) error {
	if r.place.Depth == MaxDepth {
		return r.newError("the document is nested too deeply")
	}
	parent, field, key := r.place.Parent, r.place.Field, r.place.Key
	r.place.Depth++
	r.place.Parent = field
	err := inside(n)
	r.place.Depth--
	r.place.Parent, r.place.Field, r.place.Key = parent, field, key
	return err
}

func (r *rewriter) rewriteObject(n *Node) error {
	r.at++
	r.dst = append(r.dst, '{')
	first := len(r.keys)
	var seen map[string]struct{}
	for i := 0; ; i++ {
		more, err := r.readSeparator('}', i)
		if err != nil || !more {
			r.keys = r.keys[:first]
			return err
		}
		key, err := r.rewriteKey()
		if err != nil {
			return err
		}
		if seen, err = r.checkUnique(key, r.keys[first:], seen); err != nil {
			return err
		}
		r.keys = append(r.keys, key)
		child, err := r.findMember(n, key)
		if err != nil {
			return err
		}
		if err := r.rewriteValue(child); err != nil {
			return err
		}
	}
}

// readSeparator moves to the next member or element. It returns false at the closing byte.
func (r *rewriter) readSeparator(closing byte, i int) (bool, error) {
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
	raw, escapes, err := r.readString()
	if err != nil {
		return nil, err
	}
	name := raw
	if escapes {
		if name, err = r.decodeString(nil, raw); err != nil {
			return nil, err
		}
	}
	if r.skipSpace() != ':' {
		return nil, r.newError("a colon is missing")
	}
	r.at++
	r.dst = AppendString(r.dst, name)
	r.dst = append(r.dst, ':')
	return name, nil
}

// findMember returns the node of a member, and shows the visitor a name that no node describes.
func (r *rewriter) findMember(n *Node, key []byte) (*Node, error) {
	var child *Node
	if n != nil {
		child = n.Members[string(key)]
	}
	r.place.Key = key
	if child != nil || r.muted > 0 {
		return child, nil
	}
	r.place.Field = 0
	return nil, r.visitor.Key(&r.place, key)
}

// checkUnique refuses a name that the object already has. It returns the set of names once there are many.
func (r *rewriter) checkUnique(key []byte, before [][]byte, seen map[string]struct{}) (map[string]struct{}, error) {
	if len(before) < linearKeys {
		for _, other := range before {
			if string(other) == string(key) {
				return nil, r.newError("a member is given twice")
			}
		}
		return nil, nil
	}
	if seen == nil {
		seen = make(map[string]struct{}, 2*linearKeys)
		for _, other := range before {
			seen[string(other)] = struct{}{}
		}
	}
	if _, twice := seen[string(key)]; twice {
		return nil, r.newError("a member is given twice")
	}
	seen[string(key)] = struct{}{}
	return seen, nil
}

func (r *rewriter) rewriteArray(n *Node) error {
	r.at++
	r.dst = append(r.dst, '[')
	var child *Node
	if n != nil {
		child = n.Elements
	}
	p := &r.place
	p.Arrays++
	defer func() { p.Arrays-- }()
	for i := 0; ; i++ {
		more, err := r.readSeparator(']', i)
		if err != nil || !more {
			return err
		}
		p.Index[p.Arrays-1] = i
		p.Key = nil
		if err := r.rewriteValue(child); err != nil {
			return err
		}
	}
}

func (r *rewriter) rewriteString() error {
	raw, escapes, err := r.readString()
	if err != nil {
		return err
	}
	text := raw
	if escapes {
		if r.decoded, err = r.decodeString(r.decoded[:0], raw); err != nil {
			return err
		}
		text = r.decoded
	}
	if r.muted > 0 {
		return nil
	}
	out, changed, err := r.visitor.Text(&r.place, r.text[:0], text)
	if err != nil {
		return err
	}
	// Keep the buffer even if nothing changed: the visitor may have grown it to find out.
	r.text = out
	if changed {
		text = out
		escapes = true
	}
	if escapes {
		r.dst = AppendString(r.dst, text)
		return nil
	}
	r.dst = append(r.dst, '"')
	r.dst = append(r.dst, raw...)
	r.dst = append(r.dst, '"')
	return nil
}

func (r *rewriter) rewriteScalar(kind Kind) error {
	start := r.at
	var err error
	if kind == Number {
		err = r.readNumber()
	} else {
		err = r.readLiteral()
	}
	if err != nil || r.muted > 0 {
		return err
	}
	raw := r.src[start:r.at]
	text, err := r.visitor.Scalar(&r.place, raw)
	if err != nil {
		return err
	}
	if text != nil {
		r.dst = AppendString(r.dst, text)
		return nil
	}
	r.dst = append(r.dst, raw...)
	return nil
}

func kindOf(c byte) (Kind, bool) {
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
