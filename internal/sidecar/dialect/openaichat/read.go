package openaichat

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// minDigits is the length, in characters, of the shortest number that the visitor receives: the shortest payment card number has 13 digits.
// A telephone number that is written as a JSON number is mostly shorter and not found.
const minDigits = 13

// reader reads a request or an answer and passes its texts to the visitor.
type reader struct {
	// document points to requests or answers, the descriptions of the two kinds of document that a reader reads.
	document *document
	visitor  dialect.Visitor
	// segment is reused for all texts and names, which is faster than a new one for each.
	segment dialect.Segment
	// message describes the message that is being read, if inMessage is true.
	message   dialect.Message
	inMessage bool
	// textPlace is the place of the text in the part that is being read: partText or partRefusal. It is unknown until the reader has
	// seen the type or the text of the part.
	textPlace jsontext.Field
	// request describes what has been read of a request.
	request dialect.Request
}

// readers holds readers for reuse: an exchange reads two documents.
var readers = sync.Pool{New: func() any { return new(reader) }}

// rewriteDocument rewrites a document of the kind d as the visitor says, and appends it to dst.
func rewriteDocument(dst, body []byte, d *document, v dialect.Visitor) ([]byte, dialect.Request, error) {
	r, _ := readers.Get().(*reader) // The pool holds nothing else.
	defer func() {
		*r = reader{} // The pool must not keep the document in memory.
		readers.Put(r)
	}()
	r.document, r.visitor = d, v
	dst, err := jsontext.Rewrite(dst, body, d.shape, r)
	if err != nil {
		return dst, r.request, d.refuse(err)
	}
	// End the last message. VisitValue ended every earlier message when the next one began.
	r.endMessage()
	return dst, r.request, nil
}

// refuse turns an error of the JSON reader into a refusal. It returns other errors, such as those of the visitor, unchanged.
func (d *document) refuse(err error) error {
	var syntax *jsontext.Error
	if !errors.As(err, &syntax) {
		return err
	}
	return refusal.Because(d.malformed, d.subject+" is not strict JSON: "+syntax.Error()+".").WithRemedy(d.malformedRemedy)
}

// refusePart returns the refusal of a part that is not text.
func (d *document) refusePart() error { return refusal.Because(d.unreadable, d.unreadableFault) }

// checkKind refuses a value of a JSON kind that its place does not admit. At the place `dropped`, it returns keep false, so that null
// replaces the value.
func (d *document) checkKind(p *jsontext.Place, kind jsontext.Kind) (keep bool, err error) {
	row := &d.rows[p.Field]
	if !row.admits.match(kind) {
		return false, refusal.Because(row.rule, row.fault)
	}
	return p.Field != dropped, nil
}

// checkName checks the name of a member that no node describes. It refuses a second spelling of a known member. In a part it refuses every
// such member except document.partMembers, because the member could hold an image or sound.
func (d *document) checkName(p *jsontext.Place, name []byte) error {
	if p.Parent == part && !slices.Contains(d.partMembers, string(name)) {
		return d.refusePart()
	}
	if d.isSecondSpelling(p.Parent, name) {
		return refusal.Because(d.misshapen, d.subject+" has a member whose name differs from the OpenAI API in upper and lower case.")
	}
	return nil
}

// VisitValue checks the JSON kind of a value at a known place. It notes where messages and parts begin, and which messages call tools.
func (r *reader) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	switch p.Field {
	case message:
		r.endMessage()
		r.inMessage = true
		r.message = dialect.Message{Index: p.Index[0]}
		if r.document == answers {
			// In an answer, the assistant is the author of every message.
			r.message.Role = dialect.RoleAssistant
		}
		r.request.Messages++
	case part:
		// A new part begins: forget where the text of the previous part was. setTextPlace learns where the text of the new part is.
		r.textPlace = unknown
	case call, functionCall:
		// A null in place of a call calls nothing.
		r.message.CallsTool = r.message.CallsTool || kind == jsontext.Object
	}
	return r.document.checkKind(p, kind)
}

// endMessage passes the description of the message that was read last to the visitor, if there is one.
func (r *reader) endMessage() {
	if r.inMessage {
		r.visitor.VisitMessage(r.message)
	}
	r.inMessage = false
}

