package shape

import "encoding/json"

// Shape is a wire format.
type Shape struct {
	// Name is what a declaration names, for example `openai-chat`.
	Name string `json:"shape"`
	// Title names the API in sentences, after "the": `OpenAI API`.
	Title string `json:"title"`
	// Revision is 1 or more. It is raised whenever the meaning of the shape changes.
	Revision int `json:"revision"`
	// Evidence says how the wire format became known.
	Evidence Evidence `json:"evidence"`
	// Limits are sentences that say what the shape does not read. They are for people.
	Limits []string `json:"limits,omitempty"`
	// Side is SidePorts or SideProcessors if a declaration can use the shape only there; "" if it can use it for both.
	Side string `json:"side,omitempty"`
	// Parameters are the names and default values of the variables ${name} in routes and selectors.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Signature says how messages to the app are signed; nil if they are not.
	Signature *Signature `json:"signature,omitempty"`
	// RequestBytes and AnswerBytes are the longest body of a request, and of an answer that is not streamed, unless the declaration sets
	// spec.limits: for APIs whose usual bodies are longer than the limits of the sidecar. 0 means these. The memory of the sidecar bounds
	// both.
	RequestBytes int `json:"requestBytes,omitempty"`
	AnswerBytes  int `json:"answerBytes,omitempty"`
	// Routes are the requests that the API has. The first one that matches a request holds.
	Routes []Route `json:"routes"`
	// Request, Answer and Stream are the documents of routes that name no others. A shape without Stream reads no streams.
	Request Document `json:"request"`
	Answer  Document `json:"answer"`
	Stream  Stream   `json:"stream,omitzero"`
	// Requests, Answers and Streams are further documents, by the names that routes use.
	Requests map[string]Document `json:"requests,omitempty"`
	Answers  map[string]Document `json:"answers,omitempty"`
	Streams  map[string]Stream   `json:"streams,omitempty"`
	// Model is where calls name the model: a member such as `$.model`, or the variable `{model}` of the path; "" if they name none. It is compared
	// with the declared model.
	Model string `json:"model,omitempty"`
	// Egress says what the sidecar sees to in calls of models, apart from their texts.
	Egress []Egress `json:"egress,omitempty"`
	// Refusal says how the API refuses.
	Refusal Refusal `json:"refusal"`
	// Say describes an answer with a text of the sidecar; nil if the sidecar says nothing in this format.
	Say *Say `json:"say,omitempty"`
	// Says are further answers with a text of the sidecar, by the names that routes use.
	Says map[string]Say `json:"says,omitempty"`
	// Examples are documents with the texts that are found in them, and what they become if the detectors for e-mail addresses, telephone
	// numbers, payment cards and IBANs are on. A test runs them.
	Examples []Example `json:"examples"`
	// isBare means that the shape needs no name of its own, no evidence and no examples (LoadBare).
	isBare bool
	// isChecked means that the shape has no fault with the default values of its parameters.
	isChecked bool
	// isTooLarge means that the shape has more text than maxText, so that some of its variables are left.
	isTooLarge bool
}

// The values of Shape.Side.
const (
	// SidePorts is for the ports on which people chat. Programs that call models do not speak these formats.
	SidePorts = "ports"
	// SideProcessors is for calls of models. No answer in such a format shows a person what the sidecar has to say.
	SideProcessors = "processors"
)

// Evidence says how the wire format became known.
type Evidence struct {
	// Source names the document or the source code that was read.
	Source string `json:"source"`
	// URL is the address of the source; "" if it has none.
	URL string `json:"url,omitempty"`
	// Read is the day on which the source was read, as 2006-01-02.
	Read string `json:"read"`
	// Sureness is A for the maker's own source code or schema, B for documentation or older source code, C for general knowledge.
	Sureness string `json:"sureness"`
	// Versions says which versions of the API the shape was read from.
	Versions string `json:"versions"`
}

