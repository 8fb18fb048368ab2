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
	// ListPresets returns the wire formats of the presets, by name. It is called only for exchanges that Format cannot read.
	ListPresets func() map[string]dialect.Format
	// CheckAnswer returns the form of an answer, or why governing would refuse it by its status and header.
	CheckAnswer func(status int, header http.Header, f dialect.Format) (dialect.Form, *refusal.Refusal)
	// AnswersElsewhere means that an answer in another format, or without content, is no fault: what the chatbot says is in other requests.
	AnswersElsewhere bool
	// ReadsQuery means that the texts of the request are in its query.
	ReadsQuery bool
	// IsReply means that the request is a message of the chatbot, before which the statement is sent.
	IsReply bool
	// FindStatement returns the statement that governing would put into the answer to a request, or send before it, or "".
	FindStatement func(transform.Request) string
	// ChooseStatement returns the statement for an answer that is a message in a conversation of a messaging service, or that names none (""). It is
	// called after FindStatement, and is nil for answers that are no such messages.
	ChooseStatement func(conversation string) string
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
	if read {
		shown, err := rd.readDeclared(ob, rd.FindStatement(request))
		rd.note(ob, err)
		ob.Disclosed = shown && ob.Refused == "" // A refused exchange shows nothing of its answer.
		if err == nil {
			ob.Result, ob.Fits = ResultRead, rd.API
			return
		}
	}
	ob.Fits = rd.findOther(ob, body)
}

// readRequest reads the request in the declared wire format.
func (rd Reader) readRequest(ob *Observation, body []byte) (transform.Request, bool) {
	if rd.ReadsQuery {
		body = []byte(ob.Query)
	} else if !rd.Format.AcceptRequest(ob.RequestType) {
		return transform.Request{}, false
	}
	_, request, err := rd.Transform.Request(nil, body, rd.Format, &ob.Request)
	if err != nil {
		ob.Request = redact.Counts{} // what was counted before the error
		rd.note(ob, err)
	}
	return request, err == nil
}

// findOther returns the name of another wire format that can read the request and its answer; "" if there is none.
func (rd Reader) findOther(ob *Observation, body []byte) string {
	presets := rd.ListPresets()
	for _, name := range slices.Sorted(maps.Keys(presets)) {
		other := presets[name]
		if name == rd.API || !other.AcceptRequest(ob.RequestType) {
			continue
		}
		// A format with few required members can read nearly any body. That says nothing unless it finds what the person wrote.
		if _, request, err := rd.Transform.Request(nil, body, other, new(redact.Counts)); err != nil || !request.HasProse {
			continue
		}
		// An app that got a message of a messaging service answers it without content.
		if answer, _, _ := ob.AnswerBody.Take(); len(answer) == 0 {
			return name
		}
		if _, err := rd.readAnswer(ob, other, "", new(redact.Counts)); err == nil {
			return name
		}
	}
	return ""
}

// readDeclared reads the answer in the declared wire format, as readAnswer does. Governing would send the statement before a message to a
// messaging service, which answers what it has taken with success.
func (rd Reader) readDeclared(ob *Observation, statement string) (shown bool, err error) {
	if !rd.IsReply {
		return rd.readAnswer(ob, rd.Format, statement, &ob.Answer)
	}
	_, err = rd.readAnswer(ob, rd.Format, "", &ob.Answer)
	isTaken := ob.Status >= http.StatusOK && ob.Status < http.StatusMultipleChoices
	return statement != "" && ob.Refused == "" && isTaken, err
}

// errPartial is the fault of an answer that cannot be read because the copy is not whole, or in an encoding that cannot be decoded.
var errPartial = errors.New("there is no whole copy of the answer")

// readAnswer reads the answer to a request in a wire format. It reports whether the answer would show the statement. An error says why
// governing would refuse the answer, or is errPartial.
func (rd Reader) readAnswer(ob *Observation, f dialect.Format, statement string, counts *redact.Counts) (shown bool, err error) {
	// A sidecar that governs passes errors and redirects with their status, and does not read them as answers in the format.
	if ob.Header == nil || ob.Status >= http.StatusMultipleChoices {
		return false, nil
	}
	body, _, isWhole := ob.AnswerBody.Take()
	if !isWhole {
		return false, errPartial
	}
	if r, isShown := f.ReaderOf(ob.Header.Get("Content-Type")); isShown && len(body) > 0 {
		return rd.readShown(ob, body, r, statement, counts)
	}
	isOther := len(body) == 0 || f.FormOf(ob.AnswerType) == dialect.Unreadable
	if rd.AnswersElsewhere && isOther {
		return false, nil
	}
	return rd.readContent(ob, body, f, statement, counts)
}

// readContent does the work of readAnswer for an answer of which there is a whole copy, and that must be in the format.
func (rd Reader) readContent(ob *Observation, body []byte, f dialect.Format, statement string, counts *redact.Counts) (shown bool, err error) {
	body, ok := decode(ob.Header, body)
	form, why := rd.CheckAnswer(ob.Status, ob.Header, f)
	switch {
	case why != nil:
		return false, why
	case !ok:
		return false, errPartial
	case form == dialect.Streamed:
		return rd.readStream(body, f, statement, counts)
	}
	isMessage := false
	if rd.ChooseStatement != nil && f == rd.Format {
		if conversation, ok := f.ConversationOfAnswer(body); ok {
			statement, isMessage = rd.ChooseStatement(conversation), conversation != ""
		}
	}
	_, read, err := rd.Transform.Answer(nil, body, f, statement, counts)
	if err == nil && isMessage && statement != "" && !read.Shown {
		err = refusal.New(refusal.AnswerUnreadable) // The message has no text before which the statement could stand.
	}
	return read.Shown, err
}

// readShown reads an answer that a messaging service shows, with what the format has for it, or nil.
func (rd Reader) readShown(ob *Observation, body []byte, r dialect.AnswerRewriter, statement string, counts *redact.Counts) (shown bool, err error) {
	body, ok := decode(ob.Header, body)
	if r == nil || !ok {
		return false, refusal.New(refusal.AnswerType)
	}
	_, read, err := rd.Transform.Answer(nil, body, r, statement, counts)
	return err == nil && read.Shown, err
}

// readStream reads a streamed answer.
func (rd Reader) readStream(body []byte, f dialect.Format, statement string, counts *redact.Counts) (shown bool, err error) {
	stream := rd.Transform.Stream(f, statement, counts)
	if f.HasBeats() {
		stream.AllowEmpty()
	}
	if _, err = stream.Write(nil, body); err == nil {
		_, err = stream.Close(nil)
	}
	return err == nil && stream.Shown(), err
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
