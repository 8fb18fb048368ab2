package openai

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// Request is what the filters need to know of a request.
type Request struct {
	// Streamed: the client asks for a streamed answer.
	Streamed bool
	// Disclosed: an answer in the history of the conversation holds one of the codec's statements, so that a person has seen
	// it. Greetings and examples that a client puts there do not, nor do turns that only call tools.
	Disclosed bool
	// Messages is how many messages it holds, at least one.
	Messages int
}

// Request checks and redacts a request and appends it to dst. The error is a *Refused; nothing may be passed on then. Finds
// are added to counts.
func (c *Codec) Request(dst, body []byte, counts *redact.Counts) ([]byte, Request, error) {
	v := &requestVisitor{inspector: inspector{set: c.set, counts: counts}, statements: c.statements}
	dst, err := jsontext.Rewrite(dst, body, requestShape, v)
	if err != nil {
		return dst, Request{}, malformed(RuleBodyMalformed, err)
	}
	if v.seen.Messages == 0 {
		return dst, Request{}, notARequest("The body has no messages.")
	}
	v.endMessage()
	return dst, v.seen, nil
}

// maxLook is how much of a message is searched for a statement; it stands at the beginning.
const maxLook = 8 << 10

type requestVisitor struct {
	inspector
	statements [][]byte
	seen       Request
	message    seenMessage
}

// seenMessage is what was read of one message; its members come in any order.
type seenMessage struct {
	fromAssistant, callsTool, states bool
}

// endMessage takes account of the message that was read last.
func (v *requestVisitor) endMessage() {
	m := v.message
	v.seen.Disclosed = v.seen.Disclosed || m.fromAssistant && m.states && !m.callsTool
	v.message = seenMessage{}
}

// holdsStatement reports whether a text begins with a disclosure, as the answers do that it was put in front of.
func (v *requestVisitor) holdsStatement(text []byte) bool {
	text = text[:min(len(text), maxLook)]
	return slices.ContainsFunc(v.statements, func(s []byte) bool { return bytes.Contains(text, s) })
}

// Value checks the kinds of the places that the interface knows.
func (v *requestVisitor) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	switch p.Field {
	case fieldRoot:
		return must(kind == jsontext.Object, "The body is not an object.")
	case fieldMessages:
		return must(kind == jsontext.Array, "The messages are not a list.")
	case fieldMessage:
		v.endMessage()
		v.seen.Messages++
		return must(kind == jsontext.Object, "A message is not an object.")
	case fieldContent:
		return must(contentKind(kind), "The content of a message is neither a text nor a list of parts.")
	case fieldPart:
		return must(kind == jsontext.Object, "A part of a message is not an object.")
	case fieldCall, fieldFunctionCall:
		v.message.callsTool = v.message.callsTool || kind == jsontext.Object
	case fieldRole, fieldPartType, fieldModality:
		return must(kind == jsontext.String, "A role, type or modality is not a string.")
	case fieldStream:
		return must(kind == jsontext.Boolean || kind == jsontext.Null, "The member stream is not a boolean.")
	}
	return true, nil
}

func must(holds bool, what string) (bool, error) {
	if !holds {
		return false, notARequest(what)
	}
	return true, nil
}

// Key refuses parts that are not text, and personal data in names.
func (v *requestVisitor) Key(p *jsontext.Place, name []byte) error {
	if p.Parent == fieldPart && string(name) != "cache_control" {
		return unreadable(RulePartUnreadable, "A message holds a part that is not text.")
	}
	return v.inspector.Key(p, name)
}

// Text inspects a text and notes what the filters need to know.
func (v *requestVisitor) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	switch p.Field {
	case fieldRole:
		v.message.fromAssistant = string(text) == "assistant"
	case fieldContent, fieldPartText, fieldRefusal:
		v.message.states = v.message.states || v.holdsStatement(text)
	case fieldPartType:
		if !readable(text) {
			return dst, false, unreadable(RulePartUnreadable, "A message holds a part that is not text.")
		}
	case fieldModality:
		if string(text) != "text" {
			return dst, false, unreadable(RulePartUnreadable, "The request asks for an answer that is not text.")
		}
	}
	out, changed := v.text(p, dst, text)
	return out, changed, nil
}

// Scalar notes whether a stream is wanted, and inspects long numbers.
func (v *requestVisitor) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field == fieldStream {
		v.seen.Streamed = string(raw) == "true"
	}
	return v.inspector.Scalar(p, raw)
}
