package shaped

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// eventReader reads an event for the second time and passes its texts to the visitor. It is a stream with the methods of a
// jsontext.Visitor.
type eventReader stream

// VisitValue checks the JSON kind of a value at a known place. It tells the visitor which messages call tools.
func (s *eventReader) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	row := s.format.event.takeRow(p)
	s.noteTopMember(p)
	switch {
	case row.operation == message, row.operation == block:
		s.cursor.begin(p)
	case row.operation == call && kind == jsontext.Object:
		s.noteToolCall()
	}
	if row.insert != nil && kind == jsontext.Array {
		if err := s.insert(p, row); err != nil {
			return false, err
		}
	}
	return row.checkKind(kind)
}

// insert adds an element to the list at the place if the visitor has a statement.
func (s *eventReader) insert(p *jsontext.Place, row *row) error {
	s.segment = dialect.Segment{Kind: dialect.Insertion, Role: dialect.RoleAssistant, Arrival: dialect.Restated}
	statement, changed, err := s.visitor.VisitSegment(nil, &s.segment)
	if changed && err == nil {
		p.Insert = fillInsert(row.insert, statement)
	}
	return err
}

// noteToolCall tells the visitor that the message that is being read calls a tool.
func (s *eventReader) noteToolCall() {
	position := s.cursor.unit()
	if position == noUnit {
		return
	}
	message := s.findMessage(s.survey.units[position].Index)
	s.visitor.VisitMessage(dialect.Message{Index: message, Role: dialect.RoleAssistant, CallsTool: true})
}

// findMessage returns the index of the message of a unit: all blocks are one message.
func (s *eventReader) findMessage(unit int) int {
	if s.format.event.hasBlocks {
		return 0
	}
	return unit
}

// VisitKey checks the name of an unknown member and passes it to the visitor.
func (s *eventReader) VisitKey(p *jsontext.Place, name []byte) error {
	s.noteTopMember(p)
	if err := s.format.event.checkName(p, name); err != nil {
		return err
	}
	s.segment = dialect.Segment{Kind: dialect.MemberName, Text: name}
	return visitName(s.visitor, &s.segment)
}

// noteTopMember sets topMember if the place is a member of the event itself. It notes which units the place does not belong to.
func (s *eventReader) noteTopMember(p *jsontext.Place) {
	s.cursor.visit(p.Depth)
	if p.Depth == 1 {
		s.topMember = p.Field
	}
}

// VisitText passes a text that is not opaque to the visitor. The arrival of every text of an error, at any depth, is Repeated: no other
// event has the rest of the text, but several events can have the same error. In a socket it is that of the place. VisitText also keeps the
// name of the event, and for AppendText the shared members of the event, such as `id`.
func (s *eventReader) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	row := &s.format.event.rows[p.Field]
	if len(row.padding) == 0 {
		return s.visitText(p, row, dst, text)
	}
	text = bytes.ReplaceAll(text, row.padding, nil)
	out, changed, err := s.visitText(p, row, dst, text)
	if !changed && err == nil {
		out = append(dst, text...)
	}
	return out, true, err
}

// visitText does the work of VisitText for a text without padding.
func (s *eventReader) visitText(p *jsontext.Place, row *row, dst, text []byte) ([]byte, bool, error) {
	if row.hasKeyword {
		if err := s.readKeyword(row, text); err != nil {
			return dst, false, err
		}
	}
	if row.isOpaque(text) {
		return dst, false, nil
	}
	s.segment = dialect.Segment{
		Role: dialect.RoleAssistant, Kind: row.kind, Arrival: dialect.Repeated, Signed: row.operation == signed, Text: text,
		NamesConversation: row.namesConversation, Restates: row.place != nil && row.place.Restates,
	}
	if row.isJoined {
		s.segment.Listed = s.survey.listed.take()
	}
	if row.isEither && len(text) == 0 && s.survey.either.form == formUnknown {
		// It gets no statement: if pieces follow, the first one that is not empty has it, and if whole texts do, each of them.
		s.segment.Kind = dialect.Text
	}
	if !s.isInFailure() {
		s.segment.Arrival = s.survey.findArrival(p)
	}
	if err := s.setPlace(p, row); err != nil {
		return dst, false, err
	}
	return s.visitSegment(p, row, dst)
}

