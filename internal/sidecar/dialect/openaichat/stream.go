package openaichat

import (
	"errors"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// doneMark is the data of the last event.
const doneMark = "[DONE]"

// The negative values of dialect.Place.Part. The texts of a tool call have the index of the call instead, which is 0 or more.
const (
	deltaPart = -1 - iota
	functionCallPart
	sideTextPart
	// wholePart is the highest value for texts that do not arrive in pieces. setWholePlace makes lower ones from it.
	wholePart
)

// stream reads one streamed answer.
type stream struct {
	splitter sse.Splitter
	// survey reads the event for the first time, and holds what it found.
	survey survey
	// visitor and closing are the arguments of Rewrite.
	visitor dialect.Visitor
	closing bool
	// segment is reused for all texts and names.
	segment dialect.Segment
	// topMember is the place of the top-level member of the event (such as `choices` or `error`) that is being read.
	topMember jsontext.Field
	// sharedMembers holds the members of the latest event that all events share, such as `id`, as JSON, each followed by a comma.
	sharedMembers []byte
	// event is a buffer for one event.
	event []byte
	// names holds the names of members seen so far, for internName.
	names []string
}

// OpenStream returns a reader for one streamed answer.
func (Format) OpenStream() dialect.Stream { return &stream{} }

// Split splits the answer into server-sent events.
func (s *stream) Split(piece []byte, event func(data []byte) error) error {
	return refuseTooLong(s.splitter.Write(piece, event))
}

// Close ends the answer. The server closed the stream in the regular way, so the last event is complete even without the empty line that
// should follow it, and Close calls event for it.
func (s *stream) Close(event func(data []byte) error) error {
	return refuseTooLong(s.splitter.Close(event))
}

// refuseTooLong turns sse.ErrTooLong into a refusal. It returns other errors unchanged.
func refuseTooLong(err error) error {
	if !errors.Is(err, sse.ErrTooLong) {
		return err
	}
	return refusal.Because(refusal.AnswerTooLarge, "An event of the answer is larger than 64 KiB.").
		WithRemedy("The developer of the chatbot or model service must stream in smaller pieces.")
}

// Scan reads an event for the first time. It refuses events that have neither choices nor an error.
func (s *stream) Scan(data []byte) (dialect.Event, error) {
	s.survey.reset()
	if string(data) == doneMark {
		return dialect.Event{Last: true}, nil
	}
	var err error
	// The survey changes nothing, and nothing uses the output: s.event only lends its memory.
	if s.event, err = jsontext.Rewrite(s.event[:0], data, events.shape, &s.survey); err != nil {
		return dialect.Event{}, events.refuse(err)
	}
	if !s.survey.hasChoices && !s.survey.hasFailure {
		return dialect.Event{}, refusal.Because(refusal.AnswerMalformed, "An event has neither choices nor an error.")
	}
	return dialect.Event{Messages: s.survey.choices}, nil
}

// Rewrite reads an event for the second time, as an eventReader, and passes its texts to the visitor. If closing is true, no later event
// adds text to the messages that this event ends, so setPlace sets Segment.End for their texts.
func (s *stream) Rewrite(dst, data []byte, closing bool, v dialect.Visitor) ([]byte, error) {
	if string(data) == doneMark {
		return sse.Append(dst, data), nil
	}
	s.visitor, s.closing = v, closing
	// Forget the shared members of the previous event: VisitText and VisitScalar collect those of this one.
	s.sharedMembers = s.sharedMembers[:0]
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, events.shape, (*eventReader)(s)); err != nil {
		return dst, events.refuse(err)
	}
	return sse.Append(dst, s.event), nil
}

// eventReader reads an event for the second time and passes its texts to the visitor. It is a stream with the methods of a
// jsontext.Visitor.
type eventReader stream

// VisitValue checks the JSON kind of a value at a known place. It tells the visitor which choices call tools.
func (s *eventReader) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	s.noteTopMember(p)
	if (p.Field == call || p.Field == functionCall) && kind == jsontext.Object {
		s.visitor.VisitMessage(dialect.Message{Index: s.survey.choices[p.Index[0]].Index, Role: dialect.RoleAssistant, CallsTool: true})
	}
	return events.checkKind(p, kind)
}

// VisitKey checks the name of an unknown member and passes it to the visitor.
func (s *eventReader) VisitKey(p *jsontext.Place, name []byte) error {
	s.noteTopMember(p)
	if err := events.checkName(p, name); err != nil {
		return err
	}
	s.segment = dialect.Segment{Kind: dialect.MemberName, Text: name}
	return visitName(s.visitor, &s.segment)
}

// noteTopMember sets topMember if the place is a member of the event itself.
func (s *eventReader) noteTopMember(p *jsontext.Place) {
	if p.Depth == 1 {
		s.topMember = p.Field
	}
}

