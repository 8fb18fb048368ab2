package dialect

import (
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Form is how the sidecar reads an answer.
type Form uint8

// The forms of answers.
const (
	// Unreadable answers are refused.
	Unreadable Form = iota
	// Document answers are read as a whole.
	Document
	// Streamed answers are read event by event.
	Streamed
)

// Request describes a request apart from its texts.
type Request struct {
	// Streamed reports whether the client asks for a streamed answer.
	Streamed bool
	// Structured reports whether the client asks for structured output: JSON that a program reads, or a tool call that it demands. A
	// statement in front of it would break the program.
	Structured bool
	// SetsUp reports whether a frame sets up the connection, as a place of the shape says.
	SetsUp bool
	// Messages is the number of messages in the request.
	Messages int
	// Session is what identifies the conversation, or "". InPath means that the path must identify the same one.
	Session string
	InPath  bool
	// Person is what identifies the person, or "". An app can use it for several people.
	Person string
	// Language is the language that the person speaks, as a BCP 47 tag, or "".
	Language string
}

// Said is a text that the sidecar says in an answer of its own.
type Said struct {
	// Text is in UTF-8.
	Text string
	// Session is what identifies the conversation, or "".
	Session string
	// ExchangeID identifies the answer.
	ExchangeID string
	// At is the time of the answer.
	At time.Time
	// IsFetched means that the client fetches the text with another request, so that an answer without the text will do.
	IsFetched bool
	// Streamed asks for an answer with the form Streamed. The answer has another form if the format has only that one.
	Streamed bool
}

// Announcement is a request with a text of the sidecar, for a messaging service that shows it to the person.
type Announcement struct {
	Body        []byte
	ContentType string
	// Segment stands in place of the last segment of the path of the request whose message follows; "" keeps it.
	Segment string
	// Parameters are the names of the parameters of the query that the announcement has too.
	Parameters []string
}

// Format is a wire format. It is immutable and safe for concurrent use. Its errors are *refusal.Refusal, or errors of the Visitor.
type Format interface {
	// AcceptRequest reports whether the format can read a body with this Content-Type.
	AcceptRequest(contentType string) bool
	// FormOf returns the form of an answer with this Content-Type.
	FormOf(contentType string) Form
	// RewriteRequest checks a request, replaces its texts as the Visitor says, and appends it to dst. After an error the bytes
	// appended to dst are incomplete and must not be used.
	RewriteRequest(dst, body []byte, v Visitor) ([]byte, Request, error)
	// RewriteFrame is RewriteRequest for a frame that a client sends through a socket. It may have no messages.
	RewriteFrame(dst, frame []byte, v Visitor) ([]byte, Request, error)
	// ReaderOf reports whether a messaging service shows answers with this media type, which are neither Document nor Streamed, to the person.
	// It returns what reads them; nil for another charset than UTF-8, in which nothing must read them.
	ReaderOf(contentType string) (r AnswerRewriter, isShown bool)
	// AnswerRewriter reads and writes answers with the form Document. It refuses one in another format.
	AnswerRewriter
	// Failure reads and writes error responses of the chatbot with the form Document, which can have any members.
	Failure() AnswerRewriter
	// OpenStream returns a reader for one answer with the form Streamed.
	OpenStream() Stream
	// ConversationOf returns what identifies the conversation of an event, or "" if the event does not say it.
	ConversationOf(event []byte) string
	// ConversationOfAnswer is ConversationOf for an answer that is not streamed. ok is false if the format does not say where answers name it.
	ConversationOfAnswer(answer []byte) (conversation string, ok bool)
	// IsBeat reports whether an event or frame with this data only keeps the connection open, and says nothing.
	IsBeat(data []byte) bool
	// HasBeats reports whether streams can stay open for a time in which they say nothing.
	HasBeats() bool
	// RepeatsConversation reports whether a request can repeat the conversation: the format tells the messages of the chatbot from those of
	// the person.
	RepeatsConversation() bool
	// NamesPeople reports whether the format says where requests name the person.
	NamesPeople() bool
	// NamesConversations reports whether each answer of FormatSaid says what identifies the conversation.
	NamesConversations() bool
	// DisclosesOnce reports whether people keep seeing the first answer of a conversation that requests name, so that the statement need not
	// stand in later ones.
	DisclosesOnce() bool
	// DescribeRequest describes a body that may be no request of this format. It reads what it can, and refuses nothing.
	DescribeRequest(body []byte) Request
	// SaysRefusals reports whether refusals are sent as answers that people read, unless the declaration says otherwise.
	SaysRefusals() bool
	// FormatSaid returns the body and the Content-Type of an answer with a text of the sidecar, or a nil body if the format has no
	// such answer.
	FormatSaid(s Said) (body []byte, contentType string)
	// Recalls reports whether answers of the format can have what the sidecar has said last in the conversation.
	Recalls() bool
	// AppendRecalled appends an answer with the form Document, which has been rewritten, and to which the text is added. ok is false if the
	// answer has no place for it; the bytes appended to dst must not be used then.
	AppendRecalled(dst, answer []byte, s Said) (out []byte, ok bool)
	// Announce returns the request that shows the text to the person to whom the app sends a message. body is the request of the app,
	// rewritten, or its query. ok is false if the format describes no such request, or cannot make one of the body.
	Announce(body []byte, text string) (a Announcement, ok bool)
	// HasMember reports whether a request, or its query, has a top member with the name.
	HasMember(body []byte, name string) bool
	// AcceptsAnnouncement reports whether the body of an answer, whose status is one of success, says that the service has accepted the
	// message.
	AcceptsAnnouncement(answer []byte) bool
	// FormatRefusal returns the body and the Content-Type of the response to a refused exchange.
	FormatRefusal(r *refusal.Refusal, exchangeID string) (body []byte, contentType string)
	// AppendRefusal appends the events that end a stream with a refusal.
	AppendRefusal(dst []byte, r *refusal.Refusal, exchangeID string) []byte
	// Begin corrects the first bytes that are written of a stream, of which each event was appended as if another one preceded it.
	Begin(written []byte) []byte
}

// Stream reads one streamed answer. The caller scans each event that it gets from Split and Close, and then rewrites it. The caller may
// also keep a copy of an event and scan and rewrite the copy later. A Stream is not safe for concurrent use.
type Stream interface {
	// Split takes the next bytes of the answer and calls event with the data of each event that is complete. The data is valid only
	// until event returns. It may be empty, for what only keeps the connection open. Split returns the first error of event; the Stream must not be used after an error.
	Split(piece []byte, event func(data []byte) error) error
	// Close ends the answer. If the last event lacks the mark that ends an event, Close calls event for it.
	Close(event func(data []byte) error) error
	// Scan describes an event without changing it. The result is valid until the next call.
	Scan(data []byte) (Event, error)
	// ListParts has each later call of Scan list the pieces of parts of messages in its event. nil ends that.
	ListParts(into *PartPieces)
	// Rewrite rewrites the event, which must be the one scanned last, and appends it to dst with its framing. Some servers send more
	// text of a message after the event that marks the message as complete. If closing is true, the caller promises that no later
	// event has text of the messages that this event marks as complete, and Rewrite sets Segment.End for their texts.
	Rewrite(dst, data []byte, closing bool, v Visitor) ([]byte, error)
	// EndsByTexts reports whether no event is the last one, so that an answer ends when all of its texts have ended for good.
	EndsByTexts() bool
	// AppendText appends an event that holds only the text. The place is that of a segment of an earlier event.
	AppendText(dst []byte, place Place, text []byte) []byte
}

// Event describes an event of a stream.
type Event struct {
	// Last reports whether the event ends the stream. Later events are dropped.
	Last bool
	// KeepAlive reports whether the event only keeps the connection open. It may overtake others.
	KeepAlive bool
	// Messages lists the messages that the event writes to, or their blocks if the format says when a block ends.
	Messages []Progress
	// Between reports whether the event may stand between two parts of a message that clients show as one text.
	Between bool
}

// EndsForGood reports whether the event ends a message or block, and each one that it ends is final.
func (e Event) EndsForGood() bool {
	isFinal := func(p Progress) bool { return p.Final }
	endsWithMore := func(p Progress) bool { return p.Ends && !p.Final }
	return slices.ContainsFunc(e.Messages, isFinal) && !slices.ContainsFunc(e.Messages, endsWithMore)
}

// EndsMessage reports whether the event says that the message or block with the index is complete.
func (e Event) EndsMessage(index int) bool {
	return slices.ContainsFunc(e.Messages, func(p Progress) bool { return p.Ends && p.Index == index })
}

// Progress describes what an event does to one message, or to one block of a message.
type Progress struct {
	// Index is the index of the message or block: Place.Unit of its texts.
	Index int
	// Continues reports whether the event adds to a text of the message.
	Continues bool
	// Ends reports whether the event says that the message is complete. Some servers send text after that.
	Ends bool
	// Final means that the message ends, and that Scan refuses every later event with text of it.
	Final bool
}
