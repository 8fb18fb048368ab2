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

// unit is a message or block of an event.
type unit struct {
	dialect.Progress
	// key tells units apart that have no index.
	key unitKey
	// position is the position in the innermost list. It tells units apart that have neither an index nor a key.
	position int
	hasIndex bool
	// opens reports whether the event begins the unit, which is a new one if an earlier one has ended.
	opens bool
	// hasText reports whether the event has a growing text of the unit, which can be empty, and goesOn whether a value says that it continues the
	// text.
	hasText, goesOn bool
	// hasPiece means that the event adds to a text of the unit, and does more than say a revised text as a whole.
	hasPiece bool
	// firstCall is the position in survey.calls of the first tool call of the unit.
	firstCall int
}

// survey reads an event for the first time and notes its messages or blocks (units) and its tool calls. An event is read twice because the
// index or the key of a unit may follow the text of the unit.
type survey struct {
	document *document
	cursor   cursor
	names    *names
	// eventType is the type of the event.
	eventType string
	// units says what the event does to each of its units, in the order of the event.
	units []unit
	// progress is what describe returns.
	progress []dialect.Progress
	// calls holds the indexes of the tool calls of all units.
	calls []int
	// pieces are the pieces of growing texts that are not empty, in the order of the event.
	pieces []piece
	// isComplete reports whether the event has one of the places that it needs.
	isComplete bool
	// isLast reports whether a keyword says that the event is the last one.
	isLast bool
	// texts are the texts of the event that are units. index and subindex are the indexes that the event gives them, if it has them.
	texts                 []unitText
	index, subindex       int
	hasIndex, hasSubindex bool
	// listed are the texts of lists that clients show as one text.
	listed listedTexts
	// isBetween reports whether a value says that the event may stand between two parts of a message. parts are the pieces of such parts; nil if
	// they are not wanted, as usual.
	isBetween bool
	parts     *dialect.PartPieces
	// either is about the texts that grow in either way.
	either eitherTexts
}

// reset prepares the survey for the next event and reuses its memory.
func (s *survey) reset() {
	s.cursor.reset()
	s.eventType, s.isComplete, s.isLast = "", false, false
	s.units, s.calls, s.texts, s.pieces = s.units[:0], s.calls[:0], s.texts[:0], s.pieces[:0]
	s.hasIndex, s.hasSubindex = false, false
	s.listed.reset()
	s.isBetween = false
	if s.parts != nil {
		s.parts.Reset()
	}
	s.either.reset()
}

// addUnit adds a unit, which the value at the place is.
func (s *survey) addUnit(p *jsontext.Place) {
	s.cursor.begin(p)
	var keyMemory unitKey
	if len(s.units) < cap(s.units) {
		keyMemory = s.units[:len(s.units)+1][len(s.units)].key.empty()
	}
	u := unit{key: keyMemory, firstCall: len(s.calls)}
	if p.Arrays > 0 {
		u.position = p.Index[p.Arrays-1]
	}
	u.Index = u.position
	s.units = append(s.units, u)
}

// current returns the unit that is being read, or nil.
func (s *survey) current() *unit {
	if position := s.cursor.unit(); position != noUnit {
		return &s.units[position]
	}
	return nil
}

// findCall returns the index of a tool call. unit is the position of the call's unit in the event, and position is the position of the call
// in the list of tool calls.
func (s *survey) findCall(unit, position int) int { return s.calls[s.units[unit].firstCall+position] }

// describe returns what the event does. A unit without the index or key by which the shape tells units apart, and without text, is none. A
// last event with text is not the last one for the caller, since some servers send more text after it. In a socket it is: nothing but the
// next answer follows, which must not get text of this one.
func (s *survey) describe() dialect.Event {
	s.progress = s.progress[:0]
	if s.document.hasTextUnits {
		return s.describeTexts()
	}
	continues := false
	for i := range s.units {
		u := &s.units[i]
		if s.isNamed(u) || u.Continues || u.Ends {
			s.progress = append(s.progress, u.Progress)
		}
		continues = continues || u.Continues
	}
	return dialect.Event{Last: s.isLast && (!continues || s.document.isSocket), Messages: s.progress}
}

// isNamed reports whether something tells the unit apart from others, or nothing has to.
func (s *survey) isNamed(u *unit) bool {
	return u.hasIndex || len(u.key.text) > 0 || u.position > 0 || !s.document.hasUnitIndex && !s.document.hasUnitKey
}

// VisitValue adds an entry for each unit and tool call. The index in the entry is the position in the list, until VisitScalar reads the
// member with the index.
func (s *survey) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	row := s.document.takeRow(p)
	s.isComplete = s.isComplete || row.isNeeded && kind != jsontext.Null
	s.cursor.visit(p.Depth)
	switch {
	case row.operation == message, row.operation == block:
		s.addUnit(p)
	case row.isInCall && row.operation == call:
		s.calls = append(s.calls, p.Index[p.Arrays-1])
	}
	return row.checkKind(kind)
}

