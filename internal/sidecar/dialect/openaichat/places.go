package openaichat

import (
	"bytes"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// The places of the documents.
const (
	// unknown stands for every place that the shape of a document does not list, or lists only for the places below it, such as `tools`.
	unknown jsontext.Field = iota
	// root is the document itself.
	root
	// identifier is an identifier or a keyword of the OpenAI API.
	identifier
	// seed is the member `seed` of a request, a random number of up to 19 digits. It is not inspected: one in ten random numbers has a
	// valid Luhn check digit and could be taken for a payment card number.
	seed
	// shared is a member that all events of a stream have with the same value, such as `id`. Events that the sidecar adds have it too.
	shared

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
	// arguments is what a call passes to the function: a JSON document inside a string.
	arguments

	choices
	choice
	choiceIndex
	finish
	delta
	// sideText is the member `text` of a choice, next to `delta`: the older Completions API has it.
	sideText
	// failure is the error that ends a stream.
	failure
	// dropped is a member whose value the sidecar replaces by null: `logprobs`, which spells out the text a second time.
	dropped
	sound
	// placeCount is the number of places.
	placeCount
)

// kinds is a set of JSON kinds, one bit for each. The empty set stands for all kinds.
type kinds uint8

// newKinds returns the set of the listed kinds. A jsontext.Kind is a number from 0 to 5, and the bit with that number stands for the kind,
// so that a set fits into the eight bits of the type kinds.
func newKinds(list ...jsontext.Kind) (set kinds) {
	for _, kind := range list {
		set |= 1 << kind
	}
	return set
}

func (k kinds) match(kind jsontext.Kind) bool { return k == 0 || k&(1<<kind) != 0 }

// row describes a place.
type row struct {
	// kind and arrival are the Kind and the Arrival of every segment at the place.
	kind    dialect.Kind
	arrival dialect.Arrival
	// admits are the JSON kinds that the place may hold.
	admits kinds
	// fault is the sentence with which the sidecar refuses a value of any other JSON kind.
	fault string
	// rule is the rule for refusing a value of a JSON kind that the place may not hold. newDocument replaces zero by document.misshapen.
	rule refusal.Rule
}

// document describes a kind of document: how its places are nested, what each place holds, and how the sidecar refuses it.
type document struct {
	shape *jsontext.Node
	rows  [placeCount]row
	// names lists, for isSecondSpelling, the names of the known members of each known object. It leaves out identifiers, shared members
	// and seeds: a second spelling of these does no harm, because the sidecar inspects it as it inspects every unknown member.
	names [placeCount][][]byte
	// partMembers are the members, besides type, text and refusal, that a part of a message may have.
	partMembers []string
	// subject names the document at the beginning of refusals, for example "The body".
	subject string
	// malformed is the rule for documents that are not strict JSON. malformedRemedy says what to do.
	malformed       refusal.Rule
	malformedRemedy string
	// misshapen is the rule for strict JSON that is not a document of this kind.
	misshapen refusal.Rule
	// unreadable is the rule that refuses a part that is not text. unreadableFault is the sentence of that refusal.
	unreadable      refusal.Rule
	unreadableFault string
}

// newDocument returns d with the fields that follow from others: each row without a rule gets the rule d.misshapen, and d.names gets the
// names of the members in d.shape.
func newDocument(d document) *document {
	for i := range d.rows {
		if d.rows[i].rule == 0 {
			d.rows[i].rule = d.misshapen
		}
	}
	d.addNames(d.shape)
	return &d
}

// addNames adds the names of the members of a node, and of all nodes below it, to d.names. The sidecar refuses a second spelling of these
// names, such as Messages for messages. addNames leaves out the names of identifiers, shared members and seeds, because a second spelling of
// them does no harm (see document.names). It also leaves out the members of objects with the place unknown, because many different objects
// have that place.
func (d *document) addNames(n *jsontext.Node) {
	if n == nil {
		return
	}
	d.addNames(n.Elements)
	for name, member := range n.Members {
		isLeftOut := member.Field == identifier || member.Field == shared || member.Field == seed
		if n.Field != unknown && !isLeftOut {
			d.names[n.Field] = append(d.names[n.Field], []byte(name))
		}
		d.addNames(member)
	}
}

// isSecondSpelling reports whether name, which no node describes, differs from the name of a known member in upper and lower case only.
// Both are names of members of an object at the place parent. Some JSON readers, such as Go's encoding/json, take both for the
// known member.
func (d *document) isSecondSpelling(parent jsontext.Field, name []byte) bool {
	for _, known := range d.names[parent] {
		if bytes.EqualFold(known, name) {
			return true
		}
	}
	return false
}

// members are the known members of an object, by name.
type members = map[string]*jsontext.Node

func newLeaf(f jsontext.Field) *jsontext.Node { return &jsontext.Node{Field: f} }

var (
	anIdentifier = newLeaf(identifier)
	aShared      = newLeaf(shared)

	contentNode = &jsontext.Node{Field: content, Elements: &jsontext.Node{Field: part, Members: members{
		"type": newLeaf(partType), "text": newLeaf(partText), "refusal": newLeaf(partRefusal),
	}}}

	functionMembers = members{"name": anIdentifier, "arguments": newLeaf(arguments)}

	callsNode = &jsontext.Node{Field: calls, Elements: &jsontext.Node{Field: call, Members: members{
		"index": newLeaf(callIndex), "id": anIdentifier, "type": anIdentifier,
		"function": {Field: function, Members: functionMembers},
	}}}

	functionCallNode = &jsontext.Node{Field: functionCall, Members: functionMembers}

	// The sets of JSON kinds that places admit.
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
	misshapen: refusal.BodyShape, unreadable: refusal.PartUnreadable, unreadableFault: "A message contains a part that is not text.",
	partMembers: []string{"cache_control"},
	shape: &jsontext.Node{Field: root, Members: members{
		"model": anIdentifier, "seed": newLeaf(seed), "stream": newLeaf(streamed),
		"modalities":      {Elements: newLeaf(modality)},
		"response_format": {Members: members{"type": anIdentifier}},
		"tools": {Elements: &jsontext.Node{Members: members{
			"type": anIdentifier, "function": {Members: members{"name": anIdentifier}},
		}}},
		"messages": {Field: messages, Elements: &jsontext.Node{Field: message, Members: members{
			"role": newLeaf(role), "content": contentNode, "refusal": newLeaf(refused), "tool_call_id": anIdentifier,
			"tool_calls": callsNode, "function_call": functionCallNode,
		}}},
	}},
	rows: [placeCount]row{
		root:        {admits: object, fault: "The body is not an object."},
		messages:    {admits: array, fault: "The messages are not a list."},
		message:     {admits: object, fault: "A message is not an object."},
		content:     {kind: dialect.Prose, admits: textOrParts, fault: "The content of a message is neither a text nor a list of parts."},
		part:        {admits: object, fault: "A part of a message is not an object."},
		role:        {kind: dialect.Identifier, admits: text, fault: notAKeyword},
		partType:    {kind: dialect.Identifier, admits: text, fault: notAKeyword},
		modality:    {admits: text, fault: notAKeyword},
		streamed:    {admits: newKinds(jsontext.Boolean, jsontext.Null), fault: "The member stream is not a boolean."},
		identifier:  {kind: dialect.Identifier},
		partText:    {kind: dialect.Prose},
		partRefusal: {kind: dialect.Prose},
		refused:     {kind: dialect.Decline},
	},
})

