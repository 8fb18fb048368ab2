package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// summarize sets, in all rows, what the readers ask before they ask for more. The rows must not change after that.
func (d *document) summarize() {
	for i := range d.rows {
		r := &d.rows[i]
		r.changes = r.findChanges()
		tells := r.isOneOf(message, part, call) || r.isRequired || r.isNeeded || r.admitsStructure
		r.hasEffect = tells || r.insert != nil
		hasEndings := r.place != nil && len(r.place.Endings) > 0
		r.isSpecial = r.hasKeyword || hasEndings || r.isOneOf(opaque, session, person)
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
