package observe

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// Reader reads copies as governing would read the exchanges.
type Reader struct {
	Transform *transform.Transform
	// API is the name of the declared wire format, and Format the wire format of the route.
	API    string
	Format dialect.Format
	// ListPresets returns the wire formats of the presets, by name. It is called only for requests that Format cannot read.
	ListPresets func() map[string]dialect.Format
	// CheckAnswer returns the form of an answer, or why governing would refuse it by its status and header.
	CheckAnswer func(status int, header http.Header, f dialect.Format) (dialect.Form, *refusal.Refusal)
	// AnswersElsewhere means that an answer in another format, or without content, is no fault: what the chatbot says is in other requests.
	AnswersElsewhere bool
	// IsReply means that the request is a message of the chatbot, before which the statement is sent.
	IsReply bool
	// FindStatement returns the statement that governing would put into the answer to a request, or send before it, or "".
	FindStatement func(transform.Request) string
}

// Read fills in the Exchange of an observation from its copies. It must be called when the exchange is over.
func (rd Reader) Read(ob *Observation) {
	if ob.Fault != nil {
		ob.Refused = ob.Fault.ID
	}
	if ob.IsUnread {
		ob.Result = ResultUnread
		return
	}
	if !ob.IsCopied {
		ob.Result = ResultSkipped
		return
	}
	ob.Result = ResultUnknown // as long as nothing shows that the request can be read
	body, _, isWhole := ob.RequestBody.Take()
	body, ok := decode(ob.RequestHeader, body)
	if !isWhole || !ok {
		return
	}
	request, read := rd.readRequest(ob, body)
	if !read {
		return
	}
	ob.Result = ResultRead
	statement := rd.FindStatement(request)
	if rd.IsReply {
		// Governing would send the statement to the service, which answers what it has taken with success.
		isSent := statement != "" && ob.Refused == "" && ob.Status >= http.StatusOK && ob.Status < http.StatusMultipleChoices
		rd.readAnswer(ob, "")
		ob.Disclosed = isSent
		return
	}
	rd.readAnswer(ob, statement)
}

// readRequest reads the request in the declared wire format. If it cannot, it notes which other format can.
func (rd Reader) readRequest(ob *Observation, body []byte) (transform.Request, bool) {
	if rd.Format.AcceptRequest(ob.RequestType) {
		_, request, err := rd.Transform.Request(nil, body, rd.Format, &ob.Request)
		if err == nil {
			ob.Fits = rd.API
			return request, true
		}
		ob.Request = redact.Counts{} // what was counted before the error
		rd.note(ob, err)
	}
	presets := rd.ListPresets()
	for _, name := range slices.Sorted(maps.Keys(presets)) {
		other := presets[name]
		if name == rd.API || !other.AcceptRequest(ob.RequestType) {
			continue
		}
		// A format with few required members can read nearly any body. That says nothing unless it finds what the person wrote.
		if _, request, err := rd.Transform.Request(nil, body, other, new(redact.Counts)); err == nil && request.HasProse {
			ob.Fits = name
			break
		}
	}
	return transform.Request{}, false
}

// readAnswer reads the answer to a request that could be read.
func (rd Reader) readAnswer(ob *Observation, statement string) {
	// A sidecar that governs passes errors and redirects with their status, and does not read them as answers in the format.
	if ob.Header == nil || ob.Status >= http.StatusMultipleChoices {
		return
	}
	format := rd.Format
	body, _, isWhole := ob.AnswerBody.Take()
	if !isWhole {
		ob.Result = ResultUnknown
		return
	}
	if r, isShown := format.ReaderOf(ob.Header.Get("Content-Type")); isShown && len(body) > 0 {
		rd.readShown(ob, body, r, statement)
		return
	}
	isOther := len(body) == 0 || format.FormOf(ob.AnswerType) == dialect.Unreadable
	if rd.AnswersElsewhere && isOther {
		return
	}
	body, ok := decode(ob.Header, body)
	form, why := rd.CheckAnswer(ob.Status, ob.Header, format)
	switch {
	case why != nil || !ok:
		rd.note(ob, why)
		ob.Result = ResultUnknown
		return
	case form == dialect.Streamed:
		rd.readStream(ob, body, statement)
	default:
		_, read, err := rd.Transform.Answer(nil, body, format, statement, &ob.Answer)
		ob.Disclosed = read.Shown
		rd.note(ob, err)
	}
}

// readShown reads an answer that a messaging service shows, with what the format has for it, or nil.
func (rd Reader) readShown(ob *Observation, body []byte, r dialect.AnswerRewriter, statement string) {
	body, ok := decode(ob.Header, body)
	if r == nil || !ok {
		ob.Result = ResultUnknown
		rd.note(ob, refusal.New(refusal.AnswerType))
		return
	}
	_, read, err := rd.Transform.Answer(nil, body, r, statement, &ob.Answer)
	ob.Disclosed = err == nil && read.Shown
	rd.note(ob, err)
}

// readStream reads a streamed answer.
func (rd Reader) readStream(ob *Observation, body []byte, statement string) {
	stream := rd.Transform.Stream(rd.Format, statement, &ob.Answer)
	if rd.Format.HasBeats() {
		stream.AllowEmpty()
	}
	_, err := stream.Write(nil, body)
	if err == nil {
		_, err = stream.Close(nil)
	}
	ob.Disclosed = err == nil && stream.Shown()
	rd.note(ob, err)
}

// note notes the rule of a refusal, unless governing would have refused the exchange earlier. It ignores nil, also a nil *refusal.Refusal,
// and other errors.
func (rd Reader) note(ob *Observation, err error) {
	var why *refusal.Refusal
	if errors.As(err, &why) && why != nil && ob.Refused == "" {
		ob.Refused = why.ID
	}
}

// decode returns the content of a copy of a message with the header. ok is false if it cannot be decoded, or is larger than a copy may be.
func decode(h http.Header, body []byte) (content []byte, ok bool) {
	c, isReadable := coding.Of(h)
	if c == coding.Identity {
		return body, isReadable
	}
	// No memory is reserved: one copy is read at a time, and this one is small.
	isSmall := func(window int) bool { return window <= maxWindow }
	content, err := io.ReadAll(io.LimitReader(coding.NewReader(bytes.NewReader(body), c, isSmall), maxCopy+1))
	return content, err == nil && len(content) <= maxCopy
}
