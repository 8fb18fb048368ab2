package openaichat

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// The places of the documents. Place 0 is unknown.
const (
	unknown jsontext.Field = iota
	root
	// word is an identifier or a keyword of the OpenAI API.
	word
	// number is a time or a seed, which is not inspected.
	number
	// head is a member that all events of one stream share: the events that the sidecar adds repeat it.
	head

	messages
	message
	role
	content
	part
	partType
	partText
	declined
	streamed
	modality

	// calls is a list of tool calls, call one of them, functionCall the older form.
	calls
	call
	callIndex
	function
	functionCall
	// arguments is a JSON document inside a string.
	arguments

	choices
	choice
	choiceIndex
	finish
	delta
	// sideText is a text next to the delta, as in the older completions interface.
	sideText
	// failure is the error that an answer or a stream ends with.
	failure
	dropped
	sound
	places
)

// kinds is a set of JSON kinds; the empty set admits all.
type kinds uint8

func newKinds(list ...jsontext.Kind) (set kinds) {
	for _, kind := range list {
		set |= 1 << kind
	}
	return set
}

func (k kinds) match(kind jsontext.Kind) bool { return k == 0 || k&(1<<kind) != 0 }

// row describes a place.
type row struct {
	kind   dialect.Kind
	growth dialect.Growth
	// admits are the JSON kinds that the place may hold. Other kinds are refused under rule, with fault as the message.
	admits kinds
	rule   refusal.Rule
	fault  string
}

// document is one kind of document: how its places are nested, and a row for each.
type document struct {
	shape *jsontext.Node
	rows  [places]row
	// malformed is the rule of the refusal of a body that is not strict JSON.
	malformed refusal.Rule
	// unreadable is the rule of the refusal of a part that is not text; partFault is the message.
	unreadable refusal.Rule
	partFault  string
	// partMembers are further members that a part may have.
	partMembers []string
}

type members = map[string]*jsontext.Node

func newLeaf(f jsontext.Field) *jsontext.Node { return &jsontext.Node{Field: f} }

var (
	aWord = newLeaf(word)
	aHead = newLeaf(head)

	contentNode = &jsontext.Node{Field: content, Elements: &jsontext.Node{Field: part, Members: members{
		"type": newLeaf(partType), "text": newLeaf(partText), "refusal": newLeaf(partText),
	}}}

	functionMembers = members{"name": aWord, "arguments": newLeaf(arguments)}

	callsNode = &jsontext.Node{Field: calls, Elements: &jsontext.Node{Field: call, Members: members{
		"index": newLeaf(callIndex), "id": aWord, "type": aWord,
		"function": {Field: function, Members: functionMembers},
	}}}

	functionCallNode = &jsontext.Node{Field: functionCall, Members: functionMembers}
)

// requests describes a request.
var requests = &document{
	malformed: refusal.BodyMalformed, unreadable: refusal.PartUnreadable, partFault: "A message contains a part that is not text.",
	partMembers: []string{"cache_control"},
	shape: &jsontext.Node{Field: root, Members: members{
		"model": aWord, "seed": newLeaf(number), "stream": newLeaf(streamed),
		"modalities":      {Elements: newLeaf(modality)},
		"response_format": {Members: members{"type": aWord}},
		"tools": {Elements: &jsontext.Node{Members: members{
			"type": aWord, "function": {Members: members{"name": aWord}},
		}}},
		"messages": {Field: messages, Elements: &jsontext.Node{Field: message, Members: members{
			"role": newLeaf(role), "content": contentNode, "refusal": newLeaf(declined), "tool_call_id": aWord,
			"tool_calls": callsNode, "function_call": functionCallNode,
		}}},
	}},
	rows: [places]row{
		root:     {admits: newKinds(jsontext.Object), rule: refusal.BodyShape, fault: "The body is not an object."},
		messages: {admits: newKinds(jsontext.Array), rule: refusal.BodyShape, fault: "The messages are not a list."},
		message:  {admits: newKinds(jsontext.Object), rule: refusal.BodyShape, fault: "A message is not an object."},
		content: {
			kind: dialect.Prose, admits: newKinds(jsontext.String, jsontext.Array, jsontext.Null), rule: refusal.BodyShape,
			fault: "The content of a message is neither a text nor a list of parts.",
		},
		part:     {admits: newKinds(jsontext.Object), rule: refusal.BodyShape, fault: "A part of a message is not an object."},
		role:     {kind: dialect.Word, admits: newKinds(jsontext.String), rule: refusal.BodyShape, fault: "A role, type or modality is not a string."},
		partType: {kind: dialect.Word, admits: newKinds(jsontext.String), rule: refusal.BodyShape, fault: "A role, type or modality is not a string."},
		modality: {admits: newKinds(jsontext.String), rule: refusal.BodyShape, fault: "A role, type or modality is not a string."},
		streamed: {admits: newKinds(jsontext.Boolean, jsontext.Null), rule: refusal.BodyShape, fault: "The member stream is not a boolean."},
		word:     {kind: dialect.Word},
		partText: {kind: dialect.Prose},
		declined: {kind: dialect.Decline},
	},
}

