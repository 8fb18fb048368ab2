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

// Kind is what stands at a place.
type Kind uint8

const (
	// Text is any other text: reasoning, arguments of tools, unknown members.
	Text Kind = iota
	// Prose is what people read: the content of a message.
	Prose
	// Decline is what people read in the place of the content when the chatbot declines. An empty one is none.
	Decline
	// Word is an identifier or a word of the interface.
	Word
	// Number is a number. It is replaced by a text, or left.
	Number
	// Name is the name of a member, which can be refused and not replaced.
	Name
)

// Growth is how the texts that come at one place belong together.
type Growth uint8

const (
	// Whole: the segment is the whole text.
	Whole Growth = iota
	// Appends: the segment is the next piece of the text.
	Appends
	// SoFar: the segment is the whole text so far, in the place of what came before.
	SoFar
	// Repeats: the text does not grow, it is the same in every event.
	Repeats
	// Unfollowed: the text may be a piece of an unknown other text.
	Unfollowed
)

// Place is where a text stands in a stream. Segments with equal places are pieces of one text.
type Place struct {
	// Message is the index of the message among those that are written at the same time.
	Message int
	// Part tells texts of one message apart; only the format knows what it stands for.
	Part int
	// Name is the member, `content` for example.
	Name string
}

// Segment is one text of a document or an event. It is valid during the call only.
type Segment struct {
	Place Place
	// Role is whose text it is, as far as the document has said; Message has the last word.
	Role   Role
	Kind   Kind
	Growth Growth
	// End: nothing is added to the text after this segment. It is set for events whose message is over.
	End bool
	// Text is the decoded text, UTF-8.
	Text []byte
}

// Message is what a document says of a message besides its texts.
type Message struct {
	// Index is the position in a request, the index of the choice in an answer.
	Index int
	Role  Role
	// CallsTool: the message asks for a tool; clients do not show such a turn to people.
	CallsTool bool
}

// Visitor decides what stands in the place of each text, in the order of the document. An error ends the reading and is
// returned by the format as it is.
type Visitor interface {
	// VisitSegment appends to dst what stands in the place of the segment, or returns changed false to leave it.
	VisitSegment(dst []byte, s *Segment) (out []byte, changed bool, err error)
	// VisitMessage is called behind the segments of a message.
	VisitMessage(m Message)
}
