package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// shownMessage is the index of the message that people see for certain. Clients that ask for several choose among them.
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
	// opened and declined are the messages whose content or refusal begins with the statement.
	opened, declined []int
	// calling are the messages that ask for a tool; clients do not show them.
	calling []int
	// shown reports whether the segments up to the last commit show the statement to people.
	shown bool
}

// open returns the statement to put before a segment, or "", and remembers it. Content and refusal of a message each get it once.
func (d *disclosure) open(s *dialect.Segment) string {
	if d.statement == "" {
		return ""
	}
	list := &d.opened
	switch {
	case s.Kind == dialect.Prose:
	case s.Kind == dialect.Decline && len(s.Text) > 0:
		list = &d.declined
	default:
		return ""
	}
	if slices.Contains(*list, s.Place.Message) {
		return ""
	}
	*list = append(*list, s.Place.Message)
	return d.statement
}

// note remembers a message that asks for a tool.
func (d *disclosure) note(m dialect.Message) {
	if m.CallsTool && !slices.Contains(d.calling, m.Index) {
		d.calling = append(d.calling, m.Index)
	}
}

// commit updates shown. It is called when all segments visited so far are written: a refused event does not count.
func (d *disclosure) commit() {
	if d.statement == "" {
		return
	}
	isOpened := slices.Contains(d.opened, shownMessage) || slices.Contains(d.declined, shownMessage)
	d.shown = isOpened && !slices.Contains(d.calling, shownMessage)
}

// maxLook is how many bytes of a text are searched for a statement, which answers begin with.
const maxLook = 8 << 10

// evidence looks for the statement in the history of a conversation.
type evidence struct {
	statements [][]byte
	// stated: the message that is read holds a statement.
	stated bool
	// found: an answer that people saw holds one.
	found bool
}

// look searches a segment of a message. The role may follow the text, so a message without a role yet is searched too.
func (e *evidence) look(s *dialect.Segment) {
	if e.found || e.stated || s.Kind != dialect.Prose && s.Kind != dialect.Decline {
		return
	}
	if s.Role != dialect.RoleAssistant && s.Role != dialect.RoleOther {
		return
	}
	text := s.Text[:min(len(s.Text), maxLook)]
	e.stated = slices.ContainsFunc(e.statements, func(statement []byte) bool { return bytes.Contains(text, statement) })
}

// end decides whether the message that was read shows a statement to people.
func (e *evidence) end(m dialect.Message) {
	e.found = e.found || e.stated && m.Role == dialect.RoleAssistant && !m.CallsTool
	e.stated = false
}
