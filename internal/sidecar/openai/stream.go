package openai

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

const (
	// maxWindows bounds the texts that one stream may let grow side by side: choices times tool calls.
	maxWindows = 64
	// maxIndex bounds the indexes of choices and tool calls.
	maxIndex = 1024
	// maxWaiting bounds the events that wait for the end of a stream: one for each choice, and one with the usage.
	maxWaiting = 16
)

// done is the data of the last event.
const done = "[DONE]"

// Stream rewrites one streamed answer. It is not safe for concurrent use.
type Stream struct {
	inspector
	opening  string
	splitter sse.Splitter
	// windows hold the texts that grow.
	windows []*growing
	// openings says which choices, by index, were given the opening.
	openings openings
	// head holds the members that every event repeats, as JSON, each followed by a comma.
	head []byte
	// steadies are the texts that stay the same from event to event.
	steadies []steadyText
	// inError: the text that is read belongs to an error.
	inError bool
	// waiting are events, as they came, that end a choice, and those behind them: text may follow all the same. What the
	// windows hold belongs in front of the end, and it is not known before the stream is over.
	waiting [][]byte
	// waitingBytes is how long they are together.
	waitingBytes int
	// ending are the indexes of the choices that wait.
	ending []int
	// closing: the end of a choice in the event that is read is the end of its texts.
	closing bool
	// ended: the last event has been seen, what follows is dropped.
	ended bool
	// out is where events are written during a call.
	out []byte
	// event is memory for one event.
	event  []byte
	survey survey
}

// growing is one text that grows from event to event.
type growing struct {
	// choice and call are the indexes by which the client puts the pieces together; call is -1 outside tool calls.
	choice, call int
	// name is the member of the delta, `content` for example.
	name   string
	window *redact.Window
}

// Stream returns the rewriter of one streamed answer. Opening is as in Answer; it comes with the first text of each choice.
// Finds are added to counts while the stream runs.
func (c *Codec) Stream(opening string, counts *redact.Counts) *Stream {
	return &Stream{inspector: inspector{set: c.set, counts: counts}, opening: opening}
}

// Shown reports whether the opening was given in an answer that a person gets to see.
func (s *Stream) Shown() bool { return s.openings.isShown() }

// Write takes the next bytes of the answer and appends the events that can be passed on to dst. The error is a *Refused or
// sse.ErrTooLong; the stream must be given up then.
func (s *Stream) Write(dst, piece []byte) ([]byte, error) {
	s.out = dst
	err := s.splitter.Write(piece, s.take)
	dst, s.out = s.out, nil
	return dst, err
}

// Close ends the stream and appends what was held back.
func (s *Stream) Close(dst []byte) ([]byte, error) {
	s.out = dst
	err := s.splitter.Close(s.take)
	if err == nil && !s.ended {
		err = s.finish()
	}
	dst, s.out = s.out, nil
	return dst, err
}

// take rewrites one event. It reads the event twice: the index of a choice may stand behind its text.
func (s *Stream) take(data []byte) error {
	if s.ended {
		return nil
	}
	if string(data) == done {
		if err := s.finish(); err != nil {
			return err
		}
		s.out = sse.Append(s.out, data)
		return nil
	}
	if err := s.read(data); err != nil {
		return err
	}
	if s.continues() || s.isFull(data) {
		if err := s.release(false); err != nil {
			return err
		}
		if err := s.read(data); err != nil {
			return err
		}
	}
	if s.mustWait() {
		s.wait(data)
		return nil
	}
	return s.rewrite(data)
}

// read surveys an event.
func (s *Stream) read(data []byte) error {
	s.survey.reset()
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, eventShape, &s.survey); err != nil {
		return malformed(RuleAnswerMalformed, err)
	}
	if !s.survey.hasChoices && !s.survey.hasError {
		return notAnAnswer("An event has neither choices nor an error.")
	}
	return nil
}

// rewrite writes the event that was surveyed last.
func (s *Stream) rewrite(data []byte) error {
	s.head = s.head[:0]
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, eventShape, (*eventVisitor)(s)); err != nil {
		return malformed(RuleAnswerMalformed, err)
	}
	if s.closing {
		s.flush(func(g *growing) bool { return s.survey.isFinished(g.choice) })
	}
	s.out = sse.Append(s.out, s.event)
	return nil
}

