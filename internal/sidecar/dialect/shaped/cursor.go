package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"

// cursor follows, through a document, which unit contains the place that is being read. Units can contain others: then it is the innermost.
type cursor struct {
	// open are the units that contain the place, outermost first.
	open []openUnit
	// count is the number of units that have begun.
	count int
}

// openUnit is a unit: its position among all units of the event, and the number of objects and arrays that contain it.
type openUnit struct{ position, depth int }

// noUnit stands for the position of a unit where there is none.
const noUnit = -1

// reset prepares the cursor for the next document.
func (c *cursor) reset() { c.open, c.count = c.open[:0], 0 }

// visit notes that a value begins, or the name of a member, with so many objects and arrays around it.
func (c *cursor) visit(depth int) {
	for len(c.open) > 0 && c.open[len(c.open)-1].depth >= depth {
		c.open = c.open[:len(c.open)-1]
	}
}

// begin notes that the value at the place is a unit.
func (c *cursor) begin(p *jsontext.Place) {
	c.open = append(c.open, openUnit{c.count, p.Depth})
	c.count++
}

// unit returns the position of the unit that contains the place, or noUnit.
func (c *cursor) unit() int {
	if len(c.open) == 0 {
		return noUnit
	}
	return c.open[len(c.open)-1].position
}
