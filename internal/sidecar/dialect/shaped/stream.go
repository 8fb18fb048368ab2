package shaped

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/awsstream"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsonarray"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// stream reads one streamed answer.
type stream struct {
	format   *Format
	splitter splitter
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
	// unitShared holds these members for each text, if each text ends by itself.
	unitShared []sharedMembers
	// event is a buffer for one event, and name is its name if events have names.
	event []byte
	name  string
	// names holds the names of members and the types of events seen so far.
	names names
	// cursor follows Rewrite through the event.
	cursor cursor
	// known holds the units seen so far, if keys tell them apart. The position in it is the index of the unit.
	known []knownUnit
	// forms has, for the texts that can stand in several forms, the latest one.
	forms []latestForm
	// piece is the position in survey.pieces of the piece that comes next.
	piece int
	// isOmitted reports whether the event is left out.
	isOmitted bool
	// closed holds the indexes of the units that have ended for good.
	closed []int
}

// OpenStream returns a reader for one streamed answer.
func (f *Format) OpenStream() dialect.Stream {
	s := &stream{format: f, splitter: f.framing.newSplitter(), survey: survey{document: f.event}}
	s.survey.names = &s.names
	return s
}

// Split splits the answer into events.
func (s *stream) Split(piece []byte, event func(data []byte) error) error {
	return refuseFraming(s.splitter.Write(piece, event))
}

// Close ends the answer. The server closed the stream in the regular way, so the last event is complete even without the mark that should
// follow it, and Close calls event for it.
func (s *stream) Close(event func(data []byte) error) error {
	return refuseFraming(s.splitter.Close(event))
}

// refuseFraming turns errors of the splitters into refusals. It returns other errors unchanged.
func refuseFraming(err error) error {
	switch {
	case errors.Is(err, sse.ErrTooLong):
		return refusal.Because(refusal.AnswerTooLarge, "An event of the answer is larger than 64 KiB.").
			WithRemedy("The developer of the chatbot or model service must stream in smaller pieces.")
	case errors.Is(err, sse.ErrNotJSON):
		return refusal.Because(refusal.AnswerMalformed, "The data of an event of the answer is not JSON.").WithRemedy(sendStrictJSON)
	case errors.Is(err, jsonarray.ErrMalformed):
		return refusal.Because(refusal.AnswerMalformed, "The answer is not one JSON array that ends.").
			WithRemedy("The developer of the chatbot or model service must send an array of JSON objects.")
	case errors.Is(err, awsstream.ErrMalformed):
		return refusal.Because(refusal.AnswerMalformed, "An event of the answer is not in the encoding of AWS, or its checksum is wrong.").
			WithRemedy("The model service must send application/vnd.amazon.eventstream with JSON in its events.")
	}
	return err
}

// isDone reports whether the data is the mark that ends the stream. Clients look only at how the data begins, so that a blank may follow.
func (f *Format) isDone(data []byte) bool {
	return f.done != "" && bytes.HasPrefix(data, []byte(f.done))
}

// isKeepAlive reports whether an event says nothing. Some servers send blanks, so that proxies pass on what precedes them.
func isKeepAlive(data []byte) bool {
	return len(bytes.TrimLeft(data, " ")) == 0 || string(data) == "null"
}

// IsBeat reports whether the data is one of those that the shape lists as beats.
func (f *Format) IsBeat(data []byte) bool {
	return slices.ContainsFunc(f.beats, func(beat string) bool { return beat == string(data) })
}

// Scan reads an event for the first time. It refuses events that lack what the shape needs, and text of a unit that has ended for good.
func (s *stream) Scan(data []byte) (dialect.Event, error) {
	s.survey.reset()
	switch {
	case isKeepAlive(data), s.format.IsBeat(data):
		return dialect.Event{KeepAlive: true}, nil
	case s.format.isDone(data):
		return dialect.Event{Last: true}, nil
	}
	document := s.format.event
	var err error
	// The survey changes nothing, and nothing uses the output: s.event only lends its memory.
	if s.event, err = jsontext.Rewrite(s.event[:0], data, document.tree, &s.survey); err != nil {
		return dialect.Event{}, document.refuse(err)
	}
	s.survey.either.decide()
	if !s.survey.isComplete {
		return dialect.Event{}, refusal.Because(refusal.AnswerMalformed, s.format.needsFault)
	}
	if err := s.findUnits(); err != nil {
		return dialect.Event{}, err
	}
	event := s.survey.describe()
	event.Between = s.survey.isBetween
	if s.survey.parts != nil {
		s.survey.describeParts()
	}
	if len(s.closed) > 0 && s.continuesClosed(event) {
		return dialect.Event{}, refusal.Because(refusal.AnswerMalformed, "An event adds to a text that has ended.")
	}
	event.Last = event.Last || s.endsAll(event)
	return event, nil
}

// continuesClosed reports whether the event adds text to a unit that has ended for good. It may say revised texts of the unit as a whole again.
func (s *stream) continuesClosed(event dialect.Event) bool {
	return slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool {
		return p.Continues && slices.Contains(s.closed, p.Index) && !s.revises(p.Index)
	})
}

// revises reports whether the event only says revised texts of the unit as a whole.
func (s *stream) revises(index int) bool {
	of := func(u unit) bool { return u.Index == index && u.Continues }
	return s.format.event.hasRevised && slices.ContainsFunc(s.survey.units, of) &&
		!slices.ContainsFunc(s.survey.units, func(u unit) bool { return of(u) && u.hasPiece })
}

