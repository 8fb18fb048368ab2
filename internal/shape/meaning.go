package shape

// Meaning is what a value of a document is.
type Meaning string

// The meanings.
const (
	// Text is a text or number without another meaning.
	Text Meaning = "text"
	// Prose is the content of a message, which people read.
	Prose Meaning = "prose"
	// Decline is what people read instead of the content if the chatbot declines to answer.
	Decline Meaning = "decline"
	// Identifier is an identifier, or a keyword of the API.
	Identifier Meaning = "identifier"
	// Session is the identifier of a conversation. A request is refused if it would have to change: two conversations would become one.
	Session Meaning = "session"
	// Address is what a messaging service needs in order to reach the person, such as a telephone number. It identifies the conversation
	// too, as Session does. It is not inspected: nobody could be answered without it.
	Address Meaning = "address"
	// Phone is the telephone number of a person, in any form: without a plus sign or a leading zero, nothing but its place tells it from other
	// numbers. Where telephone numbers are replaced, all of it is.
	Phone Meaning = "phone"
	// Person is the identifier of a person, which an app may use for several people. A request is refused if it would have to change: people
	// would share what belongs to one of them.
	Person Meaning = "person"
	// Language is the language that the person speaks, as a BCP 47 tag.
	Language Meaning = "language"
	// Shared is an identifier that all events of a stream have with the same value. Events that the sidecar adds have it too.
	Shared Meaning = "shared"
	// Opaque is a number, or a text of Base64 characters and colons, that is not inspected.
	Opaque Meaning = "opaque"
	// Signed is a text under a signature. The exchange is refused if the text would have to change.
	Signed Meaning = "signed"
	// Role names the author of a message.
	Role Meaning = "role"
	// Streamed says whether the client asks for a streamed answer.
	Streamed Meaning = "streamed"
	// StreamedUnlessFalse says so in an API that streams by default.
	StreamedUnlessFalse Meaning = "streamed-unless-false"
	// Message is a message. In a stream it is the object with the pieces of one message.
	Message Meaning = "message"
	// Block is, in a stream, the object with the pieces of one block. Blocks end by themselves; all of them are one message.
	Block Meaning = "block"
	// ContentPart is an element of the content of a message.
	ContentPart Meaning = "part"
	// Call is a tool call.
	Call Meaning = "call"
	// Index is the number that tells messages, blocks or tool calls of a stream apart.
	Index Meaning = "index"
	// Key is a text or number that tells the messages or blocks of a stream apart, where they have no Index. Several keys of one message or
	// block form one key.
	Key Meaning = "key"
	// Subindex is a second number. Together with the Index it identifies a text in a stream that restates texts.
	Subindex Meaning = "subindex"
	// Failure is, in an event, an error of the chatbot. Its texts are complete in the event.
	Failure Meaning = "failure"
	// Offset is a number that counts characters of a text from its start. Redaction and disclosure move them, so 0 replaces the number.
	Offset Meaning = "offset"
	// Dropped is a value that null replaces, because it spells out a text a second time.
	Dropped Meaning = "dropped"
)

// The values of Place.Grows.
const (
	// GrowsAppend texts arrive in pieces.
	GrowsAppend = "append"
	// GrowsCumulative texts arrive in events of which each has the whole text up to then, in place of that of the event before. Places that
	// name one Flush, some of which say GrowsAppend and others GrowsCumulative, are those of one text of the message or block: a piece adds
	// to what clients show, and a whole text replaces it, also after its end.
	GrowsCumulative = "cumulative"
	// GrowsEither texts are GrowsAppend in some streams and GrowsCumulative in others. The second event with such texts shows which: all of
	// them begin with those of the first. They are told apart by the names of their members.
	GrowsEither = "either"
	// GrowsRestated texts say in full what other events give in pieces, with the same flush and the same indexes: those that the event has,
	// and then the positions in the lists that contain the text. In a stream that has such texts, each text ends by itself.
	GrowsRestated = "restated"
	// GrowsRepeats texts are the same in each event that has them.
	GrowsRepeats = "repeats"
	// GrowsWhole texts are complete in their event, and clients do not put texts of several events together.
	GrowsWhole = "whole"
	// GrowsUntraceable texts may be pieces, but nothing tells of which text. One that may be a piece of personal data becomes empty.
	GrowsUntraceable = "untraceable"
)

// meanings says in which documents each meaning can stand.
var meanings = map[Meaning][]string{
	Text: {OfRequest, OfAnswer, OfStream}, Prose: {OfRequest, OfAnswer, OfStream}, Decline: {OfRequest, OfAnswer, OfStream},
	Identifier: {OfRequest, OfAnswer, OfStream}, Opaque: {OfRequest, OfAnswer, OfStream}, Signed: {OfRequest, OfAnswer, OfStream},
	Message: {OfRequest, OfAnswer, OfStream}, Call: {OfRequest, OfAnswer, OfStream}, Dropped: {OfRequest, OfAnswer, OfStream},
	Session: {OfRequest}, Address: {OfRequest}, Phone: {OfRequest, OfAnswer}, Person: {OfRequest}, Language: {OfRequest}, ContentPart: {OfRequest, OfAnswer}, Role: {OfRequest, OfAnswer}, Streamed: {OfRequest}, StreamedUnlessFalse: {OfRequest},
	Shared: {OfStream}, Block: {OfStream}, Index: {OfStream}, Key: {OfStream}, Subindex: {OfStream}, Failure: {OfStream},
	Offset: {OfAnswer, OfStream},
}

// Kinds lists the values of Place.Kinds.
func Kinds() []string { return []string{"object", "array", "string", "number", "boolean", "null"} }

// roles lists the values of Place.Roles and of Place.Author.
func roles() []string { return []string{"user", "assistant", "system", "tool"} }

// growths lists the values of Place.Grows.
func growths() []string {
	return []string{GrowsAppend, GrowsCumulative, GrowsEither, GrowsRepeats, GrowsRestated, GrowsUntraceable, GrowsWhole}
}