// continues reports whether the event adds to a choice whose end waits.
func (s *Stream) continues() bool {
	return slices.ContainsFunc(s.survey.choices, func(c surveyedChoice) bool {
		return c.speaks && slices.Contains(s.ending, c.index)
	})
}

// isFull reports whether no more events than those that wait can be kept.
func (s *Stream) isFull(data []byte) bool {
	return len(s.waiting) == maxWaiting || len(s.waiting) > 0 && s.waitingBytes+len(data) > sse.MaxEvent
}

// mustWait reports whether the event ends a choice of which text is held, or belongs behind one that does.
func (s *Stream) mustWait() bool {
	if len(s.waiting) > 0 && len(s.survey.choices) == 0 {
		return true
	}
	return slices.ContainsFunc(s.survey.choices, func(c surveyedChoice) bool {
		return slices.Contains(s.ending, c.index) || c.finished && (c.speaks && !s.set.Empty() || s.holds(c.index))
	})
}

// holds reports whether text of a choice is held back.
func (s *Stream) holds(choice int) bool {
	return slices.ContainsFunc(s.windows, func(g *growing) bool { return g.choice == choice && g.window.Held() > 0 })
}

func (s *Stream) wait(data []byte) {
	s.waiting = append(s.waiting, bytes.Clone(data))
	s.waitingBytes += len(data)
	for _, c := range s.survey.choices {
		if c.finished {
			s.ending = append(s.ending, c.index)
		}
	}
}

// release writes the events that waited; closing says whether the choices that they end are over.
func (s *Stream) release(closing bool) error {
	events := s.waiting
	s.waiting, s.waitingBytes, s.ending = nil, 0, s.ending[:0]
	s.closing = closing
	defer func() { s.closing = false }()
	for _, data := range events {
		if err := s.read(data); err != nil {
			return err
		}
		if err := s.rewrite(data); err != nil {
			return err
		}
	}
	return nil
}

// finish writes all that is held back.
func (s *Stream) finish() error {
	if err := s.release(true); err != nil {
		return err
	}
	s.flush(func(*growing) bool { return true })
	s.ended = true
	return nil
}

// flush writes what the chosen windows still hold, one event each.
func (s *Stream) flush(chosen func(*growing) bool) {
	for _, g := range s.windows {
		if !chosen(g) {
			continue
		}
		if rest := g.window.Close(nil, s.counts); len(rest) > 0 {
			s.out = sse.Append(s.out, s.piece(g, rest))
		}
	}
}

// piece makes an event that carries the end of one text.
func (s *Stream) piece(g *growing, text []byte) []byte {
	e := append([]byte{'{'}, s.head...)
	e = append(e, `"choices":[{"index":`...)
	e = strconv.AppendInt(e, int64(g.choice), 10)
	if g.name == besideDelta {
		e = jsontext.AppendString(append(e, `,"delta":{},"text":`...), text)
		return append(e, `,"finish_reason":null}]}`...)
	}
	e = append(e, `,"delta":{`...)
	closing := `}`
	switch {
	case g.call >= 0:
		e = append(e, `"tool_calls":[{"index":`...)
		e = strconv.AppendInt(e, int64(g.call), 10)
		e = append(e, `,"function":{`...)
		closing = `}}]}`
	case g.name == functionArguments:
		e = append(e, `"function_call":{`...)
		closing = `}}`
	}
	e = jsontext.AppendString(e, g.member())
	e = append(e, ':')
	e = jsontext.AppendString(e, text)
	e = append(e, closing...)
	return append(e, `,"finish_reason":null}]}`...)
}

// functionArguments is the name of the window of the older form of tool calls. No member of a delta can have it.
const functionArguments = "function_call.arguments"

// besideDelta is the name of the window of the text next to a delta.
const besideDelta = "choice.text"

func (g *growing) member() string {
	if g.call >= 0 || g.name == functionArguments {
		return "arguments"
	}
	return g.name
}

// window returns the growing text, new or known.
func (s *Stream) window(choice, call int, name []byte) (*growing, error) {
	for _, g := range s.windows {
		if g.choice == choice && g.call == call && g.name == string(name) {
			return g, nil
		}
	}
	if len(s.windows) == maxWindows {
		return nil, notAnAnswer("The answer has more texts side by side than can be followed.")
	}
	g := &growing{choice: choice, call: call, name: string(name), window: s.set.Window()}
	s.windows = append(s.windows, g)
	return g, nil
}
