package shaped

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// reader reads a request or an answer and passes its texts to the visitor.
type reader struct {
	document *document
	visitor  dialect.Visitor
	// segment is reused for all texts and names, which is faster than a new one for each.
	segment dialect.Segment
	// message describes the message that is being read, if inMessage is true. Its values have at least as many objects and arrays around them as
	// depth says; 0 stands for a place outside of every message. outer are the messages that contain it, outermost first.
	message   dialect.Message
	inMessage bool
	depth     int
	outer     []openMessage
	// textPlaces holds, for each level of parts, the place of the text in the part that is being read. It is 0 until the reader has seen
	// the type or the text of the part.
	textPlaces [maxPartLevels]jsontext.Field
	// hasNeeded means that the document has a place that is needed.
	hasNeeded bool
	// required is the number of required members that have been read.
	required int
	// lists are the lists of parts that the reader has seen.
	lists textLists
	// request describes what has been read of a request.
	request dialect.Request
}

// openMessage is a message in which another one stands.
type openMessage struct {
	message dialect.Message
	depth   int
}

// readers holds readers for reuse: an exchange reads two documents.
var readers = sync.Pool{New: func() any { return new(reader) }}

// rewriteDocument rewrites a document of the kind d as the visitor says, and appends it to dst.
func rewriteDocument(dst, body []byte, d *document, v dialect.Visitor) ([]byte, dialect.Request, error) {
	r, _ := readers.Get().(*reader) // The pool holds nothing else.
	defer func() {
		*r = reader{lists: r.lists.empty(), outer: r.outer[:0]} // The pool must not keep the document in memory.
		readers.Put(r)
	}()
	r.document, r.visitor = d, v
	r.request.Streamed = d.streamsByDefault
	dst, err := jsontext.Rewrite(dst, body, d.tree, r)
	if err != nil {
		return dst, r.request, d.refuse(err)
	}
	// Only answers have needed members, and only requests have required ones.
	if d.needsFault != "" && !r.hasNeeded {
		return dst, r.request, refusal.Because(refusal.AnswerMalformed, d.needsFault).
			WithRemedy("Declare the shape in which the chatbot answers: spec.ports[].shape.")
	}
	if r.required < d.required {
		return dst, r.request, refusal.Because(d.misshapen, d.name+" lacks a member that the "+d.title+" needs.")
	}
	r.endMessage()
	return dst, r.request, nil
}

// VisitValue checks the JSON kind of a value at a known place. It notes where messages and parts begin, which messages call tools, and
// whether the client asks for structured output.
func (r *reader) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	row := &r.document.rows[p.Field]
	if row.hasEffect {
		if err := r.noteValue(p, row, kind); err != nil {
			return false, err
		}
	}
	return row.checkKind(kind)
}

// noteValue does the work of VisitValue for a value that tells the reader something.
func (r *reader) noteValue(p *jsontext.Place, row *row, kind jsontext.Kind) error {
	r.leaveMessages(p)
	if row.isRequired {
		r.required++
	}
	row.describeValue(&r.request, kind)
	r.hasNeeded = r.hasNeeded || row.isNeeded && kind != jsontext.Null
	switch row.operation {
	case message:
		r.beginMessage(p, row)
	case part:
		// A new part begins: forget where the text of the previous part was. setTextPlace learns where the text of the new part is.
		r.textPlaces[row.part.level] = 0
	case call:
		// A null in place of a call calls nothing.
		r.message.CallsTool = r.message.CallsTool || kind == jsontext.Object
	}
	if row.insert != nil && kind == jsontext.Array {
		return r.insert(p, row)
	}
	return nil
}

// insert adds an element to the list at the place if the list says something and the visitor has a statement.
func (r *reader) insert(p *jsontext.Place, row *row) error {
	if !row.saysSomething(p) || row.followsAbove(p) {
		return nil
	}
	insertion := dialect.Segment{Kind: dialect.Insertion, Role: dialect.RoleAssistant}
	if row.place.Restates {
		insertion.Arrival = dialect.Restated
	}
	statement, changed, err := r.visitor.VisitSegment(nil, &insertion)
	if err != nil || !changed {
		return err
	}
	p.Insert = fillInsert(row.insert, statement)
	return row.checkRoom(p)
}

