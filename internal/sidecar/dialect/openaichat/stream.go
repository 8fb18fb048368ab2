package openaichat

import (
	"errors"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// last is the data of the last event.
const last = "[DONE]"

// Parts distinguish the texts of a choice. The part of a tool call is its index.
const (
	deltaPart = -1 - iota
	functionCallPart
	sidePart
	// steadyPart and lower parts are texts that do not grow, by depth.
	steadyPart
)

// stream reads one streamed answer.
type stream struct {
	splitter sse.Splitter
	survey   survey
	visitor  dialect.Visitor
	segment  dialect.Segment
	closing  bool
	// member is the member of the event that is being read.
	member jsontext.Field
	// head holds the members that every event repeats, as JSON, each followed by a comma.
	head []byte
	// event is a buffer for one event.
	event []byte
	// names holds the names of members seen so far, so that keepName allocates each only once.
	names []string
}

// OpenStream begins to read a streamed answer.
func (Format) OpenStream() dialect.Stream { return &stream{} }

// Split cuts server-sent events apart.
func (s *stream) Split(piece []byte, event func(data []byte) error) error {
	return refuseTooLong(s.splitter.Write(piece, event))
}

// Close ends the stream. It also passes on a last event that lacks the empty line at its end, because the server closed the stream in
// the regular way.
func (s *stream) Close(event func(data []byte) error) error {
	return refuseTooLong(s.splitter.Close(event))
}

func refuseTooLong(err error) error {
	if !errors.Is(err, sse.ErrTooLong) {
		return err
	}
	return refusal.Because(refusal.AnswerTooLarge, "An event of the answer is larger than 64 KiB.").
		WithRemedy("The developer of the chatbot or model service must stream in smaller pieces.")
}

// Scan reads an event for the first time and notes which messages it has.
func (s *stream) Scan(data []byte) (dialect.Event, error) {
	s.survey.reset()
	if string(data) == last {
		return dialect.Event{Last: true}, nil
	}
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, events.shape, &s.survey); err != nil {
		return dialect.Event{}, events.refuse(err)
	}
	if !s.survey.hasChoices && !s.survey.hasFailure {
		return dialect.Event{}, refusal.Because(refusal.AnswerMalformed, "An event has neither choices nor an error.")
	}
	return dialect.Event{Messages: s.survey.choices}, nil
}

// Rewrite reads an event for the second time and passes its texts to the visitor.
func (s *stream) Rewrite(dst, data []byte, closing bool, v dialect.Visitor) ([]byte, error) {
	if string(data) == last {
		return sse.Append(dst, data), nil
	}
	s.visitor, s.closing = v, closing
	s.head = s.head[:0]
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, events.shape, (*eventReader)(s)); err != nil {
		return dst, events.refuse(err)
	}
	return sse.Append(dst, s.event), nil
}

// eventReader is the second reading of an event, which passes the texts to the visitor.
type eventReader stream

// Value checks the values of known places, and shows which choices call tools.
func (s *eventReader) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	s.readMember(p)
	if (p.Field == call || p.Field == functionCall) && kind == jsontext.Object {
		s.visitor.VisitMessage(dialect.Message{Index: s.survey.choices[p.Index[0]].Index, Role: dialect.RoleAssistant, CallsTool: true})
	}
	return events.checkKind(p, kind)
}

// Key shows the names of members that the interface does not know.
func (s *eventReader) Key(p *jsontext.Place, name []byte) error {
	s.readMember(p)
	if err := events.checkName(p, name); err != nil {
		return err
	}
	s.segment = dialect.Segment{Kind: dialect.Name, Text: name}
	return visitName(s.visitor, &s.segment)
}

// readMember notes which member of the event is read.
func (s *eventReader) readMember(p *jsontext.Place) {
	if p.Depth == 1 {
		s.member = p.Field
	}
}

