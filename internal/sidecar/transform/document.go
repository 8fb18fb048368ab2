package transform

import (
	"sync"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// Transform changes the texts of requests and answers as one configuration says. It is immutable and safe for concurrent use.
type Transform struct {
	set *redact.Set
	// statements are the disclosures that the sidecar recognizes in the history of a conversation.
	statements [][]byte
	// questions are those for consent; nil if people are not asked.
	questions *Questions
	// repeats means that Request.ShownBy is wanted.
	repeats bool
	// questioned knows the question what the chatbot is; nil if it is not looked for. correcting is the Transform that corrects answers.
	questioned *truth.Set
	correcting *Transform
	// corrector corrects answers, and requests if they are messages of the chatbot.
	corrector corrector
	// listens means that Request.Spoken is read.
	listens bool
}

// Listening returns a Transform that also reads what the person said last.
func (t *Transform) Listening() *Transform {
	listening := *t
	listening.listens = true
	return &listening
}

// Asking returns a Transform that also looks for the questions and their answers in requests.
func (t *Transform) Asking(q *Questions) *Transform {
	asking := *t
	asking.questions = q
	return &asking
}

// New returns a Transform that replaces the personal data that the set finds. It looks for the statements, which are the disclosure in
// each language, in the earlier answers that a request repeats: Request.Disclosed says whether one of them is there.
func New(set *redact.Set, statements ...string) *Transform {
	t := &Transform{set: set}
	for _, statement := range statements {
		t.statements = append(t.statements, []byte(statement))
	}
	return t
}

// HasPersonalData reports whether the selected detectors find personal data in a text. It is for texts outside of documents, such as a
// query.
func (t *Transform) HasPersonalData(text []byte) bool { return t.set.Finds(text) }

// Redact appends a text to dst with its personal data replaced, and adds the number of replacements to counts. found reports whether the
// selected detectors find any. Redact is for texts outside of documents, such as a header.
func (t *Transform) Redact(dst, text []byte, counts *redact.Counts) (out []byte, found bool) {
	return t.set.Text(dst, text, counts)
}

// Request is what the filters need to know of a request.
type Request struct {
	dialect.Request
	// Disclosed reports whether an answer in the history of the conversation contains a statement, so that a person has presumably seen it.
	// The client sends the history, and nothing checks that it is genuine. A message that calls a tool does not count, because people do
	// not see it. A greeting that the client made up does not count either, because it contains no statement.
	Disclosed bool
	// ShownBy identifies the latest answer in the history that contains a statement, by all messages up to it; 0 if there is none, or if the Transform
	// was not made by Repeating. It is valid in this process only.
	ShownBy uint64
	// Continues reports whether the history of the conversation has an answer of the chatbot to a message of the person. As for Disclosed, the
	// client sends the history, and a greeting that it made up does not count.
	Continues bool
	// HasProse reports whether the request has a text that people read or write, apart from an empty one.
	HasProse bool
	// HasText reports whether the request has a text of any kind that is not empty, apart from keywords, identifiers and opaque values.
	HasText bool
	// Asked is the language in which the last message of the person asks what the chatbot is, or 0 (truth.Set.Asks).
	Asked int
	// Corrected is the number of false sentences that were replaced.
	Corrected int
	// Consent is what the messages say about consent. It is zero if the transform looks for no questions.
	Consent Consent
	// Spoken is the begin of the last message of the person, with its personal data; nil unless the transform listens.
	Spoken []byte
}

// Request appends the checked and redacted request to dst, and adds the number of replacements to counts. The error is a *refusal.Refusal.
// After an error the bytes appended to dst must not be used.
func (t *Transform) Request(dst, body []byte, f dialect.Format, counts *redact.Counts) ([]byte, Request, error) {
	return t.rewriteRequest(dst, body, f.RewriteRequest, historySearch{statements: t.statements}, counts)
}

// Frame does for a frame that a client sends through a socket what Request does for a request. A frame is a turn if Request.HasProse is true.
func (t *Transform) Frame(dst, frame []byte, f dialect.Format, counts *redact.Counts) ([]byte, Request, error) {
	return t.rewriteRequest(dst, frame, f.RewriteFrame, historySearch{}, counts)
}

// rewriteFunc is a method of a dialect.Format that rewrites a request or a frame.
type rewriteFunc func(dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error)

// requestVisitors and answerVisitors hold visitors for reuse: each exchange needs one of both.
var (
	requestVisitors = sync.Pool{New: func() any { return new(requestVisitor) }}
	answerVisitors  = sync.Pool{New: func() any { return new(answerVisitor) }}
)

// rewriteRequest rewrites a request or a frame, and searches its history.
func (t *Transform) rewriteRequest(dst, body []byte, rewrite rewriteFunc, history historySearch, counts *redact.Counts) ([]byte, Request, error) {
	before := *counts
	v, _ := requestVisitors.Get().(*requestVisitor) // The pool holds nothing else.
	defer func() {
		*v = requestVisitor{} // The pool must not keep texts in memory.
		requestVisitors.Put(v)
	}()
	v.begin(t, history, nil, counts)
	out, read, err := rewrite(dst, body, v)
	if cuts := v.redaction.joined.takeFound(); len(cuts) > 0 && err == nil {
		*counts, *v = before, requestVisitor{}
		v.begin(t, history, cuts, counts)
		out, read, err = rewrite(dst, body, v)
	}
	return out, v.describe(read), err
}

// begin prepares an empty visitor for one reading of a request. cuts are those that an earlier reading of the request has found.
func (v *requestVisitor) begin(t *Transform, history historySearch, cuts []cut, counts *redact.Counts) {
	v.redaction.begin(t.set, cuts, counts)
	v.redaction.refuseName, v.redaction.refuseSigned = refuseRequestName, refuseSignedRequest
	v.history, v.consent.questions, v.ask.set, v.spoken.isOn = history, t.questions, t.questioned, t.listens
	v.redaction.corrector = t.corrector
	v.history.searchesAll = t.repeats
	v.again.begin(t.repeats)
}

// requestVisitor redacts the texts of a request and searches its history for a statement.
type requestVisitor struct {
	redaction redaction
	history   historySearch
	consent   consentSearch
	ask       askSearch
	again     againSearch
	spoken    spokenSearch
	// hasProse means that one of the texts is prose and not empty.
	hasProse bool
	// hasText is Request.HasText.
	hasText bool
}

// describe returns what was found in the request.
func (v *requestVisitor) describe(read dialect.Request) Request {
	return Request{Request: read, Disclosed: v.history.isFound, ShownBy: v.again.shownBy, Continues: v.history.continues, HasProse: v.hasProse, HasText: v.hasText, Consent: v.consent.found,
		Asked: v.ask.found, Corrected: v.redaction.corrected, Spoken: v.spoken.last}
}

// VisitSegment searches a text for a statement, notes whether it is prose, and redacts it.
func (v *requestVisitor) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	if isIdentifier(s) {
		return dst, false, nil // It stays as it is, and is no text.
	}
	v.hasProse = v.hasProse || s.Kind == dialect.Prose && len(s.Text) > 0
	v.hasText = v.hasText || len(s.Text) > 0 && isValue(s.Kind)
	v.history.searchSegment(s)
	v.consent.searchSegment(s)
	v.ask.searchSegment(s)
	v.again.searchSegment(s)
	v.spoken.searchSegment(s)
	// A request gets no statement.
	return v.redaction.appendSegment(dst, s, "")
}

