package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// summarize sets, in all rows, what the readers ask before they ask for more. The rows must not change after that.
func (d *document) summarize() {
	for i := range d.rows {
		r := &d.rows[i]
		for kind := jsontext.Object; kind <= jsontext.Null; kind++ {
			if !r.admits.match(kind) || r.drops(kind) {
				r.changes |= 1 << kind
			}
		}
		tells := slices.Contains([]operation{message, part, call}, r.operation) || r.isRequired || r.isNeeded
		r.hasEffect = tells || r.admitsStructure || r.insert != nil
		hasRule := slices.Contains([]operation{opaque, session, person}, r.operation) || r.place != nil && len(r.place.Endings) > 0
		r.isSpecial = hasRule || r.hasKeyword
	}
}
