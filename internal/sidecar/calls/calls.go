// Package calls sees to what the calls of a model ask for, apart from their texts: the members by which the model service would store
// conversations, train on them, or learn who writes. The rows of a shape say which members these are (shape.Egress).
package calls

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Key is the key of pseudonyms.
type Key [32]byte

// NewKey returns a random key.
func NewKey() *Key {
	k := new(Key)
	// crypto/rand.Read never returns an error.
	_, _ = rand.Read(k[:])
	return k
}

// pseudonymBytes is the length of a pseudonym, of which the service gets twice as many hexadecimal digits: as many as a UUID has, and fewer than
// the 64 characters that the services take.
const pseudonymBytes = 16

// Settings are the rows of a shape that hold for one processor. They are immutable.
type Settings struct {
	root *node
	key  *Key
}

// node is a place of a request, with what is done about its value.
type node struct {
	// members are the places below an object, in a fixed order, and elements the places below each element of a list; nil for none.
	members  []member
	elements *node
	// set is the JSON that the value becomes; "" keeps it.
	set string
	// hasSet means that a place below has set.
	hasSet bool
	// drops means that the member is taken away, and pseudonymizes that a pseudonym takes its place.
	drops, pseudonymizes bool
	forbidden            []shape.Forbidden
}

type member struct {
	name string
	node *node
}

// Compile returns what the rows say of calls of a host, which is in lower case and without a port; nil if they say nothing. lifted lists the aims
// (shape.Egress.Against) whose rows do not hold.
func Compile(rows []shape.Egress, host string, lifted []string, key *Key) (*Settings, error) {
	root := &node{}
	for i := range rows {
		row := &rows[i]
		if slices.Contains(lifted, row.Against) || !row.IsFor(host) {
			continue
		}
		if err := root.addRow(row); err != nil {
			return nil, fmt.Errorf("egress[%d]: %w", i, err)
		}
	}
	if len(root.members) == 0 {
		return nil, nil
	}
	root.noteSet()
	return &Settings{root: root, key: key}, nil
}

// addRow adds what a row says.
func (n *node) addRow(row *shape.Egress) error {
	add := func(selectors []string, change func(*node)) error {
		for _, selector := range selectors {
			steps, err := shape.ParseSelector(selector)
			if err != nil {
				return err
			}
			change(n.find(steps))
		}
		return nil
	}
	for selector, value := range row.Set {
		if err := add([]string{selector}, func(at *node) { at.set = value }); err != nil {
			return err
		}
	}
	for _, forbidden := range row.Forbid {
		if err := add(forbidden.At, func(at *node) { at.forbidden = append(at.forbidden, forbidden) }); err != nil {
			return err
		}
	}
	if err := add(row.Drop, func(at *node) { at.drops = true }); err != nil {
		return err
	}
	return add(row.Pseudonymize, func(at *node) { at.pseudonymizes = true })
}

// find returns the node to which the steps lead, and creates the nodes on the way that do not exist.
func (n *node) find(steps []shape.Step) *node {
	for _, step := range steps {
		if step.Kind == shape.ToElements {
			if n.elements == nil {
				n.elements = &node{}
			}
			n = n.elements
			continue
		}
		child := n.child([]byte(step.Name))
		if child == nil {
			child = &node{}
			n.members = append(n.members, member{step.Name, child})
		}
		n = child
	}
	return n
}

// child returns the place of the member with the name, or nil.
func (n *node) child(name []byte) *node {
	for i := range n.members {
		if n.members[i].name == string(name) {
			return n.members[i].node
		}
	}
	return nil
}

