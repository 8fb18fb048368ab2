package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// Past appends checked and redacted answers of earlier exchanges, or the greeting of a chatbot, to dst, and adds the number of replacements
// to counts. It puts the statement, unless its text is empty, before the first text of the chatbot that people read; if InEach is set,
// before the first text of each of its messages. A text that has a statement already gets none. read says whether people get to see a
// statement. The error is a *refusal.Refusal. After an error the bytes appended to dst must not be used.
func (t *Transform) Past(dst, body []byte, f dialect.AnswerRewriter, statement Statement, counts *redact.Counts) (out []byte, read Answered, err error) {
	before := *counts
	v := t.newPastVisitor(statement, nil, counts)
	out, err = f.RewriteAnswer(dst, body, &v)
	if cuts := v.redaction.joined.takeFound(); len(cuts) > 0 && err == nil {
		// Personal data is cut between texts that clients show as one. Rewrite the body again, now that the cuts are known.
		*counts = before
		v = t.newPastVisitor(statement, cuts, counts)
		out, err = f.RewriteAnswer(dst, body, &v)
	}
	return out, Answered{Shown: v.isShown, Corrected: v.redaction.corrected}, err
}

// newPastVisitor returns the visitor for answers of earlier exchanges. cuts are those that an earlier reading of them has found.
func (t *Transform) newPastVisitor(statement Statement, cuts []cut, counts *redact.Counts) pastVisitor {
	v := pastVisitor{known: t.statements, statement: statement, message: noMessage}
	v.redaction.beginAnswer(t.set, cuts, counts)
	v.redaction.corrector = t.corrector
	return v
}

// Statement is a disclosure for answers of earlier exchanges.
type Statement struct {
	Text string
	// InEach means that each message of the chatbot gets the text, and not only the first one.
	InEach bool
}

// noMessage stands for the index of a message as long as no message has a statement.
const noMessage = -1

// pastVisitor redacts the texts of earlier exchanges and adds the disclosure.
type pastVisitor struct {
	redaction redaction
	// known are the statements with which a text can begin already, one for each language.
	known     [][]byte
	statement Statement
	// message is the index of the last message with a text that begins with a statement.
	message int
	// isShown reports whether people get to see a statement.
	isShown bool
}

// VisitSegment redacts a text. It puts the statement before a text of the chatbot if the statement is due there and the text does not have
// it already.
func (v *pastVisitor) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	isRead := s.Kind == dialect.Prose && s.Role == dialect.RoleAssistant && len(s.Text) > 0
	isDue := !v.isShown || v.statement.InEach && v.message != s.Place.Message
	if !isRead || !isDue || v.statement.Text == "" {
		return v.redaction.appendSegment(dst, s, "")
	}
	v.isShown, v.message = true, s.Place.Message
	text := s.Text[:min(len(s.Text), maxSearched)]
	if slices.ContainsFunc(v.known, func(known []byte) bool { return bytes.Contains(text, known) }) {
		return v.redaction.appendSegment(dst, s, "")
	}
	return v.redaction.appendSegment(dst, s, v.statement.Text)
}

// VisitMessage does nothing. In these documents, the author of a text stands before the text, so VisitSegment knows the role.
func (*pastVisitor) VisitMessage(dialect.Message) {}
