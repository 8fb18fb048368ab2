package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// firstMessage is the index of the message on which isShown depends. Most answers have only this one. A client that asks for several
// messages may show the first one only.
const firstMessage = 0

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
	// inProse and inDecline are the indexes of the messages whose Prose, or whose Decline, begins with the statement.
	inProse, inDecline []int
	// callingTools are the indexes of the messages that call a tool. Clients do not show them to people.
	callingTools []int
	// isInserted reports whether the statement stands by itself, and not in a message.
	isInserted bool
	// isShown reports whether the part of the answer that is written so far shows the statement to people.
	isShown bool
}

// takeStatement returns the statement if the segment must begin with it, and otherwise "". The first Prose and the first Decline of each
// message get the statement, because clients show one of the two, and so does each text that takes the place of what they show.
func (d *disclosure) takeStatement(s *dialect.Segment) string {
	if d.statement == "" || d.isInserted && !s.Restates {
		return ""
	}
	if s.Restates && len(s.Text) == 0 {
		// Clients show something else of the message.
		return ""
	}
	messages := &d.inProse
	switch s.Kind {
	case dialect.Prose:
		// An empty Prose gets the statement too: the first piece of a streamed text is often empty.
	case dialect.Decline:
		if len(s.Text) == 0 {
			// An empty Decline stays empty: with a statement in it, clients would show it instead of the content.
			return ""
		}
		messages = &d.inDecline
	default:
		return ""
	}
	if slices.Contains(*messages, s.Place.Message) {
		if s.Restates {
			return d.statement
		}
		return ""
	}
	*messages = append(*messages, s.Place.Message)
	return d.statement
}

// insert appends the statement, unless there is none or it stands somewhere already. isRestated means that the event repeats what
// earlier events have said: it then repeats the statement too, also one with which an earlier text began.
func (d *disclosure) insert(dst []byte, isRestated bool) (out []byte, changed bool) {
	isSaid := d.isInserted || len(d.inProse)+len(d.inDecline) > 0
	if d.statement == "" || isSaid && !isRestated {
		return dst, false
	}
	d.isInserted = true
	return append(dst, d.statement...), true
}

// noteToolCall remembers the message if it calls a tool.
func (d *disclosure) noteToolCall(m dialect.Message) {
	if m.CallsTool && !slices.Contains(d.callingTools, m.Index) {
		d.callingTools = append(d.callingTools, m.Index)
	}
}

// updateShown sets isShown: people see the statement if it stands by itself, or if the first message begins with it and calls no tool.
// Clients do not show messages that call a tool, and may show the first message only. takeStatement notes a message before the statement is
// written, and the rewriting can still fail after that. So call updateShown only after an event or answer is rewritten and added to the
// output, never after an error.
func (d *disclosure) updateShown() {
	hasStatement := slices.Contains(d.inProse, firstMessage) || slices.Contains(d.inDecline, firstMessage)
	callsTool := slices.Contains(d.callingTools, firstMessage)
	d.isShown = d.isInserted || hasStatement && !callsTool
}

// maxSearched is the number of bytes at the beginning of a text in which historySearch looks for a statement. Searching more is of no use:
// the sidecar puts the statement at the beginning of an answer.
const maxSearched = 8 << 10

// historySearch looks for a statement in the history of a conversation, which a request repeats.
type historySearch struct {
	statements [][]byte
	// isInMessage reports whether the message that is being read contains a statement. At the end of the message,
	// endMessage decides whether people saw it.
	isInMessage bool
	// searchesAll means that the search goes on behind the first answer with a statement.
	searchesAll bool
	// isFound reports whether an answer that people saw contains a statement.
	isFound bool
	// hasMessage reports whether a message of the person was read, and continues whether an answer that people saw came after it.
	hasMessage, continues bool
}

// searchSegment looks for a statement in a segment of a message. It also searches segments without a role (RoleOther), because the role may
// follow the text: endMessage checks it.
func (h *historySearch) searchSegment(s *dialect.Segment) {
	if h.isFound && !h.searchesAll || h.isInMessage || s.Kind != dialect.Prose && s.Kind != dialect.Decline {
		return
	}
	if s.Role != dialect.RoleAssistant && s.Role != dialect.RoleOther {
		return
	}
	text := s.Text[:min(len(s.Text), maxSearched)]
	h.isInMessage = slices.ContainsFunc(h.statements, func(statement []byte) bool { return bytes.Contains(text, statement) })
}

// endMessage sets isFound if people saw the message that was read, and it contains a statement. It returns whether both is true.
func (h *historySearch) endMessage(m dialect.Message) (shows bool) {
	peopleSawIt := m.Role == dialect.RoleAssistant && !m.CallsTool
	shows = h.isInMessage && peopleSawIt
	h.isFound = h.isFound || shows
	h.continues = h.continues || h.hasMessage && peopleSawIt
	h.hasMessage = h.hasMessage || m.Role == dialect.RoleUser
	h.isInMessage = false
	return shows
}
