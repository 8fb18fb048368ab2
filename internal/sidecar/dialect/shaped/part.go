package shaped

import "github.com/chaperone-dev/chaperone/internal/sidecar/dialect"

// ListParts has Scan list the pieces of parts.
func (s *stream) ListParts(into *dialect.PartPieces) { s.survey.parts = into }

// notePart notes a piece, before the survey adds it to its texts. Until the event is read, the unit of the piece is its position in survey.texts
// if each text is a unit, or else in survey.units, and the series is the template.
func (s *survey) notePart(row *row, text []byte) {
	position := len(s.texts)
	if !s.document.hasTextUnits {
		position = s.cursor.unit()
	}
	start := len(s.parts.Text)
	s.parts.Text = append(s.parts.Text, text...)
	s.parts.List = append(s.parts.List, dialect.PartPiece{
		Unit: position, Series: row.flush, Start: start, End: len(s.parts.Text), IsWhole: row.arrival == dialect.Restated,
	})
}

// describeParts sets the units and series of the pieces, after the survey has read the event.
func (s *survey) describeParts() {
	for i := range s.parts.List {
		piece := &s.parts.List[i]
		if s.document.hasTextUnits {
			piece.Unit = s.findText(s.texts[piece.Unit])
			piece.Series = findTextSeries(piece.Unit)
		} else {
			piece.Unit, piece.Series = s.units[piece.Unit].Index, 1+piece.Series
		}
	}
}

// findTextSeries returns the series of a text that is a unit. Texts with the same template and the same first index are parts of one message.
func findTextSeries(unit int) int { return 1 + unit/(maxIndex+1) }
