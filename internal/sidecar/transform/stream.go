package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxWaiting bounds the events that wait for the end of a stream: one for each message, and one with the usage.
	maxWaiting = 16
	// maxWaitingBytes bounds their length: what one open stream may take besides one event.
	maxWaitingBytes = 64 << 10
)

// Stream transforms one streamed answer. It is not safe for concurrent use.
type Stream struct {
	answerVisitor
	from dialect.Stream
	// each is the method take, made once for all calls.
	each func(data []byte) error
	// waiting are unchanged events that end a message, and events after them. Held text must precede the end of its message, but
	// text may still follow that end. The events wait until the text continues or the stream is over.
	waiting [][]byte
	// waitingBytes is how long they are together.
	waitingBytes int
	// ending are the messages that the waiting events end. behind are all messages in them; later events of these messages
	// wait too, so that texts stay in order.
	ending, behind []int
	// begun is true after the first event. ended is true after the last event: the stream drops what follows.
	begun, ended bool
	// out is where events are written during a call.
	out []byte
	// event is memory for one event.
	event []byte
}

// Stream begins to transform a streamed answer. The statement is as in Answer. What is found is added to counts while the
// stream runs.
func (t *Transform) Stream(f dialect.Format, statement string, counts *redact.Counts) *Stream {
	s := &Stream{
		answerVisitor: answerVisitor{redaction: redaction{set: t.set, counts: counts, refuseName: refuseAnswerName}, disclosure: disclosure{statement: statement}},
		from:          f.OpenStream(),
	}
	s.each = s.take
	return s
}

// Shown reports whether the statement was given in a message that a person gets to see.
func (s *Stream) Shown() bool { return s.disclosure.shown }

// HasEnded reports whether the last event of the stream has been written: the answer is whole, whatever follows.
func (s *Stream) HasEnded() bool { return s.ended }

// Write takes the next bytes of the answer and appends the events that can be passed on to dst. The error is a
// *refusal.Refusal; the stream must be given up then.
func (s *Stream) Write(dst, piece []byte) ([]byte, error) {
	s.out = dst
	err := s.from.Split(piece, s.each)
	dst, s.out = s.out, nil
	return dst, err
}

// Close ends the stream and appends what was held back.
func (s *Stream) Close(dst []byte) ([]byte, error) {
	s.out = dst
	err := s.from.Close(s.each)
	switch {
	case err != nil || s.ended:
	case !s.begun:
		err = refusal.Because(refusal.AnswerMalformed, "The streamed answer has no events.")
	default:
		err = s.finish()
	}
	dst, s.out = s.out, nil
	return dst, err
}

// take transforms one event.
func (s *Stream) take(data []byte) error {
	if s.ended {
		return nil
	}
	s.begun = true
	event, err := s.from.Scan(data)
	if err != nil {
		return err
	}
	if event.Last {
		if err := s.finish(); err != nil {
			return err
		}
		return s.rewrite(data, event, true)
	}
	if s.continues(event) || s.isFull(data) {
		if err := s.release(false); err != nil {
			return err
		}
		// Releasing has scanned other events.
		if event, err = s.from.Scan(data); err != nil {
			return err
		}
	}
	if s.mustWait(event) {
		s.wait(data, event)
		return nil
	}
	return s.rewrite(data, event, false)
}

// rewrite writes the event that was scanned last. If closing is set, the messages that the event ends are over, so rewrite first writes
// the text that is still held back for them.
func (s *Stream) rewrite(data []byte, event dialect.Event, closing bool) error {
	if !closing {
		out, err := s.from.Rewrite(s.out, data, false, s)
		if err != nil {
			return err
		}
		s.out = out
		s.disclosure.commit()
		return nil
	}
	var err error
	if s.event, err = s.from.Rewrite(s.event[:0], data, true, s); err != nil {
		return err
	}
	s.flush(func(message int) bool {
		return slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool { return p.Ends && p.Index == message })
	})
	s.out = append(s.out, s.event...)
	s.disclosure.commit()
	return nil
}

// flush writes the text that is still held back for the chosen messages, one event for each text. The argument of chosen is the index of
// a message.
func (s *Stream) flush(chosen func(message int) bool) {
	for _, g := range s.redaction.growing {
		if !chosen(g.place.Message) {
			continue
		}
		if rest := g.rest(s.redaction.counts); len(rest) > 0 {
			s.out = s.from.AppendText(s.out, g.place, rest)
		}
	}
}

// continues reports whether the event adds to a message whose end waits.
func (s *Stream) continues(event dialect.Event) bool {
	return len(s.ending) > 0 && slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool {
		return p.Continues && slices.Contains(s.ending, p.Index)
	})
}

// isFull reports whether the event exceeds the bounds of what may wait.
func (s *Stream) isFull(data []byte) bool {
	return len(s.waiting) == maxWaiting || len(s.waiting) > 0 && s.waitingBytes+len(data) > maxWaitingBytes
}

// mustWait reports whether the event ends a message with held text, or must follow a waiting event.
func (s *Stream) mustWait(event dialect.Event) bool {
	if len(s.waiting) > 0 && len(event.Messages) == 0 {
		return true
	}
	return slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool {
		holds := p.Continues && !s.redaction.set.Empty() || s.redaction.holds(p.Index)
		return p.Ends && holds || slices.Contains(s.behind, p.Index)
	})
}

// wait keeps an event for the end of the stream.
func (s *Stream) wait(data []byte, event dialect.Event) {
	s.waiting = append(s.waiting, bytes.Clone(data))
	s.waitingBytes += len(data)
	for _, p := range event.Messages {
		if p.Ends {
			s.ending = append(s.ending, p.Index)
		}
		s.behind = append(s.behind, p.Index)
	}
}

// release writes the waiting events. With closing set, it ends their messages as rewrite does.
func (s *Stream) release(closing bool) error {
	events := s.waiting
	s.waiting, s.waitingBytes, s.ending, s.behind = nil, 0, s.ending[:0], s.behind[:0]
	for _, data := range events {
		event, err := s.from.Scan(data)
		if err != nil {
			return err
		}
		if err := s.rewrite(data, event, closing); err != nil {
			return err
		}
	}
	return nil
}

// finish writes the waiting events as the last ones of their messages, then the rest of every text that is still held back.
func (s *Stream) finish() error {
	if err := s.release(true); err != nil {
		return err
	}
	s.flush(func(int) bool { return true })
	s.ended = true
	return nil
}