// Sentences of refusals: what is wrong with a value, and what to do.
const (
	notAKeyword    = "A role, type or modality is not a string."
	notAList       = "The choices are not a list."
	notAnEvent     = "An event, choice or tool call is not an object."
	notContent     = "The content of an event is not a text."
	notAnIndex     = "An index is not a number."
	notAText       = "The refusal or the arguments in an event are not a text."
	hasSound       = "The answer contains sound."
	hasOtherPart   = "The answer contains a part that is not text."
	sendStrictJSON = "The developer of the chatbot or model service must send strict JSON: UTF-8, without duplicate member names and without data after the end."
)

// answers describes an answer that is not streamed.
var answers = newDocument(document{
	subject: "The answer", malformed: refusal.AnswerMalformed, malformedRemedy: sendStrictJSON,
	misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadableFault: hasOtherPart,
	shape: &jsontext.Node{Field: root, Members: members{
		"id": anIdentifier, "object": anIdentifier, "model": anIdentifier, "system_fingerprint": anIdentifier, "service_tier": anIdentifier, "created": anIdentifier,
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": anIdentifier, "finish_reason": anIdentifier, "logprobs": newLeaf(dropped),
			"message": {Field: message, Members: members{
				"role": anIdentifier, "content": contentNode, "refusal": newLeaf(refused),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [placeCount]row{
		root:        {admits: object, fault: "The answer is not an object."},
		content:     {kind: dialect.Prose, admits: textOrParts, fault: "The content of the answer is neither a text nor a list of parts."},
		part:        {admits: object, fault: "The content of the answer is neither a text nor a list of parts."},
		choices:     {admits: array, fault: notAList},
		sound:       {admits: newKinds(jsontext.Null), fault: hasSound, rule: refusal.AnswerUnreadable},
		identifier:  {kind: dialect.Identifier},
		partType:    {kind: dialect.Identifier},
		partText:    {kind: dialect.Prose},
		partRefusal: {kind: dialect.Prose},
		refused:     {kind: dialect.Decline},
	},
})

// events describes an event of a streamed answer.
var events = newDocument(document{
	subject: "An event of the answer", malformed: refusal.AnswerMalformed, malformedRemedy: sendStrictJSON,
	misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadableFault: hasOtherPart,
	shape: &jsontext.Node{Field: root, Members: members{
		"id": aShared, "object": aShared, "created": aShared, "model": aShared, "system_fingerprint": aShared, "service_tier": aShared,
		"error": newLeaf(failure),
		"choices": {Field: choices, Elements: &jsontext.Node{Field: choice, Members: members{
			"index": newLeaf(choiceIndex), "finish_reason": newLeaf(finish), "logprobs": newLeaf(dropped), "text": newLeaf(sideText),
			"delta": {Field: delta, Members: members{
				"role": anIdentifier, "content": newLeaf(content), "refusal": newLeaf(refused),
				"tool_calls": callsNode, "function_call": functionCallNode, "audio": newLeaf(sound),
			}},
		}}},
	}},
	rows: [placeCount]row{
		root:        {admits: object, fault: notAnEvent},
		choice:      {admits: object, fault: notAnEvent},
		call:        {admits: object, fault: notAnEvent},
		delta:       {admits: newKinds(jsontext.Object, jsontext.Null), fault: notAnEvent},
		choices:     {admits: array, fault: notAList},
		content:     {kind: dialect.Prose, arrival: dialect.InPieces, admits: textOrNull, fault: notContent},
		sideText:    {arrival: dialect.InPieces, admits: textOrNull, fault: notContent},
		refused:     {kind: dialect.Decline, arrival: dialect.InPieces, admits: textOrNull, fault: notAText},
		arguments:   {arrival: dialect.InPieces, admits: textOrObject, fault: notAText},
		choiceIndex: {arrival: dialect.Repeated, admits: newKinds(jsontext.Number), fault: notAnIndex},
		callIndex:   {arrival: dialect.Repeated, admits: newKinds(jsontext.Number), fault: notAnIndex},
		sound:       {admits: newKinds(jsontext.Null), fault: hasSound, rule: refusal.AnswerUnreadable},
		identifier:  {kind: dialect.Identifier, arrival: dialect.Repeated},
		shared:      {kind: dialect.Identifier, arrival: dialect.Repeated},
		finish:      {kind: dialect.Identifier, arrival: dialect.Repeated},
	},
})
