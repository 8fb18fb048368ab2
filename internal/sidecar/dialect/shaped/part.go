package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/dialect"

// ListParts has Scan list the pieces of parts.
func (s *stream) ListParts(into *dialect.PartPieces) { s.survey.parts = into }

// notePart notes a piece of a part, if it is one and they are wanted, before the survey adds it to its texts. Until the event is read, the unit
// of the piece is its position in survey.texts if each text is a unit, or else in survey.units.
func (s *survey) notePart(row *row, text []byte) {
	if s.parts == nil || !row.isPart {
		return
	}
	position := len(s.texts)
	if !s.document.hasTextUnits {
		position = s.cursor.unit()
	}
	start := len(s.parts.Text)
	s.parts.Text = append(s.parts.Text, text...)
	s.parts.List = append(s.parts.List, dialect.PartPiece{
		Unit: position, Series: row.findSeries(), Start: start, End: len(s.parts.Text), IsWhole: row.arrival == dialect.Restated,
	})
}

// describeParts sets the units of the pieces, and the series of those that are units, after the survey has read the event.
func (s *survey) describeParts() {
	for i := range s.parts.List {
		piece := &s.parts.List[i]
		if s.document.hasTextUnits {
			piece.Unit = s.findText(s.texts[piece.Unit])
			piece.Series = findTextSeries(piece.Unit)
		} else {
			piece.Unit = s.units[piece.Unit].Index
		}
	}
}

// findSeries returns the series of the texts at the place, in a stream whose texts are no units; 0 if they stand for themselves.
func (r *row) findSeries() int {
	if !r.isPart {
		return 0
	}
	return 1 + r.flush
}

// findTextSeries returns the series of a text that is a unit. Texts with the same template and the same first index are parts of one message.
func findTextSeries(unit int) int { return 1 + unit/(maxIndex+1) }
