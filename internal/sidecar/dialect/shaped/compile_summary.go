package shaped

import (
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// summarize sets, in all rows, what the readers ask before they ask for more. The rows must not change after that.
func (d *document) summarize() {
	d.findAbove()
	for i := range d.rows {
		r := &d.rows[i]
		r.changes = r.findChanges()
		tells := r.isOneOf(message, part, call) || r.isRequired || r.isNeeded || r.admitsStructure
		r.hasEffect = tells || r.insert != nil
		hasEndings := r.place != nil && len(r.place.Endings) > 0
		r.isSpecial = r.hasKeyword || hasEndings || r.isRecalled() || r.isOneOf(opaque, session, person)
	}
}

// findAbove sets, for each list in which the statement can stand, the members beside it that people see above it: texts, and lists that take
// the place of a text.
func (d *document) findAbove() {
	for i := range d.rows {
		list := &d.rows[i]
		if list.insert == nil || list.place.Restates {
			continue
		}
		object := list.selector[:strings.LastIndexByte(list.selector, '.')+1]
		for j := range d.rows {
			other := &d.rows[j]
			name, isBeside := strings.CutPrefix(other.selector, object)
			isAbove := other.kind == dialect.Prose || other.insert != nil && other.place.Restates
			if isBeside && isAbove && !strings.ContainsAny(name, ".[") {
				list.above = append(list.above, name)
			}
		}
	}
}

// isOneOf reports whether the operation of the row is one of those.
func (r *row) isOneOf(operations ...operation) bool { return slices.Contains(operations, r.operation) }

// findChanges returns the JSON kinds of values that do not stay at the place.
func (r *row) findChanges() (changes kinds) {
	for kind := jsontext.Object; kind <= jsontext.Null; kind++ {
		if !r.admits.match(kind) || r.drops(kind) {
			changes |= 1 << kind
		}
	}
	return changes
}