// endsAll reports whether the event ends an answer in a socket without a last event: all of its texts have ended for good, or end now.
func (s *stream) endsAll(event dialect.Event) bool {
	if !s.format.event.endsByUnits || !event.EndsForGood() {
		return false
	}
	for index := range s.known {
		if s.known[index].hasPiece && !slices.Contains(s.closed, index) && !event.EndsMessage(index) {
			return false
		}
	}
	// A unit that begins again is open.
	return !slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool { return p.Continues && !p.Final })
}

// HasBeats reports whether the shape lists what keeps a connection open.
func (f *Format) HasBeats() bool { return len(f.beats) > 0 }

// EndsByTexts reports whether the events are those of a socket without a last event.
func (s *stream) EndsByTexts() bool { return s.format.event.endsByUnits }

// noteClosed notes which units the event ends for good, and which of them it begins again.
func (s *stream) noteClosed() {
	for _, p := range s.survey.progress {
		isClosed := slices.Contains(s.closed, p.Index)
		switch {
		case p.Final && !isClosed:
			s.closed = append(s.closed, p.Index)
		case !p.Final && p.Continues && isClosed:
			s.closed = slices.DeleteFunc(s.closed, func(index int) bool { return index == p.Index })
		}
	}
}

// Rewrite reads an event for the second time, as an eventReader, and passes its texts to the visitor. If closing is true, no later event
// adds text to the units that this event ends, so setPlace sets Segment.End for their texts.
func (s *stream) Rewrite(dst, data []byte, closing bool, v dialect.Visitor) ([]byte, error) {
	switch {
	case isKeepAlive(data):
		return append(dst, s.format.framing.keepAlive...), nil
	case s.format.IsBeat(data):
		return s.format.appendEvent(dst, "", data), nil
	case s.format.isDone(data):
		// What follows the mark is not inspected and goes no further.
		return s.format.appendEvent(dst, "", data[:len(s.format.done)]), nil
	}
	s.visitor, s.closing, s.name = v, closing, ""
	s.isOmitted, s.piece, s.survey.listed.next = false, 0, 0
	s.cursor.reset()
	dst, err := s.insertStatement(dst)
	if err != nil {
		return dst, err
	}
	// Forget the shared members of the previous event: VisitText and VisitScalar collect those of this one.
	s.sharedMembers = s.sharedMembers[:0]
	document := s.format.event
	if s.event, err = jsontext.Rewrite(s.event[:0], data, document.tree, (*eventReader)(s)); err != nil {
		return dst, document.refuse(err)
	}
	if document.hasTextUnits {
		if err := s.keepShared(); err != nil {
			return dst, err
		}
	}
	s.noteClosed()
	if s.isOmitted {
		return dst, nil
	}
	return s.format.appendEvent(dst, s.name, s.event), nil
}

// insertStatement appends the events with a statement, if one must precede the event and the visitor has one.
func (s *stream) insertStatement(dst []byte) ([]byte, error) {
	if len(s.format.insertEvents) == 0 || !s.format.takesStatement(s.survey.eventType) {
		return dst, nil
	}
	s.segment = dialect.Segment{Kind: dialect.Insertion, Role: dialect.RoleAssistant}
	statement, changed, err := s.visitor.VisitSegment(nil, &s.segment)
	if !changed || err != nil {
		return dst, err
	}
	for _, t := range s.format.insertEvents {
		dst = s.format.appendEvent(dst, t.name, fillInsert(t.Template, statement))
	}
	return dst, nil
}

// takesStatement reports whether a statement must precede the first event of the type.
func (f *Format) takesStatement(eventType string) bool {
	return len(f.insertBefore) == 0 || slices.ContainsFunc(f.insertBefore, func(value string) bool { return shape.Matches(value, eventType) })
}

// AppendText appends an event with the text and the shared members of the latest event. The text at the
// place must be one that grows from event to event (dialect.InPieces or dialect.Cumulative).
func (s *stream) AppendText(dst []byte, place dialect.Place, text []byte) []byte {
	count := len(s.format.flushes)
	form := s.findForm(place, count)
	t := s.format.flushes[form.flush]
	event := s.event[:0]
	index, subindex, shared := place.Unit, 0, s.sharedMembers
	if s.format.event.hasTextUnits {
		index, subindex = splitUnit(place.Unit)
		shared = s.findShared(place.Unit)
	}
	for _, piece := range t.Template {
		event = append(event, piece.Literal...)
		switch piece.Variable {
		case shape.VarText:
			event = jsontext.AppendString(event, text)
		case shape.VarName:
			event = jsontext.AppendString(event, form.name)
		case shape.VarIndex:
			event = strconv.AppendInt(event, int64(index), 10)
		case shape.VarSubindex:
			event = strconv.AppendInt(event, int64(subindex), 10)
		case shape.VarCall:
			event = strconv.AppendInt(event, int64(place.Part/count), 10)
		case shape.VarKey:
			event = append(event, s.known[place.Unit].key.text...)
		case shape.VarType:
			event = jsontext.AppendString(event, []byte(s.known[place.Unit].eventType))
		case shape.VarShared:
			event = append(event, shared...)
		}
	}
	s.event = event
	return s.format.appendEvent(dst, t.name, event)
}