// isValue reports whether a segment of the kind may be what a person wrote. What stands in the place of an identifier and does not look like
// one is a text.
func isValue(kind dialect.Kind) bool {
	return kind != dialect.MemberName && kind != dialect.Number && kind != dialect.Insertion
}

// VisitMessage ends the search of a message.
func (v *requestVisitor) VisitMessage(m dialect.Message) {
	v.again.endMessage(m, v.history.endMessage(m))
	v.consent.endMessage(m)
	v.ask.endMessage(m)
	v.spoken.endMessage(m)
}

func refuseRequestName() error { return refusal.New(refusal.NamePersonal) }

func refuseSignedRequest() error { return refusal.New(refusal.SignedPersonal) }

// Answered is what the transport needs to know of a whole answer.
type Answered struct {
	// Shown reports whether people get to see the statement.
	Shown bool
	// Conversation is what identifies the conversation, if the answer says it, or "".
	Conversation string
	// Corrected is the number of false sentences that were replaced.
	Corrected int
}

// Answer appends the checked and redacted answer to dst, and adds the number of replacements to counts. It puts the statement, unless it is
// empty, before the text of every message. The error is a *refusal.Refusal. After an error the bytes appended to dst must not be used.
func (t *Transform) Answer(dst, body []byte, f dialect.AnswerRewriter, statement string, counts *redact.Counts) (out []byte, read Answered, err error) {
	before := *counts
	v, _ := answerVisitors.Get().(*answerVisitor) // The pool holds nothing else.
	defer func() {
		*v = answerVisitor{} // The pool must not keep texts in memory.
		answerVisitors.Put(v)
	}()
	v.begin(t, statement, nil, counts)
	out, err = f.RewriteAnswer(dst, body, v)
	if cuts := v.redaction.joined.takeFound(); len(cuts) > 0 && err == nil {
		*counts, *v = before, answerVisitor{}
		v.begin(t, statement, cuts, counts)
		out, err = f.RewriteAnswer(dst, body, v)
	}
	if err == nil {
		v.disclosure.updateShown()
	}
	return out, Answered{Shown: v.disclosure.isShown, Conversation: v.conversation, Corrected: v.redaction.corrected}, err
}

