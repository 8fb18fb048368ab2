package shaped

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// ReaderOf returns what reads an answer with this Content-Type that the shape describes as a text or in XML.
func (f *Format) ReaderOf(contentType string) (r dialect.AnswerRewriter, isShown bool) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	isXML := f.xml != nil && slices.Contains(f.xml.Types, mediaType)
	charset, hasCharset := parameters["charset"]
	switch {
	case !isXML && !slices.Contains(f.texts, mediaType):
		return nil, false
	case err != nil || hasCharset && !strings.EqualFold(charset, "utf-8"):
		return nil, true
	case isXML:
		return markup{f.xml}, true
	}
	return shownText{}, true
}

// shownText reads an answer that is one text, which a messaging service shows to the person.
type shownText struct{}

// RewriteAnswer passes the text to the visitor. A service shows no text that is blank.
func (shownText) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	if !utf8.Valid(body) {
		return dst, refusal.Because(refusal.AnswerMalformed, "The text of the answer is not UTF-8.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return append(dst, body...), nil
	}
	start := len(dst)
	out, changed, err := v.VisitSegment(dst, &dialect.Segment{Kind: dialect.Prose, Role: dialect.RoleAssistant, Text: body})
	if err != nil {
		return dst, err
	}
	if !changed {
		out = append(out[:start], body...)
	}
	v.VisitMessage(dialect.Message{Role: dialect.RoleAssistant})
	return out, nil
}

// markup reads answers in XML.
type markup struct{ *shape.Markup }

// RewriteAnswer checks and rewrites an answer. It leaves out comments, which could stand between the pieces of personal data.
func (m markup) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	body, hasMark := bytes.CutPrefix(body, []byte(byteOrderMark))
	if hasMark {
		dst = append(dst, byteOrderMark...)
	}
	r := markupReader{markup: m, visitor: v, decoder: xml.NewDecoder(bytes.NewReader(body)), dst: dst}
	r.decoder.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		r.isRenamed = true
		return readASCII(charset, body, in)
	}
	for {
		start := r.decoder.InputOffset()
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) && r.hasRoot {
			return r.dst, nil
		}
		if err == nil {
			err = r.read(token, body[start:r.decoder.InputOffset()])
		} else {
			err = refuseMarkup("it is not well-formed, or not in UTF-8")
		}
		if err != nil {
			return r.dst, err
		}
	}
}

// byteOrderMark can stand at the beginning of a document.
const byteOrderMark = "\ufeff"

