package openaichat

import (
	"bytes"

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
	// seed is a random number of up to 19 digits. It is not inspected: one seed in ten has a valid Luhn check digit.
	seed
	// head is a member that all events of one stream share: the events that the sidecar adds repeat it.
	head

	messages
	message
	role
	content
	part
	partType
	partText
	partRefusal
	// refused is the `refusal` of a message: what people read instead of the content.
	refused
	streamed
	modality

	// calls is a list of tool calls, call is a tool call, functionCall is the older form of a call.
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
	// sideText is a text next to the delta, as in the older completions API.
	sideText
	// failure is the error that an answer or a stream ends with.
	failure
	// dropped is a member that is replaced by null.
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
	// admits are the JSON kinds that the place may hold.
	admits kinds
	// fault is the message of the refusal of other kinds, and rule its rule; zero means document.misshapen.
	fault string
	rule  refusal.Rule
}

// document describes a kind of document: how its places are nested, a row for each place, and how it is refused.
type document struct {
	shape *jsontext.Node
	rows  [places]row
	// names lists the names of the members of an object, by its place. It does not list words, heads and seeds.
	names [places][][]byte
	// partMembers are the members, besides type, text and refusal, that a part of a message may have.
	partMembers []string
	// subject begins the messages of refusals, for example "The body".
	subject string
	// malformed is the rule of the refusal of a document that is not strict JSON; malformedRemedy says what to do.
	malformed       refusal.Rule
	malformedRemedy string
	// misshapen is the rule of the refusal of strict JSON that is not a document of this kind.
	misshapen refusal.Rule
	// unreadable is the rule of the refusal of a part that is not text; unreadablePart is its message.
	unreadable     refusal.Rule
	unreadablePart string
}

// newDocument completes the description of a document: the default rule of its rows and the names of its members.
func newDocument(d document) *document {
	for i := range d.rows {
		if d.rows[i].rule == 0 {
			d.rows[i].rule = d.misshapen
		}
	}
	d.addNames(d.shape)
	return &d
}

// addNames adds the names of the members below a node.
func (d *document) addNames(n *jsontext.Node) {
	if n == nil {
		return
	}
	d.addNames(n.Elements)
	for name, member := range n.Members {
		switch member.Field {
		case word, head, seed:
		default:
			d.names[n.Field] = append(d.names[n.Field], []byte(name))
		}
		d.addNames(member)
	}
}

// isSecondSpelling reports whether an unknown member of an object differs from a known one in upper and lower case only. Some
// readers, such as Go's encoding/json, take both for the known member.
func (d *document) isSecondSpelling(object jsontext.Field, name []byte) bool {
	for _, known := range d.names[object] {
		if bytes.EqualFold(known, name) {
			return true
		}
	}
	return false
}

type members = map[string]*jsontext.Node

func newLeaf(f jsontext.Field) *jsontext.Node { return &jsontext.Node{Field: f} }

var (
	aWord = newLeaf(word)
	aHead = newLeaf(head)

	contentNode = &jsontext.Node{Field: content, Elements: &jsontext.Node{Field: part, Members: members{
		"type": newLeaf(partType), "text": newLeaf(partText), "refusal": newLeaf(partRefusal),
	}}}

	functionMembers = members{"name": aWord, "arguments": newLeaf(arguments)}

	callsNode = &jsontext.Node{Field: calls, Elements: &jsontext.Node{Field: call, Members: members{
		"index": newLeaf(callIndex), "id": aWord, "type": aWord,
		"function": {Field: function, Members: functionMembers},
	}}}

	functionCallNode = &jsontext.Node{Field: functionCall, Members: functionMembers}

	object       = newKinds(jsontext.Object)
	array        = newKinds(jsontext.Array)
	text         = newKinds(jsontext.String)
	textOrNull   = newKinds(jsontext.String, jsontext.Null)
	textOrParts  = newKinds(jsontext.String, jsontext.Array, jsontext.Null)
	textOrObject = newKinds(jsontext.String, jsontext.Object, jsontext.Null)
)

