package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// textList is a list of parts that was seen last under a selector.
type textList struct {
	field jsontext.Field
	// positions are those of the list in the lists that contain it, of which there are depth.
	positions [maxListLevels]int
	depth     int
	// list is its dialect.Segment.List.
	list int
}

// textLists are the lists of parts that were seen last in a document or event, and count is how many were seen.
type textLists struct {
	known []textList
	count int
}

// empty returns no lists, in the memory of l.
func (l textLists) empty() textLists { return textLists{known: l.known[:0]} }

// find returns what identifies the list of parts that contains the text at the place, or 0 if the text stands for itself.
func (l *textLists) find(p *jsontext.Place, row *row) int {
	if !row.isJoined {
		return 0
	}
	var now textList
	now.field, now.depth = p.Field, p.Arrays-1
	copy(now.positions[:], p.Index[:now.depth])
	at := slices.IndexFunc(l.known, func(known textList) bool { return known.field == p.Field })
	if at < 0 {
		at = len(l.known)
		l.known = append(l.known, textList{})
	}
	now.list = l.known[at].list
	if now != l.known[at] {
		l.count++
		now.list = l.count
		l.known[at] = now
	}
	return now.list
}

// listedTexts are the texts of an event that clients show together with the others of their list.
type listedTexts struct {
	lists textLists
	// text has the texts one after another. parts says which they are, in the order of the event.
	text  []byte
	parts []listedText
	// latest is, for each list, the position in parts of the text that was seen last.
	latest []int
	// next is the position in parts of the text that the second reading of the event comes to next.
	next int
	// texts has the texts of the list that the second reading has begun last.
	texts [][]byte
	// first is the memory of the first lists, which is enough for most streams.
	first struct {
		known  [2]textList
		parts  [4]listedText
		latest [2]int
	}
}

// listedText is a text of a list: where it is in listedTexts.text, its position in the list, and the position in listedTexts.parts of the
// one that follows it in the list, or 0.
type listedText struct {
	list, start, end, position, following int
}

// reset prepares for the next event.
func (l *listedTexts) reset() {
	if l.parts == nil {
		l.lists.known, l.parts, l.latest = l.first.known[:0], l.first.parts[:0], l.first.latest[:0]
	}
	l.lists, l.text, l.parts, l.latest = l.lists.empty(), l.text[:0], l.parts[:0], l.latest[:0]
}

// add notes the text at the place, unless it stands for itself.
func (l *listedTexts) add(p *jsontext.Place, row *row, text []byte) {
	list := l.lists.find(p, row)
	if list == 0 {
		return
	}
	made := listedText{list: list, start: len(l.text), end: len(l.text) + len(text)}
	if list > len(l.latest) {
		l.latest = append(l.latest, 0)
	} else {
		last := &l.parts[l.latest[list-1]]
		last.following, made.position = len(l.parts), last.position+1
	}
	l.latest[list-1] = len(l.parts)
	l.text, l.parts = append(l.text, text...), append(l.parts, made)
}

// take describes the text that comes next. It returns an empty description for the only one of a list.
func (l *listedTexts) take() (listed dialect.Listed) {
	part := l.parts[l.next]
	l.next++
	if part.position > 0 {
		return dialect.Listed{List: part.list, Position: part.position}
	}
	if part.following == 0 {
		return dialect.Listed{}
	}
	l.texts = append(l.texts[:0], l.text[part.start:part.end])
	for at := part.following; at > 0; at = part.following {
		part = l.parts[at]
		l.texts = append(l.texts, l.text[part.start:part.end])
	}
	return dialect.Listed{List: part.list, Texts: l.texts}
}