// readASCII returns what reads a document in another encoding than UTF-8. The document must have nothing but ASCII, which is the same in both.
func readASCII(charset string, body []byte, in io.Reader) (io.Reader, error) {
	known := slices.Contains([]string{"us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "latin1", "windows-1252"}, strings.ToLower(charset))
	isOther := func(c rune) bool { return c >= utf8.RuneSelf }
	if !known || bytes.ContainsFunc(body, isOther) {
		return nil, errors.New("the document is not in UTF-8")
	}
	return in, nil
}

// refuseMarkup refuses an answer in XML. what is a clause.
func refuseMarkup(what string) error {
	return refusal.Because(refusal.AnswerMalformed, "The answer in XML cannot be passed on: "+what+".").
		WithRemedy("The developer of the chatbot must respond with status 204, and send messages by the API of the service.")
}

// markupReader reads one answer in XML.
type markupReader struct {
	markup

	visitor dialect.Visitor
	decoder *xml.Decoder
	dst     []byte
	// open has the names of the elements that are open, the outermost first.
	open []string
	// hasRoot means that the outermost element has begun.
	hasRoot bool
	// isRenamed means that the document names another encoding than UTF-8. It is written in UTF-8.
	isRenamed bool
	// messages counts the messages that have begun.
	messages int
	// text is the text since the last tag, and raw how it was written.
	text, raw []byte
}

// read reads a token, which was written as raw.
func (r *markupReader) read(token xml.Token, raw []byte) error {
	switch token := token.(type) {
	case xml.StartElement:
		if err := r.endText(); err != nil {
			return err
		}
		return r.begin(token, raw)
	case xml.EndElement:
		if err := r.endText(); err != nil {
			return err
		}
		r.open = r.open[:len(r.open)-1]
		r.dst = append(r.dst, raw...)
	case xml.CharData:
		r.text, r.raw = append(r.text, token...), append(r.raw, raw...)
	case xml.ProcInst:
		if token.Target != "xml" || r.hasRoot {
			return refuseMarkup("it has a processing instruction")
		}
		if r.isRenamed {
			raw = []byte(xml.Header[:len(xml.Header)-1])
		}
		r.dst = append(r.dst, raw...)
	case xml.Directive:
		return refuseMarkup("it has a document type")
	}
	return nil
}

// begin reads the beginning of an element.
func (r *markupReader) begin(e xml.StartElement, raw []byte) error {
	admitted := r.Parts
	switch len(r.open) {
	case 0:
		admitted = shape.List{r.Root}
		if r.hasRoot {
			admitted = nil
		}
		r.hasRoot = true
	case 1:
		admitted = r.Messages
	case 2:
	default:
		admitted = nil
	}
	if e.Name.Space != "" || !slices.Contains(admitted, e.Name.Local) {
		return refuseMarkup("it has an element with another meaning than a message to the person")
	}
	if len(r.open) == 1 {
		if err := r.beginMessage(); err != nil {
			return err
		}
	}
	r.open = append(r.open, e.Name.Local)
	return r.writeTag(e, raw)
}

// beginMessage writes the message with the statement before the first message, if the visitor has one.
func (r *markupReader) beginMessage() error {
	r.messages++
	if r.messages > 1 {
		return nil
	}
	statement, changed, err := r.visitor.VisitSegment(nil, &dialect.Segment{Kind: dialect.Insertion, Role: dialect.RoleAssistant})
	if changed && err == nil {
		r.dst = append(append(append(r.dst, '<'), r.Messages[0]...), '>')
		r.dst = appendEscaped(r.dst, statement)
		r.dst = append(append(append(r.dst, "</"...), r.Messages[0]...), '>')
	}
	return err
}

// writeTag writes the tag that begins an element, with the values of attributes as the visitor replaces them.
func (r *markupReader) writeTag(e xml.StartElement, raw []byte) error {
	for _, a := range e.Attr {
		if hasHalf(a.Value, raw) {
			return refuseHalf()
		}
	}
	isChanged, err := r.replaceAttributes(e.Attr)
	if err != nil {
		return err
	}
	if !isChanged {
		r.dst = append(r.dst, raw...)
		return nil
	}
	r.dst = append(append(r.dst, '<'), e.Name.Local...)
	for _, a := range e.Attr {
		r.dst = append(r.dst, ' ')
		if a.Name.Space != "" {
			r.dst = append(r.dst, "xml:"...)
		}
		r.dst = append(append(r.dst, a.Name.Local...), `="`...)
		r.dst = append(appendEscaped(r.dst, []byte(a.Value)), '"')
	}
	if bytes.HasSuffix(raw, []byte("/>")) {
		r.dst = append(r.dst, '/')
	}
	r.dst = append(r.dst, '>')
	return nil
}

// replaceAttributes replaces the values of attributes as the visitor says, and reports whether one has changed.
func (r *markupReader) replaceAttributes(all []xml.Attr) (isChanged bool, err error) {
	for i := range all {
		a := &all[i]
		if err := r.checkAttribute(a.Name, all[:i]); err != nil {
			return false, err
		}
		if slices.Contains(r.Keeps, a.Name.Local) && isBase64(a.Value) {
			continue
		}
		value, err := replaceText(a.Value, r.visitor)
		if err != nil {
			return false, err
		}
		isChanged = isChanged || value != a.Value
		a.Value = value
	}
	return isChanged, nil
}

// xmlNamespace is the namespace of attributes such as xml:lang.
const xmlNamespace = "http://www.w3.org/XML/1998/namespace"

// checkAttribute refuses an attribute that others of the element precede.
func (r *markupReader) checkAttribute(name xml.Name, others []xml.Attr) error {
	if slices.ContainsFunc(others, func(other xml.Attr) bool { return other.Name == name }) {
		return refuseMarkup("an element has an attribute twice")
	}
	if name.Space != "" && name.Space != xmlNamespace || name.Local == "xmlns" || slices.Contains(r.Elsewhere, name.Local) {
		return refuseMarkup("the attribute " + name.Local + " leads a message to somebody else, or changes what the names mean")
	}
	return nil
}

// hasHalf reports whether a text, which was written as raw, has a reference to half of a character. encoding/xml reads it as the character
// that stands for an unreadable one.
func hasHalf(text string, raw []byte) bool {
	return strings.ContainsRune(text, utf8.RuneError) && !bytes.ContainsRune(raw, utf8.RuneError)
}

// refuseHalf refuses a reference to half of a character.
func refuseHalf() error { return refuseMarkup("it refers to half of a character") }

// endText passes the text since the last tag to the visitor. Only messages and their parts have texts.
func (r *markupReader) endText() error {
	text, raw := r.text, r.raw
	r.text, r.raw = nil, nil
	if hasHalf(string(text), raw) {
		return refuseHalf()
	}
	if len(bytes.TrimSpace(text)) == 0 {
		r.dst = append(r.dst, raw...)
		return nil
	}
	if len(r.open) < 2 {
		return refuseMarkup("it has a text outside of messages")
	}
	// The service shows the texts of a message together.
	segment := dialect.Segment{Kind: dialect.Prose, Role: dialect.RoleAssistant, Text: text, List: r.messages}
	if slices.Contains(r.Apart, r.open[len(r.open)-1]) {
		segment.Kind, segment.List = dialect.Text, 0
	}
	out, changed, err := r.visitor.VisitSegment(nil, &segment)
	switch {
	case err != nil:
		return err
	case changed:
		r.dst = appendEscaped(r.dst, out)
	default:
		r.dst = append(r.dst, raw...)
	}
	return nil
}

// appendEscaped appends a text as it stands in XML.
func appendEscaped(dst, text []byte) []byte {
	b := bytes.NewBuffer(dst)
	_ = xml.EscapeText(b, text) // A buffer takes every byte.
	return b.Bytes()
}
