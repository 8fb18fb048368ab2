package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// piece is a piece of a growing text. Equal pieces belong to one text, which an event can have in several elements of a list.
type piece struct {
	// unit and call are positions in the survey, and element is the position in a list whose elements are texts of their own. call and
	// element are -1 if the text has none.
	unit, call, element int
	textIdentity
}

// newPiece describes the text at the place, which is in a unit.
func (s *survey) newPiece(p *jsontext.Place, row *row, unit int) piece {
	made := piece{unit: unit, call: -1, element: -1, textIdentity: s.identifyText(p, row)}
	if row.lists > 0 && row.arrival == dialect.Cumulative {
		made.element = row.findElement(p)
	}
	if row.isInCall {
		made.call = p.Index[s.document.callArrays-1]
	}
	return made
}

// maxElementLists is how many lists count for findElement, so that its result stays far below the largest number.
const maxElementLists = 4

// findElement returns a number made of the positions of the place in the innermost lists around it that are inside of its message or block.
func (r *row) findElement(p *jsontext.Place) (element int) {
	for i := max(0, p.Arrays-min(r.lists, maxElementLists)); i < p.Arrays; i++ {
		element = element*(maxIndex+1) + min(p.Index[i], maxIndex)
	}
	return element
}

// notePiece notes a piece that is not empty.
func (s *survey) notePiece(p *jsontext.Place, row *row) {
	s.pieces = append(s.pieces, s.newPiece(p, row, s.cursor.unit()))
}

// isContinued reports whether a later piece of the event belongs to the same text as the one at the place. It is called for each growing text
// in the order of the event.
func (s *eventReader) isContinued(p *jsontext.Place, row *row) bool {
	if len(s.segment.Text) > 0 {
		s.piece++
	}
	rest := s.survey.pieces[min(s.piece, len(s.survey.pieces)):]
	if len(rest) == 0 {
		return false
	}
	made := s.survey.identify(s.survey.newPiece(p, row, s.cursor.unit()))
	return slices.ContainsFunc(rest, func(other piece) bool { return s.survey.identify(other) == made })
}

// identify returns the piece with the indexes of its unit and of its tool call in place of their positions.
func (s *survey) identify(of piece) piece {
	if of.call >= 0 {
		of.call = s.findCall(of.unit, of.call)
	}
	of.unit = s.units[of.unit].Index
	return of
}
