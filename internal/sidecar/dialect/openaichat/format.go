package openaichat

import (
	"encoding/json"
	"mime"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Format is the wire format of the OpenAI Chat Completions API.
type Format struct{}

var _ dialect.Format = Format{}

// AcceptRequest accepts application/json in UTF-8.
func (Format) AcceptRequest(contentType string) bool { return isJSON(contentType) }

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

// FormOf returns Document for application/json and Streamed for text/event-stream. The charset must be UTF-8, which is also meant if the
// Content-Type names none. All other answers are Unreadable, and so is an event stream with any parameter besides the charset.
func (Format) FormOf(contentType string) dialect.Form {
	mediaType, parameters, _ := strings.Cut(contentType, ";")
	switch {
	case isJSON(contentType):
		return dialect.Document
	case !strings.EqualFold(strings.TrimSpace(mediaType), "text/event-stream"):
		return dialect.Unreadable
	case parameters == "" || strings.EqualFold(strings.TrimSpace(parameters), "charset=utf-8"):
		return dialect.Streamed
	}
	return dialect.Unreadable
}

// RewriteRequest checks, rewrites and appends a request. It refuses a request without messages.
func (Format) RewriteRequest(dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	dst, read, err := rewriteDocument(dst, body, requests, v)
	if err == nil && read.Messages == 0 {
		err = refusal.Because(refusal.BodyShape, "The body has no messages.")
	}
	return dst, read, err
}

// RewriteAnswer checks, rewrites and appends an answer that is not streamed, or an error response of the chatbot.
func (Format) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	// The dropped result is a dialect.Request, which describes requests only.
	dst, _, err := rewriteDocument(dst, body, answers, v)
	return dst, err
}

// errorResponse is the error response of the OpenAI API.
type errorResponse struct {
	Error errorBody `json:"error"`
}

// errorBody has the members of an OpenAI error (message, type, code) and those of a refusal.
type errorBody struct {
	Message  string                 `json:"message"`
	Type     string                 `json:"type"`
	Code     string                 `json:"code"`
	Rule     string                 `json:"rule"`
	What     string                 `json:"what"`
	Remedy   string                 `json:"remedy"`
	Exchange string                 `json:"exchange,omitempty"`
	Handoff  *sidecarconfig.Handoff `json:"handoff,omitempty"`
}

// FormatRefusal returns a refusal as an error response of the OpenAI API. It has the ID of the rule twice: as `code`, which every client of
// that API knows, and as `rule`.
func (Format) FormatRefusal(r *refusal.Refusal, exchangeID string) (body []byte, contentType string) {
	body, err := json.Marshal(errorResponse{errorBody{
		Message: r.Error(), Type: "chaperone_refusal", Code: r.ID, Rule: r.ID, What: r.What, Remedy: r.Remedy,
		Exchange: exchangeID, Handoff: r.Handoff,
	}})
	if err != nil {
		// Texts can always be encoded. If that ever fails, the client still gets a refusal.
		body = []byte(`{"error":{"message":"The exchange is refused.","type":"chaperone_refusal"}}`)
	}
	return body, "application/json"
}

// AppendRefusal appends an error event and the end of the stream.
func (f Format) AppendRefusal(dst []byte, r *refusal.Refusal, exchangeID string) []byte {
	// The Content-Type is dropped: an event has none of its own.
	body, _ := f.FormatRefusal(r, exchangeID)
	return sse.Append(sse.Append(dst, body), []byte(doneMark))
}
