package jsontext

import (
	"fmt"
	"sync"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest. Chat documents need 8; tool schemas a few more.
const MaxDepth = 48

// linearKeys is up to how many members doubles are looked for one by one; above, a map is faster.
const linearKeys = 16

// Error says why a document is refused. It never holds text of the document.
type Error struct {
	// Offset is the byte at which it was noticed, from 0.
	Offset int
	// What is wrong, as a phrase: `a member is given twice`.
	What string
}

// Error returns the phrase with the place.
func (e *Error) Error() string { return fmt.Sprintf("%s (byte %d)", e.What, e.Offset) }

// rewriter is one pass over one document.
type rewriter struct {
	src     []byte
	at      int
	dst     []byte
	visitor Visitor
	place   Place
	// muted is above zero below a value that is not kept.
	muted int
	// keys are the names of the open objects' members, innermost last.
	keys [][]byte
	// decoded and text are memory for strings with escapes and for what the visitor writes.
	decoded, text []byte
}

var rewriters = sync.Pool{New: func() any { return new(rewriter) }}

// Rewrite appends the checked and rewritten document to dst. The error is an *Error for a document that is not strict JSON,
// or the visitor's; dst then holds a part of the document and must not be used.
func Rewrite(dst, src []byte, root *Node, visitor Visitor) ([]byte, error) {
	if !utf8.Valid(src) {
		return dst, &Error{What: "the document is not UTF-8"}
	}
	r, _ := rewriters.Get().(*rewriter)
	defer r.release()
	r.src, r.dst, r.visitor = src, dst, visitor
	if err := r.value(root); err != nil {
		return r.dst, err
	}
	if r.space(); r.at < len(src) {
		return r.dst, r.fail("data after the end of the document")
	}
	return r.dst, nil
}

// release forgets the document, and memory that one large string has taken.
func (r *rewriter) release() {
	const large = 64 << 10
	if cap(r.decoded) > large || cap(r.text) > large || cap(r.keys) > large/16 {
		return
	}
	clear(r.keys[:cap(r.keys)])
	*r = rewriter{keys: r.keys[:0], decoded: r.decoded[:0], text: r.text[:0]}
	rewriters.Put(r)
}

func (r *rewriter) fail(what string) error { return &Error{Offset: r.at, What: what} }

func (r *rewriter) space() {
	for r.at < len(r.src) {
		switch r.src[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// next skips white space and returns the next byte, 0 at the end.
func (r *rewriter) next() byte {
	r.space()
	if r.at == len(r.src) {
		return 0
	}
	return r.src[r.at]
}

// value reads one value. place.Key, Parent, Index and Depth are set by the caller.
func (r *rewriter) value(n *Node) error {
	c := r.next()
	kind, ok := kindOf(c)
	if !ok {
		return r.fail("a value is missing or malformed")
	}
	r.place.Field = 0
	if n != nil {
		r.place.Field = n.Field
	}
	if r.place.Field == 0 || r.muted > 0 {
		return r.content(kind, n)
	}
	keep, err := r.visitor.Value(&r.place, kind)
	if err != nil {
		return err
	}
	if keep {
		return r.content(kind, n)
	}
	r.dst = append(r.dst, "null"...)
	r.muted++
	start := len(r.dst)
	err = r.content(kind, nil)
	r.dst = r.dst[:start]
	r.muted--
	return err
}

func (r *rewriter) content(kind Kind, n *Node) error {
	switch kind {
	case Object:
		return r.nested(n, r.object)
	case Array:
		return r.nested(n, r.array)
	case String:
		return r.string()
	}
	return r.scalar(kind)
}

// nested keeps the place of the outer value over the inner ones.
func (r *rewriter) nested(n *Node, inside func(*Node) error) error {
	if r.place.Depth == MaxDepth {
		return r.fail("the document is nested too deep")
	}
	parent, field, key := r.place.Parent, r.place.Field, r.place.Key
	r.place.Depth++
	r.place.Parent = field
	err := inside(n)
	r.place.Depth--
	r.place.Parent, r.place.Field, r.place.Key = parent, field, key
	return err
}

func (r *rewriter) object(n *Node) error {
	r.at++
	r.dst = append(r.dst, '{')
	first := len(r.keys)
	var seen map[string]struct{}
	for i := 0; ; i++ {
		more, err := r.separated('}', i)
		if err != nil || !more {
			clear(r.keys[first:])
			r.keys = r.keys[:first]
			return err
		}
		key, err := r.key()
		if err != nil {
			return err
		}
		if seen, err = r.once(key, r.keys[first:], seen); err != nil {
			return err
		}
		r.keys = append(r.keys, key)
		child, err := r.member(n, key)
		if err != nil {
			return err
		}
		if err := r.value(child); err != nil {
			return err
		}
	}
}

// separated moves to the next member or element; false at the closing byte.
func (r *rewriter) separated(closing byte, i int) (bool, error) {
	c := r.next()
	if c == closing {
		r.at++
		r.dst = append(r.dst, closing)
		return false, nil
	}
	if i == 0 {
		return true, nil
	}
	if c != ',' {
		return false, r.fail("a comma or the end of an object or array is missing")
	}
	r.at++
	if r.next() == closing {
		return false, r.fail("a comma stands before the end")
	}
	r.dst = append(r.dst, ',')
	return true, nil
}

// key reads a member's name and its colon.
func (r *rewriter) key() ([]byte, error) {
	if r.next() != '"' {
		return nil, r.fail("a member has no name")
	}
	raw, escapes, err := r.token()
	if err != nil {
		return nil, err
	}
	name := raw
	if escapes {
		if name, err = r.decode(nil, raw); err != nil {
			return nil, err
		}
	}
	if r.next() != ':' {
		return nil, r.fail("a colon is missing")
	}
	r.at++
	r.dst = AppendString(r.dst, name)
	r.dst = append(r.dst, ':')
	return name, nil
}

// member finds the place of a member and shows unknown names.
func (r *rewriter) member(n *Node, key []byte) (*Node, error) {
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

// once refuses a doubled name.
func (r *rewriter) once(key []byte, before [][]byte, seen map[string]struct{}) (map[string]struct{}, error) {
	if len(before) < linearKeys {
		for _, other := range before {
			if string(other) == string(key) {
				return nil, r.fail("a member is given twice")
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
		return nil, r.fail("a member is given twice")
	}
	seen[string(key)] = struct{}{}
	return seen, nil
}

func (r *rewriter) array(n *Node) error {
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
		more, err := r.separated(']', i)
		if err != nil || !more {
			return err
		}
		p.Index[p.Arrays-1] = i
		p.Key = nil
		if err := r.value(child); err != nil {
			return err
		}
	}
}

func (r *rewriter) string() error {
	raw, escapes, err := r.token()
	if err != nil {
		return err
	}
	text := raw
	if escapes {
		if r.decoded, err = r.decode(r.decoded[:0], raw); err != nil {
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
	if changed {
		r.text, text = out, out
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

func (r *rewriter) scalar(kind Kind) error {
	start := r.at
	var err error
	if kind == Number {
		err = r.number()
	} else {
		err = r.literal()
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
