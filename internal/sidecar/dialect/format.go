package dialect

import "github.com/chaperone-dev/chaperone/internal/sidecar/refusal"

// Form is how the sidecar reads an answer.
type Form uint8

// The forms of answers.
const (
	// Unreadable answers are refused.
	Unreadable Form = iota
	// Document answers are read whole.
	Document
	// Streamed answers are read event by event.
	Streamed
)

// Request describes a request apart from its texts.
type Request struct {
	// Streamed: the client asks for a streamed answer.
	Streamed bool
	// Messages is how many messages it holds.
	Messages int
}

// Format is one wire format. It is immutable and safe for concurrent use. Its errors are *refusal.Refusal, or those of the
// visitor.
type Format interface {
	// AcceptRequest reports whether a body with this Content-Type can be read.
	AcceptRequest(contentType string) bool
	// FormOf returns the form of an answer with this Content-Type.
	FormOf(contentType string) Form
	// RewriteRequest appends the checked and rewritten request to dst. On an error nothing of dst may be passed on.
	RewriteRequest(dst, body []byte, v Visitor) ([]byte, Request, error)
	// RewriteAnswer does the same with a document, which may also be an error of the app.
	RewriteAnswer(dst, body []byte, v Visitor) ([]byte, error)
	// OpenStream begins to read a streamed answer.
	OpenStream() Stream
	// FormatRefusal returns the body of a refused exchange and its Content-Type.
	FormatRefusal(r *refusal.Refusal, exchange string) (body []byte, contentType string)
	// AppendRefusal appends the events that end a stream with a refusal.
	AppendRefusal(dst []byte, r *refusal.Refusal, exchange string) []byte
}

// Stream reads one streamed answer. It is not safe for concurrent use.
type Stream interface {
	// Split takes the next bytes and calls event with each complete event, unchanged. The data is valid during the
	// call only. It returns the first error of event; nothing may be split after an error.
	Split(piece []byte, event func(data []byte) error) error
	// Close ends the stream and calls event for an event that has no end mark.
	Close(event func(data []byte) error) error
	// Scan describes an event without changing it. The result is valid until the next call.
	Scan(data []byte) (Event, error)
	// Rewrite appends the event that was scanned last to dst, with its framing. With closing, Segment.End is set for the
	// messages that it ends.
	Rewrite(dst, data []byte, closing bool, v Visitor) ([]byte, error)
	// AppendText appends an event that carries a text at a place of an event that came before.
	AppendText(dst []byte, place Place, text []byte) []byte
}

// Event describes one event.
type Event struct {
	// Last: the event ends the stream. Later events are dropped.
	Last bool
	// Messages lists the messages in the event.
	Messages []Progress
}

// Progress describes what an event does to one message.
type Progress struct {
	// Index is that of the message.
	Index int
	// Continues: the event adds to a text of the message.
	Continues bool
	// Ends: the event says that the message is over. Some servers send text after it.
	Ends bool
}
