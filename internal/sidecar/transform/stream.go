package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxWaiting bounds the number of events that wait (Stream.waiting). Usually they are the last one of each message, and one with the
	// usage, the number of tokens.
	maxWaiting = 16
	// maxWaitingBytes bounds the length of all waiting events together. A single event is not longer: sse.MaxEvent is the same number.
	maxWaitingBytes = 64 << 10
)

// Stream transforms one streamed answer. It is not safe for concurrent use.
type Stream struct {
	answerVisitor
	// format is the wire format, and source reads it.
	format dialect.Format
	source dialect.Stream
	// takeEvent is the method take as a function value, which source calls for each event.
	takeEvent func(data []byte) error
	// waiting holds unchanged events: one that ends a message for which text is held back, and events after it. The text must precede the
	// end of its message, but a server may send more of the text after that end. The events wait until the server does so, until the
	// stream ends, or until they are too many.
	waiting [][]byte
	// waitingBytes is the length of the waiting events.
	waitingBytes int
	// endingMessages are the messages that a waiting event ends. waitingMessages are all messages of the waiting events. Later events of
	// these messages wait too, so that their texts stay in order.
	endingMessages, waitingMessages []int
	// series is the message of which an ended part waits for the next one; nil if none waits. isDecided means that the event that is being taken
	// has waited so, and ends its parts now.
	series    *openSeries
	isDecided bool
	// waits counts what has waited so (Waiting).
	waits int
	// mayBeEmpty means that an answer without events is one.
	mayBeEmpty bool
	// hasWritten is true after the first bytes of the output. hasBegun is true after the first event. hasEnded is true after the last event: the stream drops what follows.
	hasWritten, hasBegun, hasEnded bool
	// out is the output during a call of Write or Close.
	out []byte
	// event is a buffer for one event.
	event []byte
}

// Stream returns a Stream for one answer. The Stream puts the statement, unless it is empty, before the text of every message. It adds each
// replacement of personal data to counts.
func (t *Transform) Stream(f dialect.Format, statement string, counts *redact.Counts) *Stream {
	s := &Stream{format: f, source: f.OpenStream()}
	s.begin(t, statement, nil, counts)
	// Go allocates each time the method s.take is used as a value. Write needs the value for every piece of the answer, so it is made once.
	s.takeEvent = s.take
	return s
}

// TakeCorrected returns the number of false sentences that were replaced since the last call.
func (s *Stream) TakeCorrected() int {
	count := s.redaction.corrected
	s.redaction.corrected = 0
	return count
}

// CountIn adds further replacements to other counts.
func (s *Stream) CountIn(counts *redact.Counts) { s.redaction.counts = counts }

// AllowEmpty lets Close accept an answer without events, such as that of a connection on which the app has said nothing.
func (s *Stream) AllowEmpty() { s.mayBeEmpty = true }

// Shown reports whether the events written up to now show the statement to people.
func (s *Stream) Shown() bool { return s.disclosure.isShown }

// Conversation returns what identifies the conversation, if the events have said it up to now, or "".
func (s *Stream) Conversation() string { return s.conversation }

// HasEnded reports whether the last event of the stream is written: the answer is complete, whatever follows.
func (s *Stream) HasEnded() bool { return s.hasEnded }

// IsOpen reports whether more of the answer must follow: its last event, or the end of a text if no event is the last one.
func (s *Stream) IsOpen() bool {
	return !s.hasEnded && (len(s.redaction.growing) > 0 || !s.source.EndsByTexts())
}

// Write takes the next bytes of the answer and appends the events that can be passed on to dst. The error is a *refusal.Refusal. After an
// error the Stream must not be used; the events appended to dst are complete.
func (s *Stream) Write(dst, piece []byte) ([]byte, error) {
	s.out = dst
	err := s.source.Split(piece, s.takeEvent)
	return s.takeOutput(len(dst)), err
}

// Refuse appends the events that end the answer with a refusal. The Stream must not be used after that.
func (s *Stream) Refuse(dst []byte, why *refusal.Refusal, exchangeID string) []byte {
	s.out = s.format.AppendRefusal(dst, why, exchangeID)
	return s.takeOutput(len(dst))
}

// takeOutput returns the output, of which the bytes from start on are new. The framing corrects the first bytes of a stream
// (dialect.Format.Begin); the bytes before start are the caller's.
func (s *Stream) takeOutput(start int) []byte {
	out := s.out
	s.out = nil
	if !s.hasWritten && len(out) > start {
		s.hasWritten = true
		out = append(out[:start], s.format.Begin(out[start:])...)
	}
	return out
}

