package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"

// maxRows bounds the rows of a document. Real shapes have some hundred, and a jsontext.Field, which identifies a row, has room for 65,535.
const maxRows = 1 << 12

// addWay gives a row to each node on the way from n to the places below it, unless it has one. The visitors of events thus learn of each value
// on the way to a unit or out of it. In all other respects such a value counts as one that the shape does not list. A node for `.**` contains
// itself.
func (c *compiler) addWay(n *jsontext.Node) {
	if n.Field == 0 {
		n.Field = jsontext.Field(len(c.rows))
		c.rows = append(c.rows, row{isWay: true})
	}
	for _, below := range []*jsontext.Node{n.Elements, n.Others} {
		if below != nil && below != n {
			c.addWay(below)
		}
	}
	for _, below := range []map[string]*jsontext.Node{n.Members, n.Cases} {
		for _, member := range below {
			c.addWay(member)
		}
	}
}

// takeRow returns the row of the place. A place that has a field only because it leads to others loses it, and gets the row of unknown
// places.
func (d *document) takeRow(p *jsontext.Place) *row {
	taken := &d.rows[p.Field]
	if taken.isWay {
		p.Field = 0
		taken = &d.rows[0]
	}
	return taken
}