// noteSet sets hasSet, and sorts the members, so that those that are created have the same order each time.
func (n *node) noteSet() bool {
	slices.SortFunc(n.members, func(a, b member) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for _, m := range n.members {
		n.hasSet = m.node.noteSet() || n.hasSet
	}
	return n.hasSet || n.set != ""
}

// Apply returns the body of a call as it goes on, which may be the memory of body with other content. The body is an object that jsontext.Rewrite
// has written. The error is a *refusal.Refusal: the call asks for what is forbidden.
func (s *Settings) Apply(body []byte) ([]byte, error) {
	if s == nil || len(body) == 0 || body[0] != '{' {
		return body, nil
	}
	e := editing{document: body, key: s.key}
	if err := e.visit(s.root, 0, len(body)); err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(e.changes) {
		body = slices.Replace(body, c.start, c.end, c.text...)
	}
	return body, nil
}

// change puts a text in place of a part of a document.
type change struct {
	start, end int
	text       []byte
}

// editing collects the changes of a document, in its order.
type editing struct {
	document []byte
	key      *Key
	changes  []change
}

// visit notes what changes in the value from start to end, which stands at the place.
func (e *editing) visit(n *node, start, end int) error {
	value := e.document[start:end]
	if err := n.check(value); err != nil {
		return err
	}
	switch {
	case n.set != "":
		e.put(start, end, []byte(n.set))
	case n.pseudonymizes:
		e.put(start, end, e.pseudonymize(value))
	case string(value) == "null" && n.hasSet:
		e.put(start, end, n.appendSet(nil))
	case value[0] == '{' && len(n.members) > 0:
		return e.visitMembers(n, start, end)
	case value[0] == '[' && n.elements != nil:
		return e.visitElements(n, start)
	}
	return nil
}

// put notes that the text takes the place of the value from start to end, unless it is nil.
func (e *editing) put(start, end int, text []byte) {
	if text != nil {
		e.changes = append(e.changes, change{start, end, text})
	}
}

// visitElements notes what changes in the elements of the list that begins at the index.
func (e *editing) visitElements(n *node, start int) error {
	for s := range jsontext.Spans(e.document, start) {
		if err := e.visit(n.elements, s.Value, s.End); err != nil {
			return err
		}
	}
	return nil
}

// visitMembers notes what changes in the members of an object from start to end.
func (e *editing) visitMembers(n *node, start, end int) error {
	// dropped is where the members begin that are taken away, or -1, and kept is where the last one ends that stays.
	dropped, kept, isEmpty := -1, start+1, true
	var seen []*node
	for s := range jsontext.Spans(e.document, start) {
		child := n.child(s.Name)
		if child != nil {
			seen = append(seen, child)
			if child.drops {
				if err := child.check(e.document[s.Value:s.End]); err != nil {
					return err
				}
				if dropped < 0 {
					dropped = s.Start
				}
				continue
			}
		}
		if dropped >= 0 {
			e.changes = append(e.changes, change{start: dropped, end: s.Start})
			dropped = -1
		}
		if child != nil {
			if err := e.visit(child, s.Value, s.End); err != nil {
				return err
			}
		}
		kept, isEmpty = s.End, false
	}
	added := n.appendMissing(nil, seen, isEmpty)
	if dropped >= 0 || len(added) > 0 {
		e.changes = append(e.changes, change{kept, end - 1, added})
	}
	return nil
}

// check returns why the value of the place is forbidden, or nil.
func (n *node) check(value []byte) error {
	for _, f := range n.forbidden {
		isAny := slices.Contains(f.In, shape.AnyValue) && string(value) != "null"
		if isAny || slices.Contains(f.In, string(value)) {
			return refusal.Because(refusal.CallForbidden, f.Fault).WithRemedy(f.Remedy)
		}
	}
	return nil
}

// appendMissing appends the members that are set and not among those that the object has. isFirst means that none stands before them.
func (n *node) appendMissing(dst []byte, seen []*node, isFirst bool) []byte {
	for _, m := range n.members {
		if m.node.set == "" && !m.node.hasSet || slices.Contains(seen, m.node) {
			continue
		}
		if !isFirst {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, m.name), ':')
		dst = m.node.appendSet(dst)
		isFirst = false
	}
	return dst
}

// appendSet appends the value of a place that has none yet.
func (n *node) appendSet(dst []byte) []byte {
	if n.set != "" {
		return append(dst, n.set...)
	}
	return append(n.appendMissing(append(dst, '{'), nil, true), '}')
}

// pseudonymize returns the pseudonym of a text or number as JSON, or nil for any other value and for an empty text, which names no person.
func (e *editing) pseudonymize(value []byte) []byte {
	isNumber := value[0] == '-' || value[0] >= '0' && value[0] <= '9'
	if !isNumber && (value[0] != '"' || len(value) == len(`""`)) {
		return nil
	}
	mac := hmac.New(sha256.New, e.key[:])
	mac.Write(value)
	sum := mac.Sum(nil)
	return jsontext.AppendString(nil, hex.EncodeToString(sum[:pseudonymBytes]))
}