// Text shows a text. The texts of an error do not grow, however deep they are.
func (s *eventReader) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	s.segment = dialect.Segment{
		Role: dialect.RoleAssistant, Kind: events.rows[p.Field].kind, Growth: dialect.Repeats, Text: text,
	}
	if s.member != failure {
		s.segment.Growth = findGrowth(p)
	}
	s.setPlace(p)
	out, changed, err := s.visitor.VisitSegment(dst, &s.segment)
	if p.Field == head && err == nil {
		value := text
		if changed {
			value = out
		}
		s.keepHead(p.Key)
		s.head = append(jsontext.AppendString(s.head, value), ',')
	}
	return out, changed, err
}

// setPlace sets the place of the segment.
func (s *eventReader) setPlace(p *jsontext.Place) {
	place := &s.segment.Place
	place.Name = s.keepName(p.Key)
	if s.segment.Growth != dialect.Appends {
		s.setSteadyPlace(p)
		return
	}
	c := &s.survey.choices[p.Index[0]]
	place.Message, place.Part = c.Index, deltaPart
	s.segment.End = s.closing && c.Ends
	switch {
	case p.Field == sideText:
		place.Part = sidePart
	case p.Parent == function:
		place.Part = s.survey.findCall(p.Index[0], p.Index[1])
	case p.Parent == functionCall:
		place.Part = functionCallPart
	}
}

// setSteadyPlace sets the place of a text that does not grow. It consists of the choice or position, the depth, and the call.
func (s *eventReader) setSteadyPlace(p *jsontext.Place) {
	place := &s.segment.Place
	place.Message, place.Part = -1, steadyPart-p.Depth
	switch {
	case s.member == choices && p.Arrays > 0:
		place.Message = s.survey.choices[p.Index[0]].Index
	case p.Arrays > 0:
		place.Message = p.Index[0]
	}
	if p.Parent == call || p.Parent == function {
		place.Part -= jsontext.MaxDepth * (1 + s.survey.findCall(p.Index[0], p.Index[1]))
	}
}

// maxNames bounds the names that are kept and compared one by one; most answers have five.
const maxNames = 32

// keepName returns the name as a string, without allocating one for each event.
func (s *eventReader) keepName(name []byte) string {
	for _, kept := range s.names {
		if kept == string(name) {
			return kept
		}
	}
	added := string(name)
	if len(s.names) < maxNames {
		s.names = append(s.names, added)
	}
	return added
}

// Scalar keeps the members of the head, which AppendText repeats in the events that it adds. It passes long numbers to the visitor, which
// may redact them.
func (s *eventReader) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	out, err := visitNumber(s.visitor, p, raw)
	if p.Field == head && err == nil {
		s.keepHead(p.Key)
		if out == nil {
			s.head = append(s.head, raw...)
		} else {
			s.head = jsontext.AppendString(s.head, out)
		}
		s.head = append(s.head, ',')
	}
	return out, err
}

// keepHead begins a member of the head: it appends the name and the colon.
func (s *eventReader) keepHead(name []byte) {
	s.head = append(jsontext.AppendString(s.head, name), ':')
}

// AppendText appends an event that adds a text to a choice.
func (s *stream) AppendText(dst []byte, place dialect.Place, text []byte) []byte {
	e := append(s.event[:0], '{')
	e = append(e, s.head...)
	e = append(e, `"choices":[{"index":`...)
	e = strconv.AppendInt(e, int64(place.Message), 10)
	e = append(e, `,"delta":{`...)
	closing := `}`
	switch {
	case place.Part >= 0:
		e = append(e, `"tool_calls":[{"index":`...)
		e = strconv.AppendInt(e, int64(place.Part), 10)
		e = append(e, `,"function":{`...)
		closing = `}}]}`
	case place.Part == functionCallPart:
		e = append(e, `"function_call":{`...)
		closing = `}}`
	case place.Part == sidePart:
		e = append(e, `},`...)
		closing = ``
	}
	e = jsontext.AppendString(e, place.Name)
	e = append(e, ':')
	e = jsontext.AppendString(e, text)
	e = append(e, closing...)
	s.event = append(e, `,"finish_reason":null}]}`...)
	return sse.Append(dst, s.event)
}