// Document describes a request, an answer or the events of a stream. A text at a place that is not listed is inspected too: Places lists
// only what needs more than that.
type Document struct {
	// Fields says where the fields of a request are, if it is not JSON: FieldsInForm, FieldsInParts or FieldsInQuery. The fields are the members of
	// the document. A name that stands there several times is a list.
	Fields string `json:"fields,omitempty"`
	// Files lists the fields of a FieldsInParts that are files, AnyValue for all. They pass unread.
	Files List `json:"files,omitempty"`
	// Documents lists the fields whose text is a JSON document. Its members have places below that of the field.
	Documents List `json:"documents,omitempty"`
	// Repeats means that requests repeat the conversation although they also name it with a Session. Requests that name none, and tell the
	// messages of the chatbot from those of the person, repeat it anyway.
	Repeats bool `json:"repeats,omitempty"`
	// DisclosesOnce means that each conversation that requests name with a Session belongs to one person, whose client keeps the answers on
	// the screen, so that the statement stands in the first answer only. Otherwise each answer to a request that does not repeat the
	// conversation begins with the statement.
	DisclosesOnce bool `json:"disclosesOnce,omitempty"`
	// Places are the places of the document that need more than that their texts are inspected.
	Places []Place `json:"places"`
	// Statement describes, for requests of routes with UseReply, the request with which the sidecar sends the statement.
	Statement *Statement `json:"statement,omitempty"`
	// Needs lists members of which every answer, or every event of a stream, has one that is not null. An answer without any of them is in
	// another format, in which no statement could be shown. Error responses of the app need none.
	Needs []string `json:"needs,omitempty"`
	// NeedsFault is the sentence that refuses an answer or event that has none of the places in Needs.
	NeedsFault string `json:"needsFault,omitempty"`
	// Conversation lists members of an answer, or of the events of a stream, with what identifies the conversation that the request has
	// begun or continued. In the answer of a messaging service it is the conversation to which the message went, under the name that the service
	// gives it, and in that of an app to such a service the one to which the answer is a message. In a socket, each conversation that its events name has answers, and a statement, of its own.
	Conversation Selectors `json:"conversation,omitempty"`
	// Texts lists media types of answers that a messaging service shows to the person as they are, as one text. It is for turns with
	// answersElsewhere, as XML is.
	Texts List `json:"texts,omitempty"`
	// XML describes answers in XML that a messaging service reads; nil if there are none.
	XML *Markup `json:"xml,omitempty"`
	// MediaType is the media type of streams; "" means the one that belongs to the framing. Answers can have it besides application/json.
	MediaType string `json:"mediaType,omitempty"`
}

// Statement describes a request of the sidecar that has a messaging service show the statement to a person: the request of the app whose
// message follows, with another text.
type Statement struct {
	// Keep lists the members of the app's request, in its body or its query, that the request has too, such as the one that names the person.
	// No other parameter of the query is kept.
	Keep []string `json:"keep"`
	// Renames has the names that members of Keep have in the request with the statement, if these are others.
	Renames map[string]string `json:"renames,omitempty"`
	// Members is the template of an object with all other members.
	Members string `json:"members"`
	// Segment stands in place of the last segment of the path; "" keeps it.
	Segment string `json:"segment,omitempty"`
	// Accepted is what the service answers if it has accepted the message; nil if its status says so.
	Accepted *When `json:"accepted,omitempty"`
}

// The values of Document.Fields.
const (
	// FieldsInForm is a form in the body.
	FieldsInForm = "form"
	// FieldsInParts is a form in parts.
	FieldsInParts = "multipart"
	// FieldsInQuery is the query of a request without a body.
	FieldsInQuery = "query"
)

// fieldPlaces lists the values of Document.Fields.
func fieldPlaces() []string { return []string{FieldsInForm, FieldsInParts, FieldsInQuery} }

