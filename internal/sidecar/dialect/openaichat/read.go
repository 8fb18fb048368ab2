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

// minDigits is the length from which a number is a segment: the shortest payment card number has 13 digits.
const minDigits = 13

// reader reads one document and passes its texts to the visitor.
type reader struct {
	document *document
	visitor  dialect.Visitor
	// segment is reused for all texts and names, which is faster than a new one for each.
	segment dialect.Segment
	message dialect.Message
	// inMessage reports whether message describes a message that has not been passed to the visitor.
	inMessage bool
	// partText is the place of the text of the part that is being read: partText or partRefusal, or unknown before the first member
	// that tells.
	partText jsontext.Field
	request  dialect.Request
}

// readers holds readers for reuse: an exchange reads two documents.
var readers = sync.Pool{New: func() any { return new(reader) }}

// rewriteDocument reads a document and appends it to dst.
func rewriteDocument(dst, body []byte, d *document, v dialect.Visitor) ([]byte, dialect.Request, error) {
	r, _ := readers.Get().(*reader)
	defer func() {
		*r = reader{}
		readers.Put(r)
	}()
	r.document, r.visitor = d, v
	dst, err := jsontext.Rewrite(dst, body, d.shape, r)
	if err != nil {
		return dst, r.request, d.refuse(err)
	}
	r.endMessage()
	return dst, r.request, nil
}

// refuse turns an error of the JSON reader into a refusal. It returns other errors, such as those of the visitor, unchanged.
func (d *document) refuse(err error) error {
	var wrong *jsontext.Error
	if !errors.As(err, &wrong) {
		return err
	}
	return refusal.Because(d.malformed, d.subject+" is not strict JSON: "+wrong.Error()+".").WithRemedy(d.malformedRemedy)
}

// refusePart returns the refusal of a part that is not text.
func (d *document) refusePart() error { return refusal.Because(d.unreadable, d.unreadablePart) }

// checkKind refuses a kind of value that its place does not admit. Keep is false for a value to take out.
func (d *document) checkKind(p *jsontext.Place, kind jsontext.Kind) (keep bool, err error) {
	row := &d.rows[p.Field]
	if !row.admits.match(kind) {
		return false, refusal.Because(row.rule, row.fault)
	}
	return p.Field != dropped, nil
}

// checkName refuses an unknown member of a part, which the sidecar cannot read, and a second spelling of a known member.
func (d *document) checkName(p *jsontext.Place, name []byte) error {
	if p.Parent == part && !slices.Contains(d.partMembers, string(name)) {
		return d.refusePart()
	}
	if d.isSecondSpelling(p.Parent, name) {
		return refusal.Because(d.misshapen, d.subject+" has a member whose name differs from the OpenAI API in upper and lower case.")
	}
	return nil
}

// Value checks the kinds of the places that the OpenAI API knows, and follows the messages.
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
	case part:
		r.partText = unknown
	case call, functionCall:
		r.message.CallsTool = r.message.CallsTool || kind == jsontext.Object
	}
	return r.document.checkKind(p, kind)
}

// endMessage passes the message that was read last to the visitor.
func (r *reader) endMessage() {
	if r.inMessage {
		r.visitor.VisitMessage(r.message)
	}
	r.inMessage = false
}

// Key checks the name of an unknown member and passes it to the visitor.
func (r *reader) Key(p *jsontext.Place, name []byte) error {
	if err := r.document.checkName(p, name); err != nil {
		return err
	}
	r.segment.Kind, r.segment.Text = dialect.Name, name
	return visitName(r.visitor, &r.segment)
}

// visitName passes the name of a member to the visitor, which can only refuse it.
func visitName(v dialect.Visitor, name *dialect.Segment) error {
	_, _, err := v.VisitSegment(nil, name)
	return err
}

// Text passes a text to the visitor. Before that it reads roles, types and modalities.
func (r *reader) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if err := r.readKeyword(p.Field, text); err != nil {
		return dst, false, err
	}
	s := &r.segment
	s.Place.Message, s.Role, s.Kind, s.Text = r.message.Index, r.message.Role, r.document.rows[p.Field].kind, text
	return r.visitor.VisitSegment(dst, s)
}

// readKeyword reads a text that says what other texts are.
func (r *reader) readKeyword(place jsontext.Field, text []byte) error {
	switch place {
	case role:
		r.message.Role = readRole(text)
	case partType:
		switch string(text) {
		case "text":
			return r.setPartText(partText)
		case "refusal":
			return r.setPartText(partRefusal)
		}
		return r.document.refusePart()
	case partText, partRefusal:
		return r.setPartText(place)
	case modality:
		if string(text) != "text" {
			return refusal.Because(refusal.PartUnreadable, "The request asks for an answer that is not text.")
		}
	}
	return nil
}

// setPartText sets the place of the text of a part. It refuses a part with a text at another place: clients do not show that text.
func (r *reader) setPartText(place jsontext.Field) error {
	if r.partText == unknown {
		r.partText = place
	}
	if r.partText != place {
		return r.document.refusePart()
	}
	return nil
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

// visitNumber passes a long number to the visitor. It returns the text that replaces the number, or nil to keep the number.
func visitNumber(v dialect.Visitor, p *jsontext.Place, raw []byte) ([]byte, error) {
	if len(raw) < minDigits || p.Field == seed {
		return nil, nil
	}
	out, changed, err := v.VisitSegment(nil, &dialect.Segment{Kind: dialect.Number, Text: formatInteger(raw)})
	if !changed {
		return nil, err
	}
	return out, err
}

// formatInteger returns the digits of an integer that is written with a fraction or an exponent, such as 4.2e15. It returns all other
// numbers unchanged.
func formatInteger(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return raw
	}
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > math.MaxInt64 {
		return raw
	}
	return strconv.AppendFloat(nil, value, 'f', -1, 64)
}