// VisitKey accepts every name: eventReader checks names.
func (s *survey) VisitKey(p *jsontext.Place, _ []byte) error {
	s.cursor.visit(p.Depth)
	return nil
}

// VisitText notes the type of the event, and whether a text continues or ends the unit that is being read. An empty text does neither: some
// servers send an empty finish_reason in every event. A text outside of every unit belongs to none.
func (s *survey) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	row := &s.document.rows[p.Field]
	if p.Field != 0 && p.Field == s.document.typeField {
		s.eventType = s.names.intern(text)
	}
	s.listed.add(p, row, text)
	s.notePart(row, text)
	if s.document.hasTextUnits && row.isUnit() {
		return dst, false, s.noteText(p, row, len(text) > 0)
	}
	current := s.current()
	if current != nil && grows(s.document.findArrival(p)) {
		current.hasText = true
	}
	if len(text) == 0 {
		return dst, false, nil
	}
	if row.hasEnd {
		s.noteEnd(current, row.place, text)
	}
	if current == nil {
		return dst, false, nil
	}
	return dst, false, s.noteInUnit(p, row, current, text)
}

// noteInUnit notes a text that is not empty in the unit that is being read.
func (s *survey) noteInUnit(p *jsontext.Place, row *row, current *unit, text []byte) error {
	if grows(s.findArrival(p)) {
		current.Continues = true
		current.hasPiece = current.hasPiece || !row.isRevised || row.arrival == dialect.InPieces
		s.notePiece(p, row)
	}
	if row.isEither {
		s.noteEither(p, current, text)
	}
	if row.operation != key {
		return nil
	}
	return current.key.addText(p, text)
}

// grows reports whether later events may have more of a text that arrives in this way.
func grows(arrival dialect.Arrival) bool {
	return arrival == dialect.InPieces || arrival == dialect.Cumulative
}

// noteEnd notes whether a value opens or ends the unit, or ends the stream. The unit is nil for a value outside of every unit, which can
// only end the stream.
func (s *survey) noteEnd(current *unit, place *shape.Place, value []byte) {
	s.isBetween = s.isBetween || isListed(place.Between, value)
	s.isLast = s.isLast || slices.Contains(place.Last, string(value))
	if current == nil {
		return
	}
	current.goesOn = current.goesOn || slices.Contains(place.Continues, string(value))
	current.opens = current.opens || slices.Contains(place.Opens, string(value))
	current.Final = current.Final || isListed(place.Closes, value)
	current.Ends = current.Ends || current.Final || isListed(place.Ends, value)
}

// isListed reports whether the list has the value, or every value.
func isListed(list []string, value []byte) bool {
	return slices.Contains(list, string(value)) || slices.Contains(list, shape.AnyValue)
}

// VisitScalar sets the index or the key of the unit or tool call that is being read, and notes whether the value ends the unit. It keeps
// every value as it is.
func (s *survey) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	row := &s.document.rows[p.Field]
	current := s.current()
	isNull := string(raw) == "null"
	if row.hasEnd && !isNull {
		s.noteEnd(current, row.place, raw)
	}
	switch {
	case isNull:
		return nil, nil
	case row.operation == key && current != nil:
		return nil, current.key.addScalar(p, raw)
	case row.operation == index, row.operation == subindex:
		return nil, s.setIndex(row, current, raw)
	}
	return nil, nil
}

// setIndex sets the index of the unit or of the tool call that is being read.
func (s *survey) setIndex(row *row, current *unit, raw []byte) error {
	value, err := strconv.Atoi(string(raw))
	if err != nil || value < 0 || value > maxIndex {
		return refusal.Because(refusal.AnswerMalformed, "An index is out of bounds.")
	}
	switch {
	case row.operation == subindex:
		s.subindex, s.hasSubindex = value, true
	case s.document.hasTextUnits:
		s.index, s.hasIndex = value, true
	case row.isInCall:
		s.calls[len(s.calls)-1] = value
	default:
		current.Index, current.hasIndex = value, true
	}
	return nil
}

// findArrival returns how the text at a place of an event arrives. Field 0 is a place that the shape does not list. If such a place is deeper
// than traceableDepth, its text is Untraceable: between events, nothing tells it from its neighbors. The events of a socket have no such neighbors.
func (d *document) findArrival(p *jsontext.Place) dialect.Arrival {
	if p.Field == 0 && p.Depth > d.traceableDepth && !d.isSocket {
		return dialect.Untraceable
	}
	return d.rows[p.Field].arrival
}
