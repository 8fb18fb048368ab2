package dialect

// Role is the author of a text.
type Role uint8

// The roles. RoleOther is a role that the format does not know, or that the document has not named yet.
const (
	RoleOther Role = iota
	RoleUser
	RoleAssistant
	RoleSystem
	RoleTool
)

// Kind is the kind of a text.
type Kind uint8

const (
	// Text is a text of no other kind, such as reasoning, the arguments of a tool call, or the text of an unknown member.
	Text Kind = iota
	// Prose is the content of a message, which people read.
	Prose
	// Decline is what people read instead of the content if the chatbot declines to answer. If it is empty, people read the content.
	Decline
	// Identifier is an identifier, or a keyword of the API such as a role.
	Identifier
	// Phone is a telephone number, in any form. A replacement of a JSON number is written as a string.
	Phone
	// Number is a number. A replacement is written as a string.
	Number
	// MemberName is the name of a member. The Visitor can refuse it, but not replace it.
	MemberName
	// Insertion is a place at which a text of the Visitor can stand by itself. The segment has no text. If it is Restated, the text stands
	// there again.
	Insertion
)

// Arrival is how a text arrives: in one segment or in several segments with the same Place.
type Arrival uint8

const (
	// Whole means that the segment is the whole text.
	Whole Arrival = iota
	// InPieces means that each event has the next piece of the text.
	InPieces
	// Cumulative means that each event has the text up to then, which replaces the text of the event before.
	Cumulative
	// Repeated means that each event with a text at the place should have the same text there, in full.
	Repeated
	// Restated means that the segment says in full a text that arrived at the same Place in pieces, or that no event has had before. Scan
	// reports that the event ends the unit of the text: the event then waits for what is held back of it.
	Restated
	// Untraceable means that the segment may be a piece of a text, but the format cannot tell of which.
	Untraceable
)

// Place identifies a text of a stream. Segments with equal places belong to one text.
type Place struct {
	// Message is the index of the message. A stream may write several messages at the same time.
	Message int
	// Unit is the index of what ends by itself, as in Progress: the message, or one block of the message.
	Unit int
	// Part distinguishes the texts of one message. Each format defines its values.
	Part int
	// Name is the name of the member that holds the text, for example `content`.
	Name string
}

// Segment is a text of a document, or what an event has of a text. It is valid only during the call of the Visitor.
type Segment struct {
	Place Place
	// Role is the author, or RoleOther if the document names the author after the text. VisitMessage receives the final role.
	Role    Role
	Kind    Kind
	Arrival Arrival
	// End reports whether the segment is the last one of a text that arrives InPieces or Cumulative, or says it again and no piece follows.
	End bool
	// Continued reports that the same event has a later piece of the text. Only the last of these pieces can be the last one of the text.
	Continued bool
	// Restatable reports, for a text that arrives InPieces or Cumulative, whether later events may say it again as Restated. The Visitor
	// remembers such a text.
	Restatable bool
	// List identifies, in a request or a whole answer, the list in which the text is that of an element. Clients and models show the texts of
	// one list as one text, in the order of their segments. 0 means that the text stands for itself.
	List int
	// Listed is the same for a text of an event.
	Listed Listed
	// Series is, for a text that arrives InPieces, a number that it has in common with all other parts of its message that clients show as one
	// text with it, one after another. 0 means that the text stands for itself.
	Series int
	// Revised means that some segments of the text arrive InPieces and others Cumulative: a piece adds to what clients show, and a whole text
	// replaces it, also after the end of the text. Such a text is Restatable too.
	Revised bool
	// Restates means that the text, which is Whole, takes the place of the answer that clients show.
	Restates bool
	// NamesConversation means that the text is what identifies the conversation.
	NamesConversation bool
	// Signed means that a signature covers the text. The Visitor refuses the document or stream instead of changing the text.
	Signed bool
	// Text is the decoded text in UTF-8.
	Text []byte
}

// Listed says that a text of an event is one of several texts in a list, which clients and models show as one text. It is empty for other
// texts.
type Listed struct {
	// List identifies the list in the event, by a number from 1 on.
	List int
	// Position is the position of the text among those of the list.
	Position int
	// Texts has all texts of the list, and comes with the first one. It is valid only during the call of the Visitor.
	Texts [][]byte
}

// Message describes a message apart from its texts.
type Message struct {
	// Index is the position of the message in a request, or of its choice in an answer that is not streamed. In a stream, it is the
	// index that the events give to the choice.
	Index int
	Role  Role
	// CallsTool reports whether the message calls a tool. Clients do not show such a message to people.
	CallsTool bool
}

// Visitor replaces texts. A Format calls VisitSegment for the texts of a document or an event in the order in which they stand there.
// After an error of the Visitor, the Format stops and returns the error unchanged.
type Visitor interface {
	// VisitSegment appends the replacement of the text to dst. If changed is false, the text stays, and the caller uses out only as a
	// buffer for the next text.
	VisitSegment(dst []byte, s *Segment) (out []byte, changed bool, err error)
	// VisitMessage describes a message. For a request or a whole answer it is called once for each message, after VisitSegment for all
	// texts of the message. For a stream it may be called before, between or after these calls, and more than once for a message.
	VisitMessage(m Message)
}