// VisitKey checks the name of an unknown member and passes it to the visitor.
func (r *reader) VisitKey(p *jsontext.Place, name []byte) error {
	if err := r.document.checkName(p, name); err != nil {
		return err
	}
	// The place and the role are left from an earlier segment. They do not matter for a name, which the visitor only checks.
	r.segment.Kind, r.segment.Text = dialect.MemberName, name
	return visitName(r.visitor, &r.segment)
}

// visitName passes the name of a member to the visitor, which can only refuse it.
func visitName(v dialect.Visitor, name *dialect.Segment) error {
	_, _, err := v.VisitSegment(nil, name)
	return err
}

// VisitText reads roles, types and modalities, and passes every text to the visitor.
func (r *reader) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if err := r.readKeyword(p.Field, text); err != nil {
		return dst, false, err
	}
	s := &r.segment
	s.Place.Message, s.Role, s.Kind, s.Text = r.message.Index, r.message.Role, r.document.rows[p.Field].kind, text
	return r.visitor.VisitSegment(dst, s)
}

// readKeyword notes the role of a message, and where the text of a part is. It refuses parts and modalities that are not text. It ignores
// texts at other places.
func (r *reader) readKeyword(place jsontext.Field, text []byte) error {
	switch place {
	case role:
		r.message.Role = readRole(text)
	case partType:
		switch string(text) {
		case "text":
			return r.setTextPlace(partText)
		case "refusal":
			return r.setTextPlace(partRefusal)
		}
		return r.document.refusePart()
	case partText, partRefusal:
		return r.setTextPlace(place)
	case modality:
		if string(text) != "text" {
			return refusal.Because(refusal.PartUnreadable, "The request asks for an answer that is not text.")
		}
	}
	return nil
}

// setTextPlace notes the place of the text in a part: partText or partRefusal. It is called for the type of the part, which names the
// member with the text, and for each text that the part has. If the places differ, setTextPlace refuses the part: clients show only the
// text that the type names, and people would not see a disclosure that the sidecar puts into another one.
func (r *reader) setTextPlace(place jsontext.Field) error {
	if r.textPlace == unknown {
		r.textPlace = place
	}
	if r.textPlace != place {
		return r.document.refusePart()
	}
	return nil
}

// readRole returns the role for a value of the member `role` in the OpenAI API.
func readRole(value []byte) dialect.Role {
	switch string(value) {
	case "user":
		return dialect.RoleUser
	case "assistant":
		return dialect.RoleAssistant
	case "system", "developer":
		return dialect.RoleSystem
	case "tool", "function":
		return dialect.RoleTool
	}
	return dialect.RoleOther
}

// VisitScalar notes whether the client asks for a stream. It passes long numbers to the visitor, which may redact them.
func (r *reader) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field == streamed {
		r.request.Streamed = string(raw) == "true"
	}
	return visitNumber(r.visitor, p, raw)
}

// visitNumber passes a long integer to the visitor and returns the text that replaces the number, or nil to keep the number. It keeps every
// seed: one in ten random numbers has a valid Luhn check digit and could be taken for a payment card number.
func visitNumber(v dialect.Visitor, p *jsontext.Place, raw []byte) ([]byte, error) {
	if len(raw) < minDigits || p.Field == seed {
		return nil, nil
	}
	text := formatInteger(raw)
	if text == nil {
		return nil, nil
	}
	out, changed, err := v.VisitSegment(nil, &dialect.Segment{Kind: dialect.Number, Text: text})
	if !changed {
		return nil, err
	}
	return out, err
}

// formatInteger returns the digits of an integer, or nil for a number that is no integer. The integer can be written with a fraction or an
// exponent, such as 4.242424242424242e15, because a payment card number could be written so. If an integer that is written so is above
// math.MaxInt64 (9.2e18), formatInteger returns nil too: a card number is smaller, because it has at most 19 digits and the first one is at
// most 6.
func formatInteger(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return raw
	}
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > math.MaxInt64 {
		return nil
	}
	return strconv.AppendFloat(nil, value, 'f', -1, 64)
}