// answers describes an answer that is not streamed.
var answers = &document{
	malformed: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, partFault: "The answer contains a part that is not text.",
	shape: &jsontext.Node{Field: root, Members: members{
		"id": aWord, "object": aWord, "model": aWord, "system_fingerprint": aWord, "service_tier": aWord, "created": newLeaf(number),
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": newLeaf(number), "finish_reason": aWord, "logprobs": newLeaf(dropped),
			"message": {Field: message, Members: members{
				"role": aWord, "content": contentNode, "refusal": newLeaf(declined),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [places]row{
		root: {admits: newKinds(jsontext.Object), rule: refusal.AnswerMalformed, fault: "The answer is not an object."},
		content: {
			kind: dialect.Prose, admits: newKinds(jsontext.String, jsontext.Array, jsontext.Null), rule: refusal.AnswerMalformed,
			fault: "The content of the answer is neither a text nor a list of parts.",
		},
		part: {
			admits: newKinds(jsontext.Object), rule: refusal.AnswerMalformed,
			fault: "The content of the answer is neither a text nor a list of parts.",
		},
		choices:  {admits: newKinds(jsontext.Array), rule: refusal.AnswerMalformed, fault: "The choices are not a list."},
		sound:    {admits: newKinds(jsontext.Null), rule: refusal.AnswerUnreadable, fault: "The answer holds sound."},
		word:     {kind: dialect.Word},
		partType: {kind: dialect.Word},
		partText: {kind: dialect.Prose},
		declined: {kind: dialect.Decline},
	},
}

const (
	notAnEvent = "An event, choice or tool call is not an object."
	notContent = "The content of an event is not a text."
	notAnIndex = "An index is not a number."
)

// events describes one event of a streamed answer.
var events = &document{
	malformed: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, partFault: "The answer contains a part that is not text.",
	shape: &jsontext.Node{Field: root, Members: members{
		"id": aHead, "object": aHead, "created": aHead, "model": aHead, "system_fingerprint": aHead, "service_tier": aHead,
		"error": newLeaf(failure),
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": newLeaf(choiceIndex), "finish_reason": newLeaf(finish), "logprobs": newLeaf(dropped), "text": newLeaf(sideText),
			"delta": {Field: delta, Members: members{
				"role": aWord, "content": newLeaf(content), "refusal": newLeaf(declined),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [places]row{
		root:        {admits: newKinds(jsontext.Object), rule: refusal.AnswerMalformed, fault: notAnEvent},
		choice:      {admits: newKinds(jsontext.Object), rule: refusal.AnswerMalformed, fault: notAnEvent},
		call:        {admits: newKinds(jsontext.Object), rule: refusal.AnswerMalformed, fault: notAnEvent},
		delta:       {admits: newKinds(jsontext.Object, jsontext.Null), rule: refusal.AnswerMalformed, fault: notAnEvent},
		choices:     {admits: newKinds(jsontext.Array), rule: refusal.AnswerMalformed, fault: "The choices are not a list."},
		content:     {kind: dialect.Prose, growth: dialect.Appends, admits: newKinds(jsontext.String, jsontext.Null), rule: refusal.AnswerMalformed, fault: notContent},
		sideText:    {growth: dialect.Appends, admits: newKinds(jsontext.String, jsontext.Null), rule: refusal.AnswerMalformed, fault: notContent},
		declined:    {kind: dialect.Decline, growth: dialect.Appends},
		arguments:   {growth: dialect.Appends},
		choiceIndex: {growth: dialect.Repeats, admits: newKinds(jsontext.Number), rule: refusal.AnswerMalformed, fault: notAnIndex},
		callIndex:   {growth: dialect.Repeats, admits: newKinds(jsontext.Number), rule: refusal.AnswerMalformed, fault: notAnIndex},
		sound:       {admits: newKinds(jsontext.Null), rule: refusal.AnswerUnreadable, fault: "The answer holds sound."},
		word:        {kind: dialect.Word, growth: dialect.Repeats},
		head:        {kind: dialect.Word, growth: dialect.Repeats},
		finish:      {kind: dialect.Word, growth: dialect.Repeats},
	},
}
