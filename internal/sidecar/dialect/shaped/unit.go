package shaped

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// unitText is a text of an event, in a stream whose texts end by themselves.
type unitText struct {
	// flush is that of the row. The first count elements of positions are the indexes of the text in the lists that contain it, from the
	// outermost list on.
	flush     int
	positions [2]int
	count     int
	// continues means that the text is a piece, and not a restatement.
	continues bool
}

// isUnit reports whether a text at the place ends by itself, in a stream that has such texts.
func (r *row) isUnit() bool { return r.arrival == dialect.InPieces || r.arrival == dialect.Restated }

// newUnitText describes the text at the place.
func newUnitText(p *jsontext.Place, row *row) (text unitText, err error) {
	text = unitText{flush: row.flush, count: p.Arrays}
	if p.Arrays > len(text.positions) {
		return text, refusal.Because(refusal.AnswerMalformed, "A text of an event is inside of too many lists.")
	}
	copy(text.positions[:], p.Index[:p.Arrays])
	if max(text.positions[0], text.positions[1]) > maxIndex {
		return text, refusal.Because(refusal.AnswerMalformed, "An index is out of bounds.")
	}
	return text, nil
}

// noteText notes a text of the event that is a unit.
func (s *survey) noteText(p *jsontext.Place, row *row, isFilled bool) error {
	text, err := newUnitText(p, row)
	text.continues = row.arrival == dialect.InPieces && isFilled
	s.texts = append(s.texts, text)
	return err
}

// describeTexts returns what the event does. Each of its texts is a unit. What the event ends by a keyword, it ends for all of them.
func (s *survey) describeTexts() dialect.Event {
	var whole dialect.Progress
	if len(s.units) > 0 {
		whole = s.units[0].Progress
	}
	continues := false
	for _, text := range s.texts {
		unit := s.findText(text)
		at := slices.IndexFunc(s.progress, func(p dialect.Progress) bool { return p.Index == unit })
		if at < 0 {
			at = len(s.progress)
			s.progress = append(s.progress, dialect.Progress{Index: unit})
		}
		p := &s.progress[at]
		p.Continues = p.Continues || text.continues
		p.Final = whole.Final
		p.Ends = p.Ends || whole.Ends || !text.continues
		continues = continues || text.continues
	}
	return dialect.Event{Last: s.isLast && (!continues || s.document.isSocket), Messages: s.progress}
}

// findText returns the index of the unit that a text is: a number made of its flush and of its first two indexes. These are the indexes of the
// event, and after them the positions in lists.
func (s *survey) findText(text unitText) int {
	indexes := make([]int, 0, 4)
	if s.hasIndex {
		indexes = append(indexes, s.index)
	}
	if s.hasSubindex {
		indexes = append(indexes, s.subindex)
	}
	indexes = append(append(indexes, text.positions[:text.count]...), 0, 0)
	return (text.flush*(maxIndex+1)+indexes[0])*(maxIndex+1) + indexes[1]
}

// findItem returns the first index of a text that is no unit, or -1 if it has none.
func (s *survey) findItem(p *jsontext.Place) int {
	switch {
	case s.hasIndex:
		return s.index
	case p.Arrays > 0:
		return p.Index[0]
	}
	return -1
}

// splitUnit returns the indexes of which findText has made the index of a unit.
func splitUnit(unit int) (index, subindex int) {
	return unit / (maxIndex + 1) % (maxIndex + 1), unit % (maxIndex + 1)
}

// sharedMembers are the members that the events of a text share.
type sharedMembers struct {
	unit    int
	members []byte
}

// keepShared keeps the shared members of the event for the texts of which it has a piece. In a socket they name the answer, and a piece of
// another one with the same indexes is refused: clients tell the two texts apart, and here they would be one.
func (s *stream) keepShared() error {
	for _, text := range s.survey.texts {
		if !text.continues {
			continue
		}
		unit := s.survey.findText(text)
		at := slices.IndexFunc(s.unitShared, func(known sharedMembers) bool { return known.unit == unit })
		if at < 0 {
			at = len(s.unitShared)
			s.unitShared = append(s.unitShared, sharedMembers{unit: unit})
		} else if s.format.event.isSocket && !bytes.Equal(s.unitShared[at].members, s.sharedMembers) {
			return refusal.Because(refusal.AnswerMalformed, "A piece of an answer arrives before the answer before it has ended.").
				WithRemedy("The developer of the chatbot must send one answer after the other.")
		}
		s.unitShared[at].members = append(s.unitShared[at].members[:0], s.sharedMembers...)
	}
	return nil
}

// findShared returns the shared members for an event with a text of the unit.
func (s *stream) findShared(unit int) []byte {
	for _, known := range s.unitShared {
		if known.unit == unit {
			return known.members
		}
	}
	return s.sharedMembers
}
