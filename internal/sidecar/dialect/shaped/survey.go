package shaped

import (
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxIndex bounds the indexes of messages, blocks and tool calls. Real answers stay far below it, and setWholePlace can compute with an
// index up to it without overflow.
const maxIndex = 1024

// survey reads an event for the first time and notes its messages or blocks (units) and its tool calls. An event is read twice because the
// index of a unit may follow the text of the unit.
type survey struct {
	document *document
	// units says what the event does to each of its units, in the order of the event.
	units []dialect.Progress
	// calls holds the indexes of the tool calls of all units. firstCalls holds, for each unit, the position of its first call in calls.
	calls, firstCalls []int
	// isComplete reports whether the event has one of the places that it needs. hasUnitIndex reports whether it has the index of a unit.
	isComplete, hasUnitIndex bool
	// isLast reports whether a keyword says that the event is the last one.
	isLast bool
}

// reset prepares the survey for the next event and reuses its memory.
func (s *survey) reset() {
	*s = survey{document: s.document, units: s.units[:0], calls: s.calls[:0], firstCalls: s.firstCalls[:0]}
}

// findCall returns the index of a tool call. unit is the position of the call's unit in the event, and position is the position of the call
// in the list of tool calls.
func (s *survey) findCall(unit, position int) int { return s.calls[s.firstCalls[unit]+position] }

// findUnit returns the position in s.units of the unit that contains the place.
func (s *survey) findUnit(p *jsontext.Place) int {
	if s.document.unitMember == 0 {
		return 0
	}
	return p.Index[0]
}

// describe returns what the event does. An event without the index by which the shape tells units apart, and without text, belongs to none.
// A last event with text is not the last one for the caller, which would write the text that is held back before that event.
func (s *survey) describe() dialect.Event {
	isLast := s.isLast && !slices.ContainsFunc(s.units, func(p dialect.Progress) bool { return p.Continues })
	if s.document.unitMember == 0 && s.document.hasUnitIndex && !s.hasUnitIndex && !s.units[0].Continues && !s.units[0].Ends {
		return dialect.Event{Last: isLast}
	}
	return dialect.Event{Last: isLast, Messages: s.units}
}

// VisitValue adds an entry for each unit and tool call. The index in the entry is the position in the list, until VisitScalar reads the
// member with the index.
func (s *survey) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	row := &s.document.rows[p.Field]
	s.isComplete = s.isComplete || row.isNeeded && kind != jsontext.Null
	switch {
	case row.operation == message, row.operation == block:
		position := 0
		if p.Arrays > 0 {
			position = p.Index[0]
		}
		s.units = append(s.units, dialect.Progress{Index: position})
		s.firstCalls = append(s.firstCalls, len(s.calls))
	case row.isInCall && row.operation == call:
		s.calls = append(s.calls, p.Index[p.Arrays-1])
	}
	return s.document.checkKind(p, kind)
}

// VisitKey accepts every name: eventReader checks names.
func (s *survey) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText notes whether a text continues or ends the unit that is being read. An empty text does neither: some servers send an empty
// finish_reason in every event. A text before the first unit belongs to none.
func (s *survey) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if len(text) == 0 || len(s.units) == 0 {
		return dst, false, nil
	}
	current := &s.units[len(s.units)-1]
	current.Continues = current.Continues || s.document.findArrival(p) == dialect.InPieces
	if row := &s.document.rows[p.Field]; row.hasEnd {
		s.noteEnd(current, row.place, text)
	}
	return dst, false, nil
}

// noteEnd notes whether a value ends the unit or the stream.
func (s *survey) noteEnd(current *dialect.Progress, place *shape.Place, value []byte) {
	current.Final = current.Final || slices.Contains(place.Closes, string(value))
	current.Ends = current.Ends || current.Final || slices.Contains(place.Ends, string(value)) || slices.Contains(place.Ends, shape.AnyValue)
	s.isLast = s.isLast || slices.Contains(place.Last, string(value))
}

// VisitScalar sets the index of the unit or tool call that is being read, and notes whether the value ends the unit. It keeps every value
// as it is.
func (s *survey) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	row := &s.document.rows[p.Field]
	if row.hasEnd && len(s.units) > 0 && string(raw) != "null" {
		s.noteEnd(&s.units[len(s.units)-1], row.place, raw)
	}
	if row.operation != index || string(raw) == "null" {
		return nil, nil
	}
	value, err := strconv.Atoi(string(raw))
	if err != nil || value < 0 || value > maxIndex {
		return nil, refusal.Because(refusal.AnswerMalformed, "An index is out of bounds.")
	}
	if row.isInCall {
		s.calls[len(s.calls)-1] = value
	} else {
		s.units[len(s.units)-1].Index, s.hasUnitIndex = value, true
	}
	return nil, nil
}

// findArrival returns how the text at a place of an event arrives. Field 0 is a place that the shape does not list. If such a place is deeper
// than traceableDepth, its text is Untraceable: between events, nothing tells it from its neighbors.
func (d *document) findArrival(p *jsontext.Place) dialect.Arrival {
	if p.Field == 0 && p.Depth > d.traceableDepth {
		return dialect.Untraceable
	}
	return d.rows[p.Field].arrival
}
