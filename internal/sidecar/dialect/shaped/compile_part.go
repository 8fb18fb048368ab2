package shaped

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// addParts connects the place of each part with the places of its type and its texts.
func (c *compiler) addParts(places []shape.Place) error {
	for i := range places {
		p := &places[i]
		if p.Part == nil {
			continue
		}
		for _, selector := range p.At {
			if err := c.addPart(selector, p.Part, places); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxPartLevels is how many parts can stand in one another in the content of a message of a request or an answer, for example a text in the
// result of a tool.
const maxPartLevels = 4

// addPart gives the rows of a part, of its type and of its texts the same partRow, through which the reader finds the text of the type.
func (c *compiler) addPart(selector string, p *shape.Part, places []shape.Place) error {
	node := c.nodes[selector]
	described := &partRow{level: countParts(selector, places), members: p.Members}
	if described.level >= maxPartLevels {
		return fmt.Errorf("compile part %q: it is inside of more than %d others", selector, maxPartLevels-1)
	}
	typed := node.Members[p.Type]
	if typed == nil || typed.Field == 0 {
		return fmt.Errorf("compile part %q: its member %q is not a place", selector, p.Type)
	}
	c.rows[node.Field].part = described
	c.rows[typed.Field].part, c.rows[typed.Field].isType, c.rows[typed.Field].hasKeyword = described, true, true
	for _, value := range slices.Sorted(maps.Keys(p.Texts)) {
		known, name := keyword{text: value, textPlace: noText}, p.Texts[value]
		if name != "" {
			text := node.Members[name]
			if text == nil || text.Field == 0 {
				return fmt.Errorf("compile part %q: its member %q is not a place", selector, name)
			}
			known.textPlace = text.Field
			c.rows[text.Field].part, c.rows[text.Field].textPlace, c.rows[text.Field].hasKeyword = described, text.Field, true
		}
		described.types = append(described.types, known)
	}
	return nil
}

// countParts returns how many other parts contain the place.
func countParts(selector string, places []shape.Place) (count int) {
	for i := range places {
		if places[i].Part == nil {
			continue
		}
		for _, other := range places[i].At {
			if other != selector && strings.HasPrefix(selector, other) {
				count++
			}
		}
	}
	return count
}
