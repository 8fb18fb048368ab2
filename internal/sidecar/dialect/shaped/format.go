package shaped

import (
	"encoding/json"
	"mime"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Format is the dialect of a shape.
type Format struct {
	request, answer, event *document
	// failure is answer without the places that an answer needs.
	failure *document
	// fields says where the fields of requests are, as shape.Document.Fields does, and files lists the fields of a multipart body that are files.
	fields string
	files  []string
	// documents lists the fields whose text is JSON.
	documents []string
	// repeats is shape.Document.Repeats of requests.
	repeats bool
	// disclosesOnce is shape.Document.DisclosesOnce of requests.
	disclosesOnce bool
	// statement is shape.Document.Statement of requests, or nil, and statementMembers its template.
	statement        *shape.Statement
	statementMembers shape.Template
	// answerType is a media type of answers besides application/json, or "".
	answerType string
	// texts and xml are shape.Document.Texts and shape.Document.XML of answers.
	texts []string
	xml   *shape.Markup
	// framing is the framing of streams, and done the data of the event that ends one, or "".
	framing framing
	done    string
	// beats are the data of events and frames that only keep the connection open.
	beats []string
	// needsFault is the sentence that refuses an event without any place that is needed.
	needsFault string
	// nameKey is the name of the top member whose text names events; "" if events have no names.
	nameKey string
	flushes []eventTemplate
	// insertBefore lists the types of the events before which insertEvents hold a statement; empty means all types.
	insertBefore []string
	insertEvents []eventTemplate
	// refusalBody is the template of responses to refused exchanges, and refusalEvents those of the events that end a stream.
	refusalBody   shape.Template
	refusalEvents []eventTemplate
	// sayBody is the template of a whole answer with a text of the sidecar, or nil, and sayEvents those of a streamed one.
	sayBody   shape.Template
	sayEvents []eventTemplate
	// saysRefusals means that people learn of refusals by such answers.
	saysRefusals bool
}

var _ dialect.Format = (*Format)(nil)

// AcceptRequest accepts application/json in UTF-8, or the type of the form that the shape describes.
func (f *Format) AcceptRequest(contentType string) bool {
	switch f.fields {
	case shape.FieldsInForm:
		return isForm(contentType)
	case shape.FieldsInParts:
		return isMultipart(contentType)
	}
	return isJSON(contentType)
}

// isJSON reports whether a Content-Type is application/json in UTF-8. A Content-Type without a charset means UTF-8.
func isJSON(contentType string) bool {
	// Nearly all clients send exactly this value, which needs no parsing.
	if contentType == "application/json" {
		return true
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != "application/json" {
		return false
	}
	charset, hasCharset := parameters["charset"]
	return !hasCharset || strings.EqualFold(charset, "utf-8")
}

// FormOf returns Streamed for the media type of streams, and else Document for those of answers. The charset must be UTF-8, which is also
// meant if the Content-Type names none. All other answers are Unreadable. Only JSON may have parameters besides the charset.
func (f *Format) FormOf(contentType string) dialect.Form {
	switch {
	case f.framing.mediaType != "" && isOfType(contentType, f.framing.mediaType):
		if isPlain(contentType) {
			return dialect.Streamed
		}
	case isJSON(contentType), f.answerType != "" && isOfType(contentType, f.answerType) && isPlain(contentType):
		return dialect.Document
	}
	return dialect.Unreadable
}

// isOfType reports whether a Content-Type has the media type, which is in lower case.
func isOfType(contentType, wanted string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), wanted)
}

// isPlain reports whether a Content-Type has no parameter but the charset UTF-8.
func isPlain(contentType string) bool {
	_, parameters, _ := strings.Cut(contentType, ";")
	return parameters == "" || strings.EqualFold(strings.TrimSpace(parameters), "charset=utf-8")
}

// RewriteRequest checks, rewrites and appends a request. It refuses a request without messages.
func (f *Format) RewriteRequest(dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	rewrite := rewriteJSON
	if f.fields != "" {
		rewrite = (*Format).rewriteFields
	}
	dst, read, err := rewrite(f, dst, body, v)
	if err == nil && read.Messages == 0 && f.request.hasMessages {
		err = refusal.Because(refusal.BodyShape, "The body has no messages.")
	}
	return dst, read, err
}

// rewriteJSON rewrites a request that is a JSON document.
func rewriteJSON(f *Format, dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	return rewriteDocument(dst, body, f.request, v)
}

// RewriteFrame checks, rewrites and appends a frame of a client, which may have no messages.
func (f *Format) RewriteFrame(dst, frame []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	return rewriteDocument(dst, frame, f.request, v)
}

// RewriteAnswer checks, rewrites and appends an answer that is not streamed. It refuses one that has none of the places of which the shape
// needs one.
func (f *Format) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	// The dropped result is a dialect.Request, which describes requests only.
	dst, _, err := rewriteDocument(dst, body, f.answer, v)
	return dst, err
}

// Failure returns what reads error responses of the chatbot. They have the places of answers, and need none of them.
func (f *Format) Failure() dialect.AnswerRewriter { return failureRewriter{f.failure} }

// failureRewriter reads error responses.
type failureRewriter struct{ document *document }

// RewriteAnswer checks, rewrites and appends an error response.
func (f failureRewriter) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	dst, _, err := rewriteDocument(dst, body, f.document, v)
	return dst, err
}

// FormatRefusal returns a refusal in the form of the API's own errors, with the ID of the rule.
func (f *Format) FormatRefusal(r *refusal.Refusal, exchangeID string) (body []byte, contentType string) {
	return appendRefusal(nil, f.refusalBody, r, exchangeID), "application/json"
}

// AppendRefusal appends the events that end a stream with a refusal.
func (f *Format) AppendRefusal(dst []byte, r *refusal.Refusal, exchangeID string) []byte {
	for _, t := range f.refusalEvents {
		dst = f.appendEvent(dst, t.name, appendRefusal(nil, t.Template, r, exchangeID))
	}
	return f.appendEnd(dst)
}

// more has the members that a refusal can have besides those that every refusal has.
type more struct {
	Exchange string                 `json:"exchange,omitempty"`
	Handoff  *sidecarconfig.Handoff `json:"handoff,omitempty"`
}

// appendRefusal appends the template of a refusal with the values of the refusal.
func appendRefusal(dst []byte, t shape.Template, r *refusal.Refusal, exchangeID string) []byte {
	for _, piece := range t {
		dst = append(dst, piece.Literal...)
		switch piece.Variable {
		case shape.VarMessage:
			dst = append(dst, encode(r.Error())...)
		case shape.VarStatus:
			dst = strconv.AppendInt(dst, int64(r.Status), 10)
		case shape.VarRule:
			dst = append(dst, encode(r.ID)...)
		case shape.VarWhat:
			dst = append(dst, encode(r.What)...)
		case shape.VarRemedy:
			dst = append(dst, encode(r.Remedy)...)
		case shape.VarID:
			dst = append(dst, encode(exchangeID)...)
		case shape.VarMore:
			// The members of the object, without its braces.
			if members := encode(more{exchangeID, r.Handoff}); len(members) > len("{}") {
				dst = append(append(dst, ','), members[1:len(members)-1]...)
			}
		}
	}
	return dst
}

// encode returns a value as JSON. Texts and handoffs can always be encoded. If that ever fails, the client still gets a refusal.
func encode(value any) []byte {
	out, err := json.Marshal(value)
	if err != nil {
		return []byte("null")
	}
	return out
}