// answerVisitor redacts the texts of an answer and adds the disclosure.
type answerVisitor struct {
	redaction  redaction
	disclosure disclosure
	// conversation is what identifies the conversation, if the answer has said it, or "".
	conversation string
}

// begin prepares an empty visitor for one reading of an answer. The visitor puts the statement, unless it is empty, before the text of every
// message. cuts are those that an earlier reading of the answer has found.
func (v *answerVisitor) begin(t *Transform, statement string, cuts []cut, counts *redact.Counts) {
	v.redaction.beginAnswer(t.set, cuts, counts)
	v.redaction.corrector = t.corrector
	v.disclosure.statement = statement
}

func refuseAnswerName() error {
	return refusal.Because(refusal.AnswerMalformed, "The name of a JSON member of the answer contains personal data.").
		WithRemedy("The developer of the chatbot or model service must put personal data into values, where the sidecar redacts it.")
}

func refuseSignedAnswer() error {
	return refusal.Because(refusal.AnswerUnreadable, "A signed text of the answer contains personal data.").
		WithRemedy("Ask again without personal data, or ask the model for no reasoning.")
}

// VisitSegment redacts a text. It puts the statement where it can stand by itself, or before a text for which takeStatement returns it.
func (v *answerVisitor) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	if s.Kind == dialect.Insertion {
		out, changed := v.disclosure.insert(dst, s.Arrival == dialect.Restated)
		return out, changed, nil
	}
	if s.NamesConversation && v.conversation == "" {
		v.conversation = string(s.Text)
	}
	statement := ""
	if !v.redaction.saysAgain(s) {
		statement = v.disclosure.takeStatement(s)
	}
	return v.redaction.appendSegment(dst, s, statement)
}

// VisitMessage notes whether the message calls a tool.
func (v *answerVisitor) VisitMessage(m dialect.Message) { v.disclosure.noteToolCall(m) }