// saysSomething reports whether the list at the place has an element that people see, or gets a statement also without one.
func (r *row) saysSomething(p *jsontext.Place) bool {
	if !r.place.SkipsEmpty && r.place.Silent == nil {
		return true
	}
	for element := range p.Elements() {
		if r.place.Silent == nil || !r.place.Silent.IsMetBy(element) {
			return true
		}
	}
	return false
}

// followsAbove reports whether a member that people see above the list follows it in the document, and says something. That one gets the
// statement.
func (r *row) followsAbove(p *jsontext.Place) bool {
	if len(r.above) == 0 {
		return false
	}
	for name, value := range p.Following() {
		if slices.Contains(r.above, string(name)) && len(bytes.Trim(value, `"[] `)) > 0 && bytes.ContainsAny(value[:1], `"[`) {
			return true
		}
	}
	return false
}

// checkRoom refuses a list that cannot have one more element.
func (r *row) checkRoom(p *jsontext.Place) error {
	if r.place.Capacity == 0 {
		return nil
	}
	count := 0
	for range p.Elements() {
		count++
	}
	if count < r.place.Capacity {
		return nil
	}
	return refusal.Because(refusal.AnswerMalformed, fmt.Sprintf("The list %s has %d elements, and no room for the disclosure.", r.selector, count)).
		WithRemedy(fmt.Sprintf("The developer of the chatbot must respond with at most %d elements.", r.place.Capacity-1))
}

// fillInsert returns a template with a statement.
func fillInsert(t shape.Template, statement []byte) (dst []byte) {
	for _, piece := range t {
		dst = append(dst, piece.Literal...)
		if piece.Variable == shape.VarText {
			dst = jsontext.AppendString(dst, statement)
		}
	}
	return dst
}

// beginMessage notes the message that begins at the place. It ends what has been read of the message that contains the place: what follows in
// that one after the inner message counts by itself.
func (r *reader) beginMessage(p *jsontext.Place, row *row) {
	r.endMessage()
	if r.depth > 0 {
		r.outer = append(r.outer, openMessage{r.message, r.depth})
	}
	r.inMessage, r.depth = true, p.Depth+1
	r.message = dialect.Message{Role: row.author}
	if p.Arrays > 0 {
		r.message.Index = p.Index[0]
	}
}

// leaveMessages ends the messages that do not contain the place. Texts after a message have neither its role nor its index.
func (r *reader) leaveMessages(p *jsontext.Place) {
	for p.Depth < r.depth {
		r.endMessage()
		last := len(r.outer) - 1
		if last < 0 {
			r.message, r.depth = dialect.Message{}, 0
			return
		}
		r.message, r.depth, r.inMessage = r.outer[last].message, r.outer[last].depth, true
		r.outer = r.outer[:last]
	}
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
	r.segment.Kind, r.segment.Text, r.segment.Signed, r.segment.List, r.segment.NamesConversation = dialect.MemberName, name, false, 0, false
	return visitName(r.visitor, &r.segment)
}

// visitName passes the name of a member to the visitor, which can only refuse it.
func visitName(v dialect.Visitor, name *dialect.Segment) error {
	_, _, err := v.VisitSegment(nil, name)
	return err
}

// VisitText reads keywords, and passes every text that is not opaque to the visitor.
func (r *reader) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	row := &r.document.rows[p.Field]
	r.leaveMessages(p)
	if !row.isSpecial {
		return r.visitText(p, row, dst, text)
	}
	if row.hasKeyword {
		if isKnown, err := r.readKeyword(row, text); isKnown || err != nil {
			return dst, false, err
		}
	}
	switch {
	case row.isOpaque(text) || row.endsAsIdentifier(text):
		return dst, false, nil
	case row.isRecalled():
		return r.visitRecalled(p, row, dst, text)
	case row.operation == session || row.operation == person:
		return r.visitIdentity(p, row, dst, text)
	}
	return r.visitText(p, row, dst, text)
}

// visitIdentity passes the identifier of a conversation or a person to the visitor, which can only refuse it.
func (r *reader) visitIdentity(p *jsontext.Place, row *row, dst, text []byte) ([]byte, bool, error) {
	out, changed, err := r.visitText(p, row, dst, text)
	if err == nil && changed {
		err = refuseName(row.operation)
	}
	return out, false, err
}

// visitRecalled passes the identifier of a message to the visitor. That of an element that the sidecar has added becomes that of the message
// before it.
func (r *reader) visitRecalled(p *jsontext.Place, row *row, dst, text []byte) ([]byte, bool, error) {
	known, isOwn := bytes.CutSuffix(text, []byte(shape.RecallEnding))
	out, changed, err := r.visitText(p, row, dst, known)
	if changed || err != nil || !isOwn {
		return out, changed, err
	}
	return append(dst, known...), true, nil
}

