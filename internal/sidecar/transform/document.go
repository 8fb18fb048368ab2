package transform

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Transform changes the texts of one configuration. It is immutable and safe for concurrent use.
type Transform struct {
	set        *redact.Set
	statements [][]byte
}

// New returns a transform that replaces what the set finds, and recognizes the statements in the answers that a request
// repeats.
func New(set *redact.Set, statements ...string) *Transform {
	t := &Transform{set: set}
	for _, statement := range statements {
		t.statements = append(t.statements, []byte(statement))
	}
	return t
}

// Finds reports whether a text holds personal data. It is for texts outside of documents, such as a query.
func (t *Transform) Finds(text []byte) bool { return t.set.Finds(text) }

// Redact appends a text to dst with its personal data replaced, and adds the personal data to counts. It reports whether there is any. It
// is for texts outside of documents, such as a header.
func (t *Transform) Redact(dst, text []byte, counts *redact.Counts) (out []byte, found bool) {
	return t.set.Text(dst, text, counts)
}

// Request is what the filters need to know of a request.
type Request struct {
	dialect.Request
	// Disclosed: an answer in the history of the conversation holds one of the statements, so that a person has seen it.
	// Greetings and examples that a client puts there do not, nor do turns that ask for a tool.
	Disclosed bool
}

// Request appends the checked and redacted request to dst, and adds what was found to counts. The error is a
// *refusal.Refusal; nothing may be passed on then.
func (t *Transform) Request(dst, body []byte, f dialect.Format, counts *redact.Counts) ([]byte, Request, error) {
	v := requestVisitor{redaction: redaction{set: t.set, counts: counts, refuseName: refuseRequestName}, evidence: evidence{statements: t.statements}}
	dst, read, err := f.RewriteRequest(dst, body, &v)
	return dst, Request{Request: read, Disclosed: v.evidence.found}, err
}

type requestVisitor struct {
	redaction redaction
	evidence  evidence
}

// VisitSegment redacts a text.
func (v *requestVisitor) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	v.evidence.look(s)
	return v.redaction.append(dst, s, "")
}

func refuseRequestName() error { return refusal.New(refusal.NamePersonal) }

// VisitMessage ends the search of a message.
func (v *requestVisitor) VisitMessage(m dialect.Message) { v.evidence.end(m) }

// Answer appends the checked, redacted and disclosed answer to dst. A statement that is not empty precedes the first text of
// every message, and its refusal; shown reports whether a person gets to see one. The error is as in Request.
func (t *Transform) Answer(dst, body []byte, f dialect.Format, statement string, counts *redact.Counts) (out []byte, shown bool, err error) {
	v := answerVisitor{redaction: redaction{set: t.set, counts: counts, refuseName: refuseAnswerName}, disclosure: disclosure{statement: statement}}
	dst, err = f.RewriteAnswer(dst, body, &v)
	if err == nil {
		v.disclosure.commit()
	}
	return dst, v.disclosure.shown, err
}

type answerVisitor struct {
	redaction  redaction
	disclosure disclosure
}

func refuseAnswerName() error {
	return refusal.Because(refusal.AnswerMalformed, "The name of a JSON member of the answer contains personal data.").
		WithRemedy("The developer of the chatbot or model service must put personal data into values, where the sidecar redacts it.")
}

// VisitSegment adds the statement to a text and redacts it.
func (v *answerVisitor) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	return v.redaction.append(dst, s, v.disclosure.open(s))
}

// VisitMessage notes whether the message asks for a tool.
func (v *answerVisitor) VisitMessage(m dialect.Message) { v.disclosure.note(m) }
