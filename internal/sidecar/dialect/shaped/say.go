package shaped

import (
	"slices"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// SaysRefusals reports whether the shape asks for refusals as answers.
func (f *Format) SaysRefusals() bool { return f.saysRefusals }

// RepeatsConversation reports whether the shape gives the author of a message as the chatbot, and names no conversation unless it says that
// requests repeat it.
func (f *Format) RepeatsConversation() bool {
	return f.request.hasAnswers && (f.repeats || !f.request.hasSession)
}

// NamesPeople reports whether the shape says where requests name the person.
func (f *Format) NamesPeople() bool { return f.request.hasPerson }

// NamesConversations reports whether the shape says in each of its answers with a text of the sidecar what identifies the conversation.
func (f *Format) NamesConversations() bool {
	isNamed := func(t eventTemplate) bool { return t.Has(shape.VarSession) }
	if f.sayBody != nil && !f.sayBody.Has(shape.VarSession) || f.sayEvents != nil && !slices.ContainsFunc(f.sayEvents, isNamed) {
		return false
	}
	return f.sayBody != nil || f.sayEvents != nil
}

// DisclosesOnce reports whether the shape says that a statement in the first answer is enough for each conversation that requests name.
func (f *Format) DisclosesOnce() bool { return f.disclosesOnce }

// FormatSaid returns an answer with a text of the sidecar, or a nil body if the shape describes none.
func (f *Format) FormatSaid(s dialect.Said) (body []byte, contentType string) {
	if f.sayBody == nil && f.sayEvents == nil {
		return nil, ""
	}
	isStreamed := s.Streamed && len(f.sayEvents) > 0 || f.sayBody == nil
	if !isStreamed && !s.IsFetched && !f.sayBody.Has(shape.VarText) {
		return nil, ""
	}
	if !isStreamed {
		return appendSaid(nil, f.sayBody, s), "application/json"
	}
	for _, t := range f.sayEvents {
		body = f.appendEvent(body, t.name, appendSaid(nil, t.Template, s))
	}
	return f.Begin(f.appendEnd(body)), f.framing.mediaType
}

// appendSaid appends the template with the text, the ID and the time.
func appendSaid(dst []byte, t shape.Template, s dialect.Said) []byte {
	for _, piece := range t {
		dst = append(dst, piece.Literal...)
		switch piece.Variable {
		case shape.VarText:
			dst = jsontext.AppendString(dst, s.Text)
		case shape.VarSession:
			dst = jsontext.AppendString(dst, s.Session)
		case shape.VarID:
			dst = jsontext.AppendString(dst, s.ExchangeID)
		case shape.VarTime:
			dst = strconv.AppendInt(dst, s.At.Unix(), 10)
		case shape.VarDate:
			dst = jsontext.AppendString(dst, s.At.UTC().Format(time.RFC3339))
		}
	}
	return dst
}

// DescribeRequest describes a request that may be none: what can be read of it says whether the client asks for a stream, and for
// structured output.
func (f *Format) DescribeRequest(body []byte) dialect.Request {
	d := describer{rows: f.request.rows}
	d.request.Streamed = f.request.streamsByDefault
	// An error ends the description. What was read up to there stays.
	_, _ = jsontext.Rewrite(nil, body, f.request.tree, &d)
	return d.request
}

// describer describes a request and checks nothing.
type describer struct {
	rows    []row
	request dialect.Request
}

// VisitValue counts messages, and notes an object or a list that asks for structured output.
func (d *describer) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	d.rows[p.Field].describeValue(&d.request, kind)
	return true, nil
}

// VisitKey accepts every name.
func (*describer) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText notes a keyword that asks for structured output.
func (d *describer) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	d.rows[p.Field].describeText(&d.request, text)
	return dst, false, nil
}

// VisitScalar notes whether the client asks for a stream.
func (d *describer) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	d.rows[p.Field].describeScalar(&d.request, raw)
	return nil, nil
}

// describeValue adds to the description what the kind of a value at the place says.
func (r *row) describeValue(request *dialect.Request, kind jsontext.Kind) {
	if r.admitsStructure && (kind == jsontext.Object || kind == jsontext.Array) {
		request.Structured = true
	}
	if r.operation == message {
		request.Messages++
	}
}

// describeText adds to the description what a text at the place says: the conversation, the language, that the request asks for a stream,
// or, because the text is none of those that stand for plain text, for structured output.
func (r *row) describeText(request *dialect.Request, text []byte) {
	if r.hasKeyword && r.place.Plain != nil && len(text) > 0 && !slices.Contains(r.place.Plain, string(text)) {
		request.Structured = true
	}
	if r.operation == streamed && slices.Contains(r.place.Asks, string(text)) {
		request.Streamed = true
	}
	if len(text) > 0 {
		r.describeKnown(request, text)
	}
}

// describeKnown adds to the description what a text that is not empty says of the conversation, the person and the language.
func (r *row) describeKnown(request *dialect.Request, text []byte) {
	switch {
	case r.operation == session && !slices.Contains(r.place.Unnamed, string(text)):
		request.Session, request.InPath = string(text), r.place.InPath
	case r.operation == person && !slices.Contains(r.place.Unnamed, string(text)):
		request.Person = string(text)
	case r.operation == spoken:
		request.Language = string(text)
	}
}

// describeScalar adds to the description what a number, boolean or null at the place says: the conversation, or whether the client asks for
// a stream.
func (r *row) describeScalar(request *dialect.Request, raw []byte) {
	switch r.operation {
	case streamed:
		request.Streamed = string(raw) == "true"
	case streamedUnlessFalse:
		request.Streamed = string(raw) != "false"
	case session:
		if string(raw) != "null" {
			request.Session, request.InPath = string(dialect.NormalizeNumber(raw)), r.place.InPath
		}
	case person:
		if id := string(dialect.NormalizeNumber(raw)); id != "null" && !slices.Contains(r.place.Unnamed, id) {
			request.Person = id
		}
	}
}