// VisitText passes a text to the visitor. Every text in the member `error`, at any depth, is complete in its event, so its arrival is
// Repeated. VisitText also keeps the shared members of the event, such as `id`, for AppendText.
func (s *eventReader) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	s.segment = dialect.Segment{
		Role: dialect.RoleAssistant, Kind: events.rows[p.Field].kind, Arrival: dialect.Repeated, Text: text,
	}
	if s.topMember != failure {
		s.segment.Arrival = findArrival(p)
	}
	s.setPlace(p)
	out, changed, err := s.visitor.VisitSegment(dst, &s.segment)
	if p.Field == shared && err == nil {
		written := text
		if changed {
			// jsontext.Rewrite passes an empty dst, so out is the replacement alone.
			written = out
		}
		s.beginSharedMember(p.Key)
		s.sharedMembers = append(jsontext.AppendString(s.sharedMembers, written), ',')
	}
	return out, changed, err
}

// setPlace sets the place of the segment. For a text that arrives in pieces it also sets Segment.End, which tells whether the segment is
// the last piece.
func (s *eventReader) setPlace(p *jsontext.Place) {
	place := &s.segment.Place
	place.Name = s.internName(p.Key)
	if s.segment.Arrival != dialect.InPieces {
		s.setWholePlace(p)
		return
	}
	// Only texts of a choice arrive in pieces, so p.Index[0] is the position of the choice.
	choice := &s.survey.choices[p.Index[0]]
	place.Message, place.Part = choice.Index, deltaPart
	s.segment.End = s.closing && choice.Ends
	switch {
	case p.Field == sideText:
		place.Part = sideTextPart
	case p.Parent == function:
		place.Part = s.survey.findCall(p.Index[0], p.Index[1])
	case p.Parent == functionCall:
		place.Part = functionCallPart
	}
}

// setWholePlace sets the place of a text that does not arrive in pieces. Place.Message is the index of the text's choice, the position in
// a list other than `choices`, or -1 for a text in no list. Place.Part differs for each depth and each tool call, so that different texts
// with the same member name do not count as one.
func (s *eventReader) setWholePlace(p *jsontext.Place) {
	place := &s.segment.Place
	place.Message, place.Part = -1, wholePart-p.Depth
	switch {
	case s.topMember == choices && p.Arrays > 0:
		place.Message = s.survey.choices[p.Index[0]].Index
	case p.Arrays > 0:
		place.Message = p.Index[0]
	}
	if p.Parent == call || p.Parent == function {
		// The depth is at most MaxDepth, so each call has MaxDepth values of Part for itself.
		place.Part -= jsontext.MaxDepth * (1 + s.survey.findCall(p.Index[0], p.Index[1]))
	}
}

// maxNames bounds the names that internName keeps and compares one by one. Most answers have five.
const maxNames = 32

// internName returns the name as a string. It allocates each of the first maxNames names only once for all events.
func (s *eventReader) internName(name []byte) string {
	for _, known := range s.names {
		if known == string(name) {
			return known
		}
	}
	interned := string(name)
	if len(s.names) < maxNames {
		s.names = append(s.names, interned)
	}
	return interned
}

// VisitScalar passes a long number to the visitor, which may replace it by a text. It also keeps the shared members of the event, such as
// `created`, for AppendText.
func (s *eventReader) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	replacement, err := visitNumber(s.visitor, p, raw)
	if p.Field == shared && err == nil {
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

// AppendText appends an event with the text and the shared members of the latest event. The place is one whose text arrives in pieces.
func (s *stream) AppendText(dst []byte, place dialect.Place, text []byte) []byte {
	event := append(s.event[:0], '{')
	event = append(event, s.sharedMembers...)
	event = append(event, `"choices":[{"index":`...)
	event = strconv.AppendInt(event, int64(place.Message), 10)
	event = append(event, `,"delta":{`...)
	// The text is a member of the delta, of an object in the delta, or of the choice. brackets closes what is open after the text,
	// including the delta.
	brackets := `}`
	switch {
	case place.Part >= 0:
		// The text belongs to a tool call: "delta":{"tool_calls":[{"index":1,"function":{"arguments":"…"}}]}
		event = append(event, `"tool_calls":[{"index":`...)
		event = strconv.AppendInt(event, int64(place.Part), 10)
		event = append(event, `,"function":{`...)
		brackets = `}}]}`
	case place.Part == functionCallPart:
		// The text belongs to the older form of a call: "delta":{"function_call":{"arguments":"…"}}
		event = append(event, `"function_call":{`...)
		brackets = `}}`
	case place.Part == sideTextPart:
		// The text is the member next to the delta: "delta":{},"text":"…". The delta is closed before the text, so nothing is open after it.
		event = append(event, `},`...)
		brackets = ``
	}
	event = jsontext.AppendString(event, place.Name)
	event = append(event, ':')
	event = jsontext.AppendString(event, text)
	event = append(event, brackets...)
	s.event = append(event, `,"finish_reason":null}]}`...)
	return sse.Append(dst, s.event)
}