// isInFailure reports whether the place is in an error of the chatbot, whose texts are complete. The texts of sockets are anyway.
func (s *eventReader) isInFailure() bool {
	return !s.format.event.isSocket && s.format.event.rows[s.topMember].operation == failure
}

// visitSegment passes s.segment to the visitor and notes what is written in its place. A key, which tells texts apart, must not
// change.
func (s *eventReader) visitSegment(p *jsontext.Place, row *row, dst []byte) ([]byte, bool, error) {
	text := s.segment.Text
	out, changed, err := s.visitor.VisitSegment(dst, &s.segment)
	switch {
	case err != nil || !changed:
		s.noteShared(p, row, text)
	case row.operation == key:
		return dst, false, refuseKey()
	default:
		// jsontext.Rewrite passes an empty dst, so out is the replacement alone.
		s.noteShared(p, row, out)
		s.isOmitted = s.isOmitted || row.omitsEmpty && len(out) == 0 && len(text) > 0
	}
	return out, changed, err
}

// noteShared keeps a text that all events share, as a member with what is written in its place, for the events that AppendText adds.
func (s *eventReader) noteShared(p *jsontext.Place, row *row, written []byte) {
	if row.operation == shared {
		s.beginSharedMember(p.Key)
		s.sharedMembers = append(jsontext.AppendString(s.sharedMembers, written), ',')
	}
}

// readKeyword notes the name of the event, and whether a message calls a tool. It refuses keywords that the shape does not list.
func (s *eventReader) readKeyword(row *row, text []byte) error {
	for _, value := range row.place.Calls {
		if value == string(text) {
			s.noteToolCall()
		}
	}
	if row.isName && isEventName(text) {
		s.name = s.names.intern(text)
	}
	return s.format.event.checkValue(row, text)
}

// maxEventName is the length, in bytes, of the longest name that an event gets in a line of its own.
const maxEventName = 64

// isEventName reports whether a text can stand in a line of its own: it has only letters, digits, full stops, hyphens and underscores.
func isEventName(text []byte) bool {
	for _, c := range text {
		if c != '.' && (!base64Bytes[c] || c == '+' || c == '/' || c == '=') {
			return false
		}
	}
	return len(text) <= maxEventName
}

// setPlace sets the place of the segment. For a text that arrives in pieces it also sets Segment.End, which tells whether the segment is
// the last piece.
func (s *eventReader) setPlace(p *jsontext.Place, row *row) error {
	place := &s.segment.Place
	if s.format.event.hasTextUnits && (s.segment.Arrival == dialect.InPieces || s.segment.Arrival == dialect.Restated) {
		return s.setTextPlace(p, row)
	}
	text := s.survey.identifyText(p, row)
	place.Name = text.name
	if !grows(s.segment.Arrival) {
		s.setWholePlace(p, row)
		return nil
	}
	if row.isRevised {
		s.segment.Revised, s.segment.Restatable = true, true
	}
	position := s.cursor.unit()
	unit := &s.survey.units[position]
	place.Unit, place.Message = unit.Index, s.findMessage(unit.Index)
	// The part tells AppendText which template to use and which tool call the text belongs to.
	place.Part = text.flush
	s.segment.Series = row.findSeries()
	if row.lists > 0 && s.segment.Arrival == dialect.Cumulative {
		// Each element of the list has a text of its own, which no other element continues.
		place.Part += len(s.format.flushes) * row.findElement(p)
	}
	s.segment.Continued = s.isContinued(p, row)
	s.segment.End = s.closing && unit.Ends && !s.segment.Continued
	s.noteType(unit.Index)
	if row.isInCall {
		place.Part += len(s.format.flushes) * s.survey.findCall(position, p.Index[s.format.event.callArrays-1])
	}
	s.noteForm(p, row)
	return nil
}