// Close ends the answer and appends the events and the text that were held back. It refuses an answer without
// events, unless AllowEmpty was called.
func (s *Stream) Close(dst []byte) ([]byte, error) {
	s.out = dst
	err := s.source.Close(s.takeEvent)
	switch {
	case err != nil || s.hasEnded:
		// Nothing is left to write.
	case !s.hasBegun && !s.mayBeEmpty:
		err = refusal.Because(refusal.AnswerMalformed, "The streamed answer has no events.")
	default:
		// The server has closed the stream without the event that marks its end, such as [DONE].
		err = s.finish()
	}
	return s.takeOutput(len(dst)), err
}

// take transforms one event: it writes the event, or adds it to the waiting events.
func (s *Stream) take(data []byte) error {
	if s.hasEnded {
		return nil
	}
	event, err := s.source.Scan(data)
	if err != nil {
		return err
	}
	if event.KeepAlive {
		return s.rewrite(data)
	}
	s.hasBegun = true
	for s.series != nil {
		isTaken, err := s.takeInSeries(event, data)
		if isTaken || err != nil {
			return err
		}
		// The series has ended, for which other events were scanned. The end of a later part among them can have begun the next series.
		if event, err = s.source.Scan(data); err != nil {
			return err
		}
	}
	return s.takeAlone(event, data)
}

// takeAlone does the work of take for an event before which no part of a message waits.
func (s *Stream) takeAlone(event dialect.Event, data []byte) (err error) {
	if event.Last {
		return s.writeLast(data, event)
	}
	if s.mustRelease(event, data) {
		if err := s.releaseWaiting(s.rewriteWaiting); err != nil {
			return err
		}
		// rewrite needs the event that was scanned last, and releaseWaiting has scanned others.
		if event, err = s.source.Scan(data); err != nil {
			return err
		}
	}
	if event.EndsForGood() {
		if hasOpened, err := s.openSeries(event, data); hasOpened || err != nil {
			return err
		}
		return s.rewriteClosing(data)
	}
	if s.mustWait(event) {
		s.wait(data, event)
		return nil
	}
	return s.rewrite(data)
}

// rewrite writes the event that was scanned last. Text that the windows hold back stays there.
func (s *Stream) rewrite(data []byte) error {
	const closing = false
	before := len(s.out)
	out, err := s.source.Rewrite(s.out, data, closing, s)
	if err != nil {
		return err
	}
	s.out = out
	if s.redaction.hasLate() {
		// Put the late text before the event: clients must have all pieces of a text before the event that restates it.
		s.event = append(s.event[:0], out[before:]...)
		s.out = out[:before]
		s.writeLate()
		s.out = append(s.out, s.event...)
	}
	s.disclosure.updateShown()
	return nil
}

// writeLate writes the texts that clients get only because the event that is being written restates a text.
func (s *Stream) writeLate() {
	for _, g := range s.redaction.growing {
		if late := g.takeLate(); len(late) > 0 {
			s.out = s.source.AppendText(s.out, g.place, late)
		}
	}
}

// rewriteWaiting writes a waiting event, after which the messages that it ends may still get text. The source can rewrite only the event
// that it scanned last, and it has scanned others while this one waited. So rewriteWaiting scans the event again. It drops the description
// that Scan returns, because writing an event needs none.
func (s *Stream) rewriteWaiting(data []byte) error {
	if _, err := s.source.Scan(data); err != nil {
		return err
	}
	return s.rewrite(data)
}

// rewriteClosing writes an event that is the last one of the messages that it ends. Before the event it writes the text that is still held
// back for these messages. It scans the event again, for the same reason as rewriteWaiting.
func (s *Stream) rewriteClosing(data []byte) error {
	event, err := s.source.Scan(data)
	if err != nil {
		return err
	}
	// Rewrite the event into s.event before the flush, although the output gets it after the flush. If the event continues a text, Rewrite
	// puts what was held back of that text into the event, and nothing of it is left to flush.
	const closing = true
	if s.event, err = s.source.Rewrite(s.event[:0], data, closing, s); err != nil {
		return err
	}
	for _, g := range s.redaction.growing {
		if !event.EndsMessage(g.place.Unit) {
			continue
		}
		if err := s.flush(g); err != nil {
			return err
		}
	}
	if event.EndsForGood() {
		// Nothing is added to these texts any more. Forget them: an answer may have many blocks.
		s.redaction.end(event)
	}
	s.writeLate()
	s.out = append(s.out, s.event...)
	s.disclosure.updateShown()
	return nil
}

