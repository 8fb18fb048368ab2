package dialect

// Role is whose text a segment is.
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
	// Text is any other text: reasoning, arguments of tools, unknown members.
	Text Kind = iota
	// Prose is what people read: the content of a message.
	Prose
	// Decline is what people read instead of the content when the chatbot declines to answer. An empty one is ignored.
	Decline
	// Word is an identifier or a word of the interface.
	Word
	// Number is a number. It is replaced by a text, or left.
	Number
	// Name is the name of a member, which can be refused and not replaced.
	Name
)

// Growth is how the segments of one place form a text.
type Growth uint8

const (
	// Whole means that the segment is the whole text.
	Whole Growth = iota
	// Appends means that the segment is the next piece of the text.
	Appends
	// SoFar means that the segment is the whole text so far and replaces the previous one.
	SoFar
	// Repeats means that every event repeats the same text.
	Repeats
	// Unfollowed means that the text may be a piece of an unknown other text.
	Unfollowed
)

// Place identifies a text of a stream. Segments with equal places are pieces of one text.
type Place struct {
	// Message is the index of the message; a stream may write several at the same time.
	Message int
	// Part distinguishes the texts of one message. Its values are up to the format.
	Part int
	// Name is the member, `content` for example.
	Name string
}

// Segment is one text of a document or an event. It is valid during the call only.
type Segment struct {
	Place Place
	// Role is the author as far as the document has named it before the text. VisitMessage receives the final role.
	Role   Role
	Kind   Kind
	Growth Growth
	// End: this is the last segment of the text.
	End bool
	// Text is the decoded text, UTF-8.
	Text []byte
}

// Message describes a message apart from its texts.
type Message struct {
	// Index is the position in a request, the index of the choice in an answer.
	Index int
	Role  Role
	// CallsTool: the message calls a tool. Clients do not show such a turn to people.
	CallsTool bool
}

// Visitor replaces texts. A format calls it in the order of the document. An error ends the reading, and the format returns it
// unchanged.
type Visitor interface {
	// VisitSegment appends the replacement of the segment to dst, or returns changed false to keep the segment.
	VisitSegment(dst []byte, s *Segment) (out []byte, changed bool, err error)
	// VisitMessage is called after the segments of a message. In a stream it may be called at any time, and more than once.
	VisitMessage(m Message)
}