// Stream describes a streamed answer.
type Stream struct {
	Document
	// Framing is how events are separated: FramingSSE, FramingNamedSSE, FramingNDJSON, FramingPrefixLines, FramingJSONArray, FramingAWS, or for sockets
	// FramingWebSocket or FramingSocketIO.
	Framing string `json:"framing"`
	// Type selects the member whose text tells events of different types apart, for Insert.Before and ${type}; "" if all events have one type.
	Type string `json:"type,omitempty"`
	// Name selects the member of an event that the line `event:` repeats; "" if events have no such line.
	Name string `json:"name,omitempty"`
	// Done is the data of the event that ends the stream; "" if there is no such event. With FramingJSONArray the end of the array is one.
	Done string `json:"done,omitempty"`
	// Beats lists the data of events, and for FramingWebSocket the frames of both sides, that only keep the connection open. They pass as they
	// are. An empty one is a frame without content.
	Beats []string `json:"beats,omitempty"`
	// Insert is how a statement of the sidecar stands in the stream. Without it the first text that people read begins with the statement.
	Insert *Insert `json:"insert,omitempty"`
	// TraceableDepth is how many objects and arrays may contain a text at a place that is not listed, so that the text counts as one that
	// repeats in each event. A deeper one counts as untraceable. In a socket, texts at
	// places that are not listed are whole.
	TraceableDepth int `json:"traceableDepth"`
	// Flushes are templates of events that carry the rest of a text, by the names that places use.
	Flushes map[string]string `json:"flushes"`
}

// Insert describes events that hold a statement of the sidecar.
type Insert struct {
	// Before lists the types of events of which the first one follows the statement. Empty means every type.
	Before []string `json:"before,omitempty"`
	// Events are the templates of the events.
	Events []string `json:"events"`
}

// The framings.
const (
	// FramingSSE is for server-sent events with JSON as data.
	FramingSSE = "sse"
	// FramingNDJSON is for lines of JSON.
	FramingNDJSON = "ndjson"
	// FramingJSONArray is one JSON array, whose elements are the events.
	FramingJSONArray = "json-array"
	// FramingAWS is the binary encoding of AWS, application/vnd.amazon.eventstream. A document is the object {"type": payload}. In examples each
	// event is a line.
	FramingAWS = "aws-eventstream"
	// FramingNamedSSE is for server-sent events whose names say what they are. A document is the object {"event": name, "data": data}, without
	// the members that an event lacks. The data is JSON.
	FramingNamedSSE = "named-sse"
	// FramingPrefixLines is for lines that begin with a code and a colon, before JSON. A document is the object {"event": code, "data": JSON}.
	FramingPrefixLines = "prefix-lines"
)

// Refusal describes how the API says that it refuses.
type Refusal struct {
	// Body is the template of the response to a refused exchange, in JSON.
	Body string `json:"body"`
	// Stream lists the templates of the events that end a stream with a refusal.
	Stream []string `json:"stream"`
}

// Say describes how an answer of the chatbot looks whose text is the sidecar's own. Its status is 200. At least one of Body and Stream is
// there; if an API has only one of the two, every such answer has that form.
type Say struct {
	// Body is the template of a whole answer, in JSON; "" if there is none.
	Body string `json:"body,omitempty"`
	// Stream lists the templates of the events of a streamed answer, up to the one that ends it.
	Stream []string `json:"stream,omitempty"`
	// Refusals says how people learn of a refusal that concerns them, unless the declaration says it: RefusalsAsAnswers or
	// RefusalsAsErrors.
	Refusals string `json:"refusals"`
}

// The values of Say.Refusals.
const (
	// RefusalsAsAnswers is for APIs whose clients do not show people the text of an error.
	RefusalsAsAnswers = "answers"
	// RefusalsAsErrors is for APIs whose clients show the text of an error, or that programs call.
	RefusalsAsErrors = "errors"
)

