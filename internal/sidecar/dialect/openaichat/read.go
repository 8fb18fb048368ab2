package openaichat

import (
	"errors"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// minDigits is the length from which a number is a segment: the shortest payment card number has 13 digits.
const minDigits = 13

// reader reads one document and passes its texts to the visitor.
type reader struct {
	document *document
	visitor  dialect.Visitor
	segment  dialect.Segment
	message  dialect.Message
	// inMessage: message is that of the document.
	inMessage bool
	request   dialect.Request
}

// rewrite reads a document and appends it to dst.
func (r *reader) rewrite(dst, body []byte) ([]byte, error) {
	dst, err := jsontext.Rewrite(dst, body, r.document.shape, r)
	if err != nil {
		return dst, refuseMalformed(r.document.malformed, err)
	}
	r.endMessage()
	return dst, nil
}

// refuseMalformed turns the error of the JSON reader into a refusal.
func refuseMalformed(rule refusal.Rule, err error) error {
	var wrong *jsontext.Error
	if !errors.As(err, &wrong) {
		return err
	}
	return refusal.Because(rule, "The body is not strict JSON: "+wrong.Error()+".")
}

// check refuses a kind of value that its place does not admit. Keep is false for a value to take out.
func (d *document) check(p *jsontext.Place, kind jsontext.Kind) (keep bool, err error) {
	row := &d.rows[p.Field]
	if !row.admits.match(kind) {
		return false, refusal.Because(row.rule, row.fault)
	}
	return p.Field != dropped, nil
}

// Value checks the kinds of the places that the interface knows, and follows the messages.
func (r *reader) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	switch p.Field {
	case message:
		r.endMessage()
		r.inMessage = true
		r.message = dialect.Message{Index: p.Index[0]}
		if r.document == answers {
			r.message.Role = dialect.RoleAssistant
		}
		r.request.Messages++
	case call, functionCall:
		r.message.CallsTool = r.message.CallsTool || kind == jsontext.Object
	}
	return r.document.check(p, kind)
}

// endMessage passes the message that was read last to the visitor.
func (r *reader) endMessage() {
	if r.inMessage {
		r.visitor.VisitMessage(r.message)
	}
	r.inMessage = false
}

// Key refuses further members of a part, which the sidecar cannot read, and passes other names to the visitor.
func (r *reader) Key(p *jsontext.Place, name []byte) error {
	if p.Parent == part && !slices.Contains(r.document.partMembers, string(name)) {
		return refusal.Because(r.document.unreadable, r.document.partFault)
	}
	r.segment = dialect.Segment{Kind: dialect.Name, Text: name}
	return visitName(r.visitor, &r.segment)
}

// visitName passes the name of a member to the visitor, which can only refuse it.
func visitName(v dialect.Visitor, name *dialect.Segment) error {
	_, _, err := v.VisitSegment(nil, name)
	return err
}

// Text shows a text, and reads those that the interface itself reads.
func (r *reader) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	switch p.Field {
	case role:
		r.message.Role = readRole(text)
	case partType:
		if string(text) != "text" && string(text) != "refusal" {
			return dst, false, refusal.Because(r.document.unreadable, r.document.partFault)
		}
	case modality:
		if string(text) != "text" {
			return dst, false, refusal.Because(refusal.PartUnreadable, "The request asks for an answer that is not text.")
		}
	}
	r.segment = dialect.Segment{
		Place: dialect.Place{Message: r.message.Index}, Role: r.message.Role, Kind: r.document.rows[p.Field].kind, Text: text,
	}
	return r.visitor.VisitSegment(dst, &r.segment)
}

// readRole returns the role for a value of the member `role` in the OpenAI API.
func readRole(word []byte) dialect.Role {
	switch string(word) {
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

// Scalar notes whether the client asks for a stream. It passes long numbers to the visitor, which may redact them.
func (r *reader) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field == streamed {
		r.request.Streamed = string(raw) == "true"
	}
	return visitNumber(r.visitor, p, raw)
}

// visitNumber passes a long number at an unknown place to the visitor. The replacement is a JSON string.
func visitNumber(v dialect.Visitor, p *jsontext.Place, raw []byte) ([]byte, error) {
	if len(raw) < minDigits || p.Field != unknown {
		return nil, nil
	}
	out, changed, err := v.VisitSegment(nil, &dialect.Segment{Kind: dialect.Number, Text: raw})
	if !changed {
		return nil, err
	}
	return out, err
}
