package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// maxListLevels is how many lists can contain one another around texts that clients show as one. Real formats have two: the messages, and the
// parts of a message.
const maxListLevels = 4

// parseMessages returns the selectors of the messages and blocks among the places.
func parseMessages(places []shape.Place) (messages [][]shape.Step) {
	for i := range places {
		if places[i].Is != shape.Message && places[i].Is != shape.Block {
			continue
		}
		for _, selector := range places[i].At {
			// addPlace reports a selector that cannot be parsed.
			if steps, err := shape.ParseSelector(selector); err == nil {
				messages = append(messages, steps)
			}
		}
	}
	return messages
}

// isJoined reports whether clients show the texts at the place, to which the steps lead, as one text if they are in one list. Of the texts
// of a stream, these are only those that are whole in their event, or up to then, and those that it says again.
func (c *compiler) isJoined(r *row, steps []shape.Step) bool {
	isText := r.kind == dialect.Prose || r.place.Joins
	isWhole := c.subject != eventSubject || r.arrival == dialect.Whole || r.arrival == dialect.Restated || r.place.Joins
	return isText && isWhole && c.isInParts(steps)
}

// isInParts reports whether the steps lead to a member of the elements of a list that is in a member of a message: to texts in the parts of
// the message. Texts that are elements themselves, and elements that are messages, stand for themselves.
func (c *compiler) isInParts(steps []shape.Step) bool {
	list, levels := -1, 0
	for i, step := range steps {
		if step.Kind == shape.ToElements {
			list = i
			levels++
		}
	}
	if list < 0 || levels > maxListLevels || steps[len(steps)-1].Kind != shape.ToMember {
		return false
	}
	inside := c.findInMessage(steps, list)
	return len(inside) > 0 && inside[0].Kind == shape.ToMember
}

// findInMessage returns those of the steps that are inside of the innermost message around the list, to which the step with that position
// leads, or nil if there is no message. A case of a message is the message.
func (c *compiler) findInMessage(steps []shape.Step, list int) []shape.Step {
	message := -1
	for _, m := range c.messages {
		if len(m) <= list && slices.Equal(steps[:len(m)], m) {
			message = max(message, len(m))
		}
	}
	if message < 0 {
		return nil
	}
	for steps[message].Kind == shape.ToCase {
		message++
	}
	return steps[message:]
}