// Place says what stands at places of a document.
type Place struct {
	// At lists selectors of the places, such as $.messages[*].content: `[*]` stands for all elements of a list, `.*` for all members, and
	// `[type=a|b]` for an object whose member has one of the texts.
	At Selectors `json:"at"`
	// Is is the meaning of the value; "" means Text.
	Is Meaning `json:"is,omitempty"`
	// Kinds are the JSON kinds that the place admits; empty means all.
	Kinds []string `json:"kinds,omitempty"`
	// Fault is the sentence that refuses values of all other kinds.
	Fault string `json:"fault,omitempty"`
	// Unreadable means that a value of another kind is refused as a part that is not text, and not as a malformed document.
	Unreadable bool `json:"unreadable,omitempty"`
	// Required means that a request without the place, which is a member, is refused.
	Required bool `json:"required,omitempty"`
	// Values is the closed list of texts that the place admits, one that ends in `*` for every text that begins so; empty means all. ValuesFault is the sentence that refuses every other
	// text, as a part that is not text.
	Values      []string `json:"values,omitempty"`
	ValuesFault string   `json:"valuesFault,omitempty"`
	// Endings lists endings with which an Identifier or Session is one although it looks like personal data: it is not inspected. A `*` at the
	// end of an ending stands for digits.
	Endings []string `json:"endings,omitempty"`
	// Unnamed lists values of a Session with which a request names no conversation, or of a Person with which it names no person, because clients give them to conversations of several
	// people.
	Unnamed []string `json:"unnamed,omitempty"`
	// InPath means that the {secret} of the path names the conversation of a Session too. The service goes by the path. A message in which the
	// two differ is refused.
	InPath bool `json:"inPath,omitempty"`
	// Plain lists texts with which a request asks for an answer in prose, as far as the place is concerned. Any other text, except an empty
	// one, asks for structured output: JSON for a program, or a demanded tool call. If the list is empty but not nil, an object or a list
	// does so too. nil means that the place says nothing about the answer.
	Plain []string `json:"plain,omitzero"`
	// Asks lists the texts with which a Streamed place asks for a stream, besides true.
	Asks []string `json:"asks,omitempty"`
	// SetsUp lists texts of frames that set up a connection, such as its formats and tools. They need no consent, unless they contain prose.
	SetsUp []string `json:"setsUp,omitempty"`
	// Roles maps the values of a Role to user, assistant, system or tool.
	Roles map[string]string `json:"roles,omitempty"`
	// Author is the role of every message at the place, for messages that name none: user, assistant, system or tool.
	Author string `json:"author,omitempty"`
	// Part describes the elements of a Part.
	Part *Part `json:"part,omitempty"`
	// Calls lists values that say that the message calls a tool. Clients do not show such a message to people.
	Calls []string `json:"calls,omitempty"`
	// Grows is how the text arrives in a stream: GrowsAppend, GrowsCumulative, GrowsEither, GrowsRestated, GrowsRepeats, GrowsWhole or GrowsUntraceable.
	// "" means GrowsRepeats.
	Grows string `json:"grows,omitempty"`
	// Flush names the template, of Stream.Flushes, of an event with the rest of a text that grows by GrowsAppend or GrowsRestated, or with the
	// whole of one that grows by GrowsCumulative.
	Flush string `json:"flush,omitempty"`
	// Padding is a character that the app adds to the text at the place, so that its length tells nothing. It is taken away before the text is
	// read; "" if there is none.
	Padding string `json:"padding,omitempty"`
	// Restates means that a text that people read, or in an answer the list with Insert, takes the place of what clients show otherwise, so that
	// it begins with the statement although another text has begun with it. The text is whole.
	Restates bool `json:"restates,omitempty"`
	// OmitsEmpty means that an event is left out if its text at the place becomes empty, because clients refuse an empty one.
	OmitsEmpty bool `json:"omitsEmpty,omitempty"`
	// Insert is, for a list of an answer, the template of an element that holds a statement of the sidecar and stands first in the list. In a
	// stream the list restates all messages, so that each event with the list gets the element.
	Insert string `json:"insert,omitempty"`
	// SkipsEmpty means that a list with Insert gets no statement if it is empty, because people then see nothing, or something else.
	SkipsEmpty bool `json:"skipsEmpty,omitempty"`
	// Silent is, for a list with Insert, the condition of elements that people do not see. A list without other elements counts as empty, and
	// gets no statement.
	Silent *When `json:"silent,omitempty"`
	// Capacity is how many elements a list with Insert can have; 0 means any number. A list that has no room for the statement is
	// refused.
	Capacity int `json:"capacity,omitempty"`
	// Recall is, for a list of messages in an answer of a history, how it has what the sidecar has said last; nil if it does not have that.
	Recall *Recall `json:"recall,omitempty"`
	// Recalled means that the Identifier, in a request, can be that of an element with Recall. The app then gets that of the message before it.
	Recalled bool `json:"recalled,omitempty"`
	// Joins means that programs put the texts at the place together. Each of them is a member of an element of a list in a message, or a part
	// of a message in a stream (Between). Texts of the meaning Prose are read so without it.
	Joins bool `json:"joins,omitempty"`
	// Ends lists values after which the message is complete, although some servers send more text. AnyValue means every text but "".
	Ends []string `json:"ends,omitempty"`
	// Closes lists values that end a message or block for good: text that comes later is refused. AnyValue means every value but "".
	Closes []string `json:"closes,omitempty"`
	// Opens lists values that begin a message or block. If one with the same Key has ended, a new one begins; else the value changes nothing.
	Opens []string `json:"opens,omitempty"`
	// Continues lists values with which an event goes on with the message or block that has the same Key. In a stream with such a place, an event
	// with a piece of a text and another value, or none, begins a new message or block: the server sends the text again.
	Continues []string `json:"continues,omitempty"`
	// Between lists values of events that may stand between two parts of one message, such as the end of a part and the beginning of the next
	// one. The parts are the blocks, or the restated texts with one Index, whose texts grow by GrowsAppend and are Prose, or have Joins.
	// Clients show them as one text, and so the end of a part waits for the next one while personal data can go on in it. Any other
	// event that is no piece of a part ends the message. AnyValue means every value but "".
	Between []string `json:"between,omitempty"`
	// Last lists values of the event that ends the stream.
	Last []string `json:"last,omitempty"`
}

