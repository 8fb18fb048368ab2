package openai

import (
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
	// opened are the indexes of the choices that the opening was given to.
	opened []int
	// head holds the members that every event repeats, as JSON, each followed by a comma.
	head []byte
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

// Opened reports whether the opening has been given.
func (s *Stream) Opened() bool { return len(s.opened) > 0 }

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
		s.flush(func(*growing) bool { return true })
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
		s.flush(func(*growing) bool { return true })
		s.ended = true
		s.out = sse.Append(s.out, data)
		return nil
	}
	s.survey.reset()
	var err error
	if s.event, err = jsontext.Rewrite(s.event[:0], data, eventShape, &s.survey); err != nil {
		return malformed(RuleAnswerMalformed, err)
	}
	s.head = s.head[:0]
	if s.event, err = jsontext.Rewrite(s.event[:0], data, eventShape, (*eventVisitor)(s)); err != nil {
		return malformed(RuleAnswerMalformed, err)
	}
	s.flush(func(g *growing) bool { return s.survey.finished(g.choice) })
	s.out = sse.Append(s.out, s.event)
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
