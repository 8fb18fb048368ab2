package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// shownMessage is the index of the message that people see for certain. Clients that ask for several messages choose among them.
const shownMessage = 0

// appendStatement appends a statement and the empty line that separates it from the answer, or nothing if the statement is "".
func appendStatement(dst []byte, statement string) []byte {
	if statement == "" {
		return dst
	}
	return append(append(dst, statement...), "\n\n"...)
}

// disclosure puts a statement before the text of an answer that people read.
type disclosure struct {
	// statement is empty if none is due.
	statement string
	// opened and declined are the indexes of the messages whose Prose, or whose Decline, begins with the statement.
	opened, declined []int
	// calling are the indexes of the messages that call a tool. Clients do not show them to people.
	calling []int
	// shown reports whether the segments up to the last commit show the statement to people.
	shown bool
}

// open returns the statement if it must precede the segment, and else "". Only the first Prose and the first Decline of a message get it.
func (d *disclosure) open(s *dialect.Segment) string {
	if d.statement == "" {
		return ""
	}
	messages := &d.opened
	switch {
	case s.Kind == dialect.Prose:
	case s.Kind == dialect.Decline && len(s.Text) > 0:
		messages = &d.declined
	default:
		return ""
	}
	if slices.Contains(*messages, s.Place.Message) {
		return ""
	}
	*messages = append(*messages, s.Place.Message)
	return d.statement
}

// note remembers a message that calls a tool.
func (d *disclosure) note(m dialect.Message) {
	if m.CallsTool && !slices.Contains(d.calling, m.Index) {
		d.calling = append(d.calling, m.Index)
	}
}

// commit updates shown. Call it when the segments visited so far are written: those of a refused event are not.
func (d *disclosure) commit() {
	if d.statement == "" {
		return
	}
	isOpened := slices.Contains(d.opened, shownMessage) || slices.Contains(d.declined, shownMessage)
	d.shown = isOpened && !slices.Contains(d.calling, shownMessage)
}

// maxSearched is the number of bytes at the beginning of a text in which historySearch looks for a statement. Answers begin with it.
const maxSearched = 8 << 10

// historySearch looks for a statement in the history of a conversation, which a request repeats.
type historySearch struct {
	statements [][]byte
	// isInMessage reports whether the message that is being read contains a statement.
	isInMessage bool
	// isFound reports whether an answer that people saw contains a statement.
	isFound bool
}

// searchSegment looks for a statement in a segment of a message. It also searches segments without a role, because the role may follow
// the text.
func (h *historySearch) searchSegment(s *dialect.Segment) {
	if h.isFound || h.isInMessage || s.Kind != dialect.Prose && s.Kind != dialect.Decline {
		return
	}
	if s.Role != dialect.RoleAssistant && s.Role != dialect.RoleOther {
		return
	}
	text := s.Text[:min(len(s.Text), maxSearched)]
	h.isInMessage = slices.ContainsFunc(h.statements, func(statement []byte) bool { return bytes.Contains(text, statement) })
}

// endMessage decides whether the message that was read shows a statement to people.
func (h *historySearch) endMessage(m dialect.Message) {
	h.isFound = h.isFound || h.isInMessage && m.Role == dialect.RoleAssistant && !m.CallsTool
	h.isInMessage = false
}