// AnyValue stands, in Place.Ends, Place.Closes and Place.Between, for every text that is not empty, and for every number and boolean.
const AnyValue = "*"

// Part describes an element of the content of a message, which says by a keyword which of its members holds the text.
type Part struct {
	// Type is the name of the member with the keyword.
	Type string `json:"type"`
	// Texts maps each keyword that is admitted to the name of the member with the text; "" means that no listed member holds one.
	Texts map[string]string `json:"texts"`
	// Members are the names of other members that the part may have.
	Members []string `json:"members,omitempty"`
}

// Example is a document and what becomes of it.
type Example struct {
	// Name says what the example shows.
	Name string `json:"name"`
	// Of is the kind of the document: OfRequest, OfAnswer or OfStream.
	Of string `json:"of"`
	// Route lists the names of the routes that the example is of. None means that it is of each turn and socket whose document of this kind
	// is the one of the shape.
	Route List `json:"route,omitempty"`
	// Type is the media type of an answer in a form that its document has in texts or xml; "" for JSON.
	Type string `json:"type,omitempty"`
	// Said is, for an answer with a Recall, what the sidecar has said in the conversation, which is `c1`; "" if it has said nothing. The time is
	// 2026-01-01T00:00:00Z.
	Said string `json:"said,omitempty"`
	In   string `json:"in"`
	// Texts lists the texts found, in the order of the document. The pieces of a text of a stream are put together.
	Texts []string `json:"texts"`
	Out   string   `json:"out"`
}

// The kinds of documents.
const (
	// OfRequest is the body of a request, or a frame of a client.
	OfRequest = "request"
	// OfAnswer is an answer that is not streamed.
	OfAnswer = "answer"
	// OfStream is a streamed answer; of a socket, each line is a frame of the app.
	OfStream = "stream"
)

// List is a list of texts. In JSON, a list of one text may be written as a text.
type List []string

// UnmarshalJSON reads a text or a list of texts.
func (l *List) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = List{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// Selectors is a list of selectors. In JSON it is a List, in which one selector can stand for those that differ only in the text of a case:
// [type=a|b].
type Selectors List

// UnmarshalJSON reads a text or a list of texts.
func (s *Selectors) UnmarshalJSON(data []byte) error {
	var list List
	if err := list.UnmarshalJSON(data); err != nil {
		return err
	}
	*s = nil
	for _, selector := range list {
		selectors, err := listCases(selector)
		if err != nil {
			return err
		}
		*s = append(*s, selectors...)
	}
	return nil
}