// flush writes one more event for a text of which something is still held back: the rest, or the whole text if the text is Cumulative.
// It refuses the rest of a signed text that would have to change.
func (s *Stream) flush(g *growingText) error {
	before, corrected := *s.redaction.counts, s.redaction.corrected
	rest := g.close(s.redaction.counts)
	s.redaction.noteCorrected(g)
	if g.isSigned && (*s.redaction.counts != before || s.redaction.corrected != corrected) {
		return s.redaction.refuseSigned()
	}
	if len(rest) > 0 {
		s.out = s.source.AppendText(s.out, g.place, rest)
	}
	return nil
}

// mustRelease reports whether the waiting events must be written before the event: the text of their messages continues in the event, the
// event ends one of their messages for good and so does not wait, or there is no room for the event.
func (s *Stream) mustRelease(event dialect.Event, data []byte) bool {
	return s.continuesEnded(event) || event.EndsForGood() && s.isWaitingFor(event) || s.isFull(data)
}

// continuesEnded reports whether the event adds text to a message that a waiting event ends.
func (s *Stream) continuesEnded(event dialect.Event) bool {
	return len(s.endingMessages) > 0 && slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool {
		return p.Continues && slices.Contains(s.endingMessages, p.Index)
	})
}

// isFull reports whether the waiting events leave no room for another one. There is always room if no event waits.
func (s *Stream) isFull(data []byte) bool {
	return len(s.waiting) == maxWaiting || len(s.waiting) > 0 && s.waitingBytes+len(data) > maxWaitingBytes
}

// mustWait reports whether the event ends a message for which text is held back, or must not overtake a waiting event.
func (s *Stream) mustWait(event dialect.Event) bool {
	if len(event.Messages) == 0 {
		// The event belongs to no message: for example the usage, which follows the ends of all messages.
		return len(s.waiting) > 0
	}
	return s.isWaitingFor(event) || slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool {
		// The windows have not read the text of this event yet: they may hold it back too. Without any detector and corrections they hold
		// back nothing.
		mayHoldOwnText := p.Continues && (!s.redaction.set.Empty() || s.redaction.truth != nil)
		return p.Ends && (mayHoldOwnText || s.redaction.isHolding(p.Index))
	})
}

// isWaitingFor reports whether a waiting event belongs to one of the messages to which the event belongs.
func (s *Stream) isWaitingFor(event dialect.Event) bool {
	return slices.ContainsFunc(event.Messages, func(p dialect.Progress) bool { return slices.Contains(s.waitingMessages, p.Index) })
}

// wait adds a copy of the event to the waiting events.
func (s *Stream) wait(data []byte, event dialect.Event) {
	s.waiting = append(s.waiting, bytes.Clone(data))
	s.waitingBytes += len(data)
	for _, p := range event.Messages {
		if p.Ends {
			s.endingMessages = append(s.endingMessages, p.Index)
		}
		s.waitingMessages = append(s.waitingMessages, p.Index)
	}
}

// releaseWaiting writes the waiting events with the function write, which is rewriteWaiting or rewriteClosing. After that no event waits.
func (s *Stream) releaseWaiting(write func(data []byte) error) error {
	events := s.waiting
	s.waiting, s.waitingBytes = nil, 0
	s.endingMessages, s.waitingMessages = s.endingMessages[:0], s.waitingMessages[:0]
	for _, data := range events {
		if err := write(data); err != nil {
			return err
		}
	}
	return nil
}

// writeLast writes the last event of the stream, in which all texts end. Before it comes all text that is still held back.
func (s *Stream) writeLast(data []byte, event dialect.Event) error {
	release := s.rewriteClosing
	if s.continuesEnded(event) {
		// The last event adds text to a message that a waiting event ends: leave the text that is held back for the last event.
		release = s.rewriteWaiting
	}
	if err := s.releaseWaiting(release); err != nil {
		return err
	}
	// releaseWaiting has scanned other events.
	if _, err := s.source.Scan(data); err != nil {
		return err
	}
	s.redaction.isLast = true
	const closing = true
	var err error
	if s.event, err = s.source.Rewrite(s.event[:0], data, closing, s); err != nil {
		return err
	}
	if err := s.flushAll(); err != nil {
		return err
	}
	s.out = append(s.out, s.event...)
	s.disclosure.updateShown()
	s.hasEnded = true
	return nil
}

// finish writes the waiting events, which are the last ones of their messages, and then all text that is still held back.
func (s *Stream) finish() error {
	for s.series != nil {
		if err := s.endSeries(); err != nil {
			return err
		}
	}
	if err := s.releaseWaiting(s.rewriteClosing); err != nil {
		return err
	}
	s.hasEnded = true
	return s.flushAll()
}

// flushAll writes one more event for each text of which something is still held back.
func (s *Stream) flushAll() error {
	for _, g := range s.redaction.growing {
		if err := s.flush(g); err != nil {
			return err
		}
	}
	return nil
}
