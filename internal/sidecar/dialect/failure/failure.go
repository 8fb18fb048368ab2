// Package failure reads the error responses of chatbots, of their frameworks and of the servers in front of them: JSON documents of any
// shape, pages and plain texts.
//
// It passes every text to the Visitor and changes nothing else, so that clients get the error in the form that they know. Like each
// dialect, it decides nothing and keeps nothing.
package failure

import (
	"errors"
	"html"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Forms are the forms of error responses. The zero value is ready to use.
type Forms struct{}

var _ dialect.Failures = Forms{}

// Find returns what reads an error response with this Content-Type, or nil if nothing can: the media type is neither JSON nor one of a
// single text, or the charset is neither UTF-8 nor a superset of ASCII that web servers name out of habit.
func (Forms) Find(contentType string) dialect.AnswerRewriter {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	charset := strings.ToLower(parameters["charset"])
	isUTF8 := charset == "" || charset == "utf-8"
	switch {
	case isUTF8 && isJSON(mediaType):
		return document{}
	case !isUTF8 && !slices.Contains(habitualCharsets, charset):
		return nil
	case isMarkup(mediaType):
		return text{isUTF8: isUTF8, hasEntities: true}
	case slices.Contains(plainTypes, mediaType):
		return text{isUTF8: isUTF8}
	}
	return nil
}

// plainTypes are the media types whose bodies people read as they are. Clients put other texts together from pieces (text/event-stream,
// text/x-component) or decode escapes in them (text/javascript), so that a reader of the whole would miss personal data.
var plainTypes = []string{"text/plain", "text/markdown", "text/x-markdown", "text/csv", "text/yaml", "text/x-yaml"}

// habitualCharsets are the supersets of ASCII that web servers name out of habit, in lower case.
var habitualCharsets = []string{"us-ascii", "iso-8859-1", "windows-1252"}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// isMarkup reports whether a body of the media type is HTML or XML, in which characters can be written as entities.
func isMarkup(mediaType string) bool {
	return mediaType == "text/html" || strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml")
}

// document reads a JSON document of any shape.
type document struct{}

// RewriteAnswer passes every text, every name of a member and every long number to the visitor. It refuses what is not strict JSON.
func (document) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	dst, err := jsontext.Rewrite(dst, body, nil, visitor{v})
	var syntax *jsontext.Error
	if errors.As(err, &syntax) {
		return dst, refusal.Because(refusal.AnswerMalformed, "The error response is not strict JSON: "+syntax.Error()+".").
			WithRemedy("The developer of the chatbot or model service must send strict JSON in UTF-8, without duplicate names and data after the end.")
	}
	return dst, err
}

// visitor passes the texts of a JSON document on.
type visitor struct{ dialect.Visitor }

// VisitValue keeps every value. It is never called, because no place of the document has a field.
func (visitor) VisitValue(*jsontext.Place, jsontext.Kind) (bool, error) { return true, nil }

// VisitKey passes the name of a member on.
func (v visitor) VisitKey(_ *jsontext.Place, name []byte) error {
	_, _, err := v.VisitSegment(nil, &dialect.Segment{Kind: dialect.MemberName, Text: name})
	return err
}

// VisitText passes a text on.
func (v visitor) VisitText(_ *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	return v.VisitSegment(dst, &dialect.Segment{Text: text})
}

// VisitScalar passes a long number on.
func (v visitor) VisitScalar(_ *jsontext.Place, raw []byte) ([]byte, error) {
	return dialect.VisitNumber(v.Visitor, raw)
}

// text reads a body that is one text. Pages of HTML and documents of XML count as one text too: their tags are no personal data.
type text struct {
	// isUTF8 means that the body must be UTF-8. Otherwise it must be ASCII, on which all charsets agree that Find accepts.
	isUTF8 bool
	// hasEntities means that the text can have entities, such as &#64; for @.
	hasEntities bool
}

// RewriteAnswer passes the body to the visitor as one text. It refuses a text in which the visitor changes something after the entities
// are decoded, because only the text that has the entities can be sent. It also refuses a stream that is labeled as a text.
func (t text) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	switch {
	case !t.isEncoded(body):
		return dst, refusal.Because(refusal.AnswerUnreadable, "The text of the error response has another charset than its Content-Type says.")
	case !t.hasEntities && isStream(body):
		return dst, refusal.Because(refusal.AnswerUnreadable, "The body is called a text, but its lines are the events of a stream.").
			WithRemedy("The team that runs the chatbot must declare a shape that describes the stream.")
	}
	start := len(dst)
	out, changed, err := v.VisitSegment(dst, &dialect.Segment{Text: body})
	if err != nil {
		return dst, err
	}
	if !changed {
		out = append(out[:start], body...)
	}
	if !t.hasEntities {
		return out, nil
	}
	decoded := html.UnescapeString(string(out[start:]))
	if _, changed, err = v.VisitSegment(nil, &dialect.Segment{Text: []byte(decoded)}); changed {
		err = refusal.Because(refusal.AnswerUnreadable, "The page of the error response contains personal data in entities.")
	}
	return out, err
}

// isEncoded reports whether the body is in the charset of the Content-Type.
func (t text) isEncoded(body []byte) bool {
	if t.isUTF8 {
		return utf8.Valid(body)
	}
	for _, c := range body {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
