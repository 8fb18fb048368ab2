package openai

import "github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"

// The places of the documents that are not just text.
const (
	// fieldRoot is the document.
	fieldRoot jsontext.Field = iota + 1
	// fieldToken is an identifier or a word of the interface, which is not inspected when it looks like one.
	fieldToken
	// fieldNumber is a number that is not inspected: a time, a seed.
	fieldNumber
	// fieldHead is a member that all events of one stream share: its name is repeated in the events that we make.
	fieldHead

	fieldMessages
	fieldMessage
	fieldRole
	fieldContent
	fieldPart
	fieldPartType
	fieldPartText
	fieldStream
	fieldModality

	// fieldCalls is a list of tool calls, fieldCall one of them.
	fieldCalls
	fieldCall
	fieldCallIndex
	fieldFunction
	// fieldFunctionCall is the older form of a tool call.
	fieldFunctionCall
	// fieldArguments is a JSON document inside a string.
	fieldArguments

	fieldChoices
	fieldChoice
	fieldChoiceIndex
	fieldFinish
	fieldDelta
	// fieldGrowing is the content of a delta.
	fieldGrowing
	// fieldRefusal is the text of an answer that declines.
	fieldRefusal
	// fieldBeside is a text that grows next to the delta, as in the older completions interface.
	fieldBeside
	// fieldError is the error that a stream ends with.
	fieldError
	// fieldDropped is taken out.
	fieldDropped
	// fieldSound is refused.
	fieldSound
)

type members = map[string]*jsontext.Node

func leaf(f jsontext.Field) *jsontext.Node { return &jsontext.Node{Field: f} }

var (
	token = leaf(fieldToken)
	head  = leaf(fieldHead)

	content = &jsontext.Node{Field: fieldContent, Elements: &jsontext.Node{Field: fieldPart, Members: members{
		"type": leaf(fieldPartType), "text": leaf(fieldPartText), "refusal": leaf(fieldPartText),
	}}}

	function = members{"name": token, "arguments": leaf(fieldArguments)}

	calls = &jsontext.Node{Field: fieldCalls, Elements: &jsontext.Node{Field: fieldCall, Members: members{
		"index": leaf(fieldCallIndex), "id": token, "type": token,
		"function": {Field: fieldFunction, Members: function},
	}}}

	functionCall = &jsontext.Node{Field: fieldFunctionCall, Members: function}
)

// requestShape describes a request.
var requestShape = &jsontext.Node{Field: fieldRoot, Members: members{
	"model":      token,
	"seed":       leaf(fieldNumber),
	"stream":     leaf(fieldStream),
	"modalities": {Elements: leaf(fieldModality)},
	"response_format": {Members: members{
		"type": token,
	}},
	"tools": {Elements: &jsontext.Node{Members: members{
		"type": token, "function": {Members: members{"name": token}},
	}}},
	"messages": {Field: fieldMessages, Elements: &jsontext.Node{Field: fieldMessage, Members: members{
		"role": leaf(fieldRole), "content": content, "refusal": leaf(fieldRefusal), "tool_call_id": token,
		"tool_calls": calls, "function_call": functionCall,
	}}},
}}

// answerShape describes an answer that is not streamed.
var answerShape = &jsontext.Node{Field: fieldRoot, Members: members{
	"id": token, "object": token, "model": token, "system_fingerprint": token, "service_tier": token,
	"created": leaf(fieldNumber),
	"choices": {Field: fieldChoices, Elements: &jsontext.Node{Field: fieldChoice, Members: members{
		"index": leaf(fieldNumber), "finish_reason": token, "logprobs": leaf(fieldDropped),
		"message": {Field: fieldMessage, Members: members{
			"role": token, "content": content, "refusal": leaf(fieldRefusal), "tool_calls": calls, "function_call": functionCall, "audio": leaf(fieldSound),
		}},
	}}},
}}

// eventShape describes one event of a streamed answer.
var eventShape = &jsontext.Node{Field: fieldRoot, Members: members{
	"id": head, "object": head, "created": head, "model": head, "system_fingerprint": head, "service_tier": head,
	"error": leaf(fieldError),
	"choices": {Field: fieldChoices, Elements: &jsontext.Node{Field: fieldChoice, Members: members{
		"index": leaf(fieldChoiceIndex), "finish_reason": leaf(fieldFinish), "logprobs": leaf(fieldDropped),
		"text": leaf(fieldBeside),
		"delta": {Field: fieldDelta, Members: members{
			"role": token, "content": leaf(fieldGrowing), "refusal": leaf(fieldRefusal), "tool_calls": calls, "function_call": functionCall,
			"audio": leaf(fieldSound),
		}},
	}}},
}}

// maxToken is the longest identifier that is taken for one.
const maxToken = 128

// tokenBytes may stand in identifiers and words of the interface.
var tokenBytes = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-" {
		t[c] = true
	}
	return t
}()

func isToken(text []byte) bool {
	if len(text) > maxToken {
		return false
	}
	for _, c := range text {
		if !tokenBytes[c] {
			return false
		}
	}
	return true
}