// requests describes a request.
var requests = newDocument(document{
	subject: "The body", malformed: refusal.BodyMalformed, malformedRemedy: refusal.New(refusal.BodyMalformed).Remedy,
	misshapen: refusal.BodyShape, unreadable: refusal.PartUnreadable, unreadablePart: "A message contains a part that is not text.",
	partMembers: []string{"cache_control"},
	shape: &jsontext.Node{Field: root, Members: members{
		"model": aWord, "seed": newLeaf(seed), "stream": newLeaf(streamed),
		"modalities":      {Elements: newLeaf(modality)},
		"response_format": {Members: members{"type": aWord}},
		"tools": {Elements: &jsontext.Node{Members: members{
			"type": aWord, "function": {Members: members{"name": aWord}},
		}}},
		"messages": {Field: messages, Elements: &jsontext.Node{Field: message, Members: members{
			"role": newLeaf(role), "content": contentNode, "refusal": newLeaf(refused), "tool_call_id": aWord,
			"tool_calls": callsNode, "function_call": functionCallNode,
		}}},
	}},
	rows: [places]row{
		root:        {admits: object, fault: "The body is not an object."},
		messages:    {admits: array, fault: "The messages are not a list."},
		message:     {admits: object, fault: "A message is not an object."},
		content:     {kind: dialect.Prose, admits: textOrParts, fault: "The content of a message is neither a text nor a list of parts."},
		part:        {admits: object, fault: "A part of a message is not an object."},
		role:        {kind: dialect.Word, admits: text, fault: notAKeyword},
		partType:    {kind: dialect.Word, admits: text, fault: notAKeyword},
		modality:    {admits: text, fault: notAKeyword},
		streamed:    {admits: newKinds(jsontext.Boolean, jsontext.Null), fault: "The member stream is not a boolean."},
		word:        {kind: dialect.Word},
		partText:    {kind: dialect.Prose},
		partRefusal: {kind: dialect.Prose},
		refused:     {kind: dialect.Decline},
	},
})

const (
	notAKeyword  = "A role, type or modality is not a string."
	notAList     = "The choices are not a list."
	notAnEvent   = "An event, choice or tool call is not an object."
	notContent   = "The content of an event is not a text."
	notAnIndex   = "An index is not a number."
	notAText     = "The refusal or the arguments in an event are not a text."
	holdsSound   = "The answer contains sound."
	holdsUnknown = "The answer contains a part that is not text."
	answerStrict = "The developer of the chatbot or model service must send strict JSON: UTF-8, without duplicate member names and without data after the end."
)

// answers describes an answer that is not streamed.
var answers = newDocument(document{
	subject: "The answer", malformed: refusal.AnswerMalformed, malformedRemedy: answerStrict,
	misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadablePart: holdsUnknown,
	shape: &jsontext.Node{Field: root, Members: members{
		"id": aWord, "object": aWord, "model": aWord, "system_fingerprint": aWord, "service_tier": aWord, "created": aWord,
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": aWord, "finish_reason": aWord, "logprobs": newLeaf(dropped),
			"message": {Field: message, Members: members{
				"role": aWord, "content": contentNode, "refusal": newLeaf(refused),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [places]row{
		root:        {admits: object, fault: "The answer is not an object."},
		content:     {kind: dialect.Prose, admits: textOrParts, fault: "The content of the answer is neither a text nor a list of parts."},
		part:        {admits: object, fault: "The content of the answer is neither a text nor a list of parts."},
		choices:     {admits: array, fault: notAList},
		sound:       {admits: newKinds(jsontext.Null), fault: holdsSound, rule: refusal.AnswerUnreadable},
		word:        {kind: dialect.Word},
		partType:    {kind: dialect.Word},
		partText:    {kind: dialect.Prose},
		partRefusal: {kind: dialect.Prose},
		refused:     {kind: dialect.Decline},
	},
})

// events describes an event of a streamed answer.
var events = newDocument(document{
	subject: "An event of the answer", malformed: refusal.AnswerMalformed, malformedRemedy: answerStrict,
	misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadablePart: holdsUnknown,
	shape: &jsontext.Node{Field: root, Members: members{
		"id": aHead, "object": aHead, "created": aHead, "model": aHead, "system_fingerprint": aHead, "service_tier": aHead,
		"error": newLeaf(failure),
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": newLeaf(choiceIndex), "finish_reason": newLeaf(finish), "logprobs": newLeaf(dropped), "text": newLeaf(sideText),
			"delta": {Field: delta, Members: members{
				"role": aWord, "content": newLeaf(content), "refusal": newLeaf(refused),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [places]row{
		root:        {admits: object, fault: notAnEvent},
		choice:      {admits: object, fault: notAnEvent},
		call:        {admits: object, fault: notAnEvent},
		delta:       {admits: newKinds(jsontext.Object, jsontext.Null), fault: notAnEvent},
		choices:     {admits: array, fault: notAList},
		content:     {kind: dialect.Prose, growth: dialect.Appends, admits: textOrNull, fault: notContent},
		sideText:    {growth: dialect.Appends, admits: textOrNull, fault: notContent},
		refused:     {kind: dialect.Decline, growth: dialect.Appends, admits: textOrNull, fault: notAText},
		arguments:   {growth: dialect.Appends, admits: textOrObject, fault: notAText},
		choiceIndex: {growth: dialect.Repeats, admits: newKinds(jsontext.Number), fault: notAnIndex},
		callIndex:   {growth: dialect.Repeats, admits: newKinds(jsontext.Number), fault: notAnIndex},
		sound:       {admits: newKinds(jsontext.Null), fault: holdsSound, rule: refusal.AnswerUnreadable},
		word:        {kind: dialect.Word, growth: dialect.Repeats},
		head:        {kind: dialect.Word, growth: dialect.Repeats},
		finish:      {kind: dialect.Word, growth: dialect.Repeats},
	},
})
