package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// maxListLevels is how many lists can contain one another around texts that clients show as one. Real formats have two: the messages, and the
// parts of a message.
const maxListLevels = 4

// parseMessages returns the selectors of the messages among the places.
func parseMessages(places []shape.Place) (messages [][]shape.Step) {
	for i := range places {
		if places[i].Is != shape.Message {
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
	message := -1
	for _, m := range c.messages {
		if len(m) <= list && slices.Equal(steps[:len(m)], m) {
			message = max(message, len(m))
		}
	}
	return message >= 0 && steps[message].Kind == shape.ToMember
}

// textList is a list of parts that the reader has seen last under a selector.
type textList struct {
	field jsontext.Field
	// positions are those of the list in the lists that contain it, of which there are depth.
	positions [maxListLevels]int
	depth     int
	// list is its dialect.Segment.List.
	list int
}

// findList returns what identifies the list of parts that contains the text at the place, or 0 if the text stands for itself.
func (r *reader) findList(p *jsontext.Place, row *row) int {
	if !row.isJoined {
		return 0
	}
	var now textList
	now.field, now.depth = p.Field, p.Arrays-1
	copy(now.positions[:], p.Index[:now.depth])
	at := slices.IndexFunc(r.lists, func(known textList) bool { return known.field == p.Field })
	if at < 0 {
		at = len(r.lists)
		r.lists = append(r.lists, textList{})
	}
	now.list = r.lists[at].list
	if now != r.lists[at] {
		r.listCount++
		now.list = r.listCount
		r.lists[at] = now
	}
	return now.list
}