// visitText passes a text to the visitor.
func (r *reader) visitText(p *jsontext.Place, row *row, dst, text []byte) ([]byte, bool, error) {
	s := &r.segment
	s.Place.Message, s.Role, s.Kind, s.Text, s.Signed = r.message.Index, r.message.Role, row.kind, text, row.operation == signed
	s.List, s.NamesConversation = r.lists.find(p, row), row.namesConversation
	return r.visitor.VisitSegment(dst, s)
}

// refuseName refuses an identifier of a conversation or of a person with personal data: redacted, it would be the same for other people.
func refuseName(o operation) error {
	if o == person {
		return refusal.Because(refusal.SignedPersonal, "The identifier of the person contains personal data.").
			WithRemedy("The developer of the app must give people identifiers without personal data, such as random ones.")
	}
	return refusal.Because(refusal.SignedPersonal, "The identifier of the conversation contains personal data.").
		WithRemedy("The developer of the app must give conversations identifiers without personal data, such as random ones.")
}

// readKeyword notes the role of a message, whether it calls a tool, where the text of a part is, whether a frame sets up the connection, and
// whether the client asks for structured output. It refuses parts and keywords that the shape does not list. isKnown means that the shape says
// all of the text, which is that of no person and needs no inspection.
func (r *reader) readKeyword(row *row, text []byte) (isKnown bool, err error) {
	switch {
	case row.operation == role:
		known := row.roles.find(text)
		if known == nil {
			r.message.Role = dialect.RoleOther
			break
		}
		r.message.Role, isKnown = known.role, row.kind == dialect.Identifier
	case row.isType:
		known := row.part.types.find(text)
		if known == nil {
			return false, r.document.refusePart()
		}
		isKnown = row.kind == dialect.Identifier
		err = r.setTextPlace(row.part, known.textPlace)
	case row.textPlace != 0: // a text of the part, which is no keyword: it only tells where the text is
		return false, r.setTextPlace(row.part, row.textPlace)
	}
	if err != nil || isKnown && !row.hasLists {
		return isKnown, err
	}
	return isKnown, r.readListed(row, text)
}

// readListed does the work of readKeyword for what the lists of the place say about a text.
func (r *reader) readListed(row *row, text []byte) error {
	if slices.Contains(row.place.Calls, string(text)) {
		r.message.CallsTool = true
	}
	r.request.SetsUp = r.request.SetsUp || slices.Contains(row.place.SetsUp, string(text))
	row.describeText(&r.request, text)
	return r.document.checkValue(row, text)
}

// setTextPlace notes the place of the text in a part. It is called for the type of the part, which names the member with the text, and for
// each text that the part has. If the places differ, setTextPlace refuses the part: clients show only the text that the type names, and
// people would not see a disclosure that the sidecar puts into another one.
func (r *reader) setTextPlace(part *partRow, place jsontext.Field) error {
	known := &r.textPlaces[part.level]
	if *known == 0 {
		*known = place
	}
	if *known != place {
		return r.document.refusePart()
	}
	return nil
}

// VisitScalar notes whether the client asks for a stream. It passes long numbers to the visitor, which may redact them.
func (r *reader) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	row := &r.document.rows[p.Field]
	row.describeScalar(&r.request, raw)
	out, err := visitNumber(r.visitor, row, raw)
	if (row.operation == session || row.operation == person) && out != nil {
		return nil, refuseName(row.operation)
	}
	return out, err
}

// visitNumber passes a long integer to the visitor and returns the text that replaces the number, or nil to keep the number. It keeps every
// opaque number, such as a seed: one in ten random numbers has a valid Luhn check digit and could be taken for a payment card number. It
// keeps the address of a person, too.
func visitNumber(v dialect.Visitor, row *row, raw []byte) ([]byte, error) {
	if row.operation == opaque || row.isAddress() {
		return nil, nil
	}
	if row.kind == dialect.Phone && string(raw) != "null" {
		out, changed, err := v.VisitSegment(nil, &dialect.Segment{Kind: dialect.Phone, Text: raw})
		if !changed {
			return nil, err
		}
		return out, err
	}
	return dialect.VisitNumber(v, raw)
}