// noteType notes the type of the event for a unit that has a key: AppendText repeats the type of the latest event with a piece. Events whose
// key is incomplete belong to a unit that has a piece.
func (s *eventReader) noteType(unit int) {
	if s.format.event.hasUnitKey {
		s.known[unit].eventType, s.known[unit].hasPiece = s.survey.eventType, true
	}
}

// setTextPlace sets the place of a text in a stream in which each text is a unit of its own, and can end before the message. A piece of a
// text and a restatement of it get the same place, although the members with them have different names.
func (s *eventReader) setTextPlace(p *jsontext.Place, row *row) error {
	text, err := newUnitText(p, row)
	unit := s.survey.findText(text)
	s.segment.Place = dialect.Place{Unit: unit, Part: row.flush}
	s.segment.Restatable = true
	if row.isPart {
		s.segment.Series = findTextSeries(unit)
	}
	s.segment.End = s.closing && slices.ContainsFunc(s.survey.progress, func(u dialect.Progress) bool { return u.Index == unit && u.Ends })
	return err
}

// setWholePlace sets the place of a text that does not arrive in pieces. Place.Message is the index of the text's unit, the position in
// a list other than that of the messages, or -1 for a text in no list. Place.Part differs for each depth and each tool call, so that
// different texts with the same member name do not count as one.
func (s *eventReader) setWholePlace(p *jsontext.Place, row *row) {
	place := &s.segment.Place
	// Texts in pieces have parts of 0 and more.
	place.Message, place.Part = -1, -1-p.Depth
	document := s.format.event
	position := s.cursor.unit()
	switch {
	case document.hasTextUnits:
		place.Message = s.survey.findItem(p)
	case position != noUnit && s.segment.Kind == dialect.Prose:
		place.Message = s.findMessage(s.survey.units[position].Index)
	case position != noUnit:
		place.Message = s.survey.units[position].Index
	case p.Arrays > 0:
		place.Message = p.Index[0]
	}
	if row.isInCall || document.rows[p.Parent].isInCall {
		// The depth is at most MaxDepth, so each call has MaxDepth values of Part for itself.
		place.Part -= jsontext.MaxDepth * (1 + s.survey.findCall(position, p.Index[document.callArrays-1]))
	}
}

// refuseKey refuses a key with personal data. The sidecar would have to write it into events of its own.
func refuseKey() error {
	return refusal.Because(refusal.AnswerMalformed, "An identifier that tells the texts of the answer apart contains personal data.")
}

// names holds the names of members and the types of events seen so far.
type names []string

// maxNames bounds the names that intern keeps and compares one by one. Most answers have five.
const maxNames = 32

// intern returns the name as a string. It allocates each of the first maxNames names only once for all events.
func (n *names) intern(name []byte) string {
	for _, known := range *n {
		if known == string(name) {
			return known
		}
	}
	interned := string(name)
	if len(*n) < maxNames {
		*n = append(*n, interned)
	}
	return interned
}

// VisitScalar passes a long number to the visitor, which may replace it by a text. It also keeps the shared members of the event, such as
// `created`, for AppendText.
func (s *eventReader) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	row := &s.format.event.rows[p.Field]
	replacement, err := visitNumber(s.visitor, row, raw)
	if row.operation == shared && err == nil {
		s.beginSharedMember(p.Key)
		if replacement == nil {
			s.sharedMembers = append(s.sharedMembers, raw...)
		} else {
			s.sharedMembers = jsontext.AppendString(s.sharedMembers, replacement)
		}
		s.sharedMembers = append(s.sharedMembers, ',')
	}
	return replacement, err
}

// beginSharedMember appends the name of a member and the colon to s.sharedMembers.
func (s *eventReader) beginSharedMember(name []byte) {
	s.sharedMembers = append(jsontext.AppendString(s.sharedMembers, name), ':')
}
