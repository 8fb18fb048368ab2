package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/coding"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// errPause means that nothing of a streamed answer was read for the time maxPause, that the body of an answer that is not streamed took
// longer than maxPause to arrive, or that the upstream took too long to read the request.
var errPause = errors.New("the answer paused for too long")

// rewriteAnswer rewrites the header and the body of an answer. If it returns an error, the proxy calls refuseFailure.
func (u *Upstream) rewriteAnswer(res *http.Response) error {
	sc := exchange.From(res.Request)
	// Only the sidecar may set headers that begin with `Chaperone-`.
	filter.DeleteReserved(res.Header)
	if sc.IsMarked { // What the app says of its answers does not count.
		filter.DeleteMarking(res.Header)
	}
	switch {
	case res.StatusCode >= 400:
		return u.rewriteFailure(sc, res)
	case isRedirect(res.StatusCode):
		return u.rewriteRedirect(sc, res)
	}
	if sc.Route.Use != shape.UseTurn || sc.Route.AnswersElsewhere {
		return u.rewriteOther(sc, res)
	}
	form, why := checkAnswer(res, sc.Route.Format)
	if why != nil {
		return why
	}
	u.decode(res)
	u.rewriteHeader(res.Header, &sc.AnswerRedactions)
	if form == dialect.Streamed {
		u.rewriteStream(sc, res)
		return nil
	}
	return u.rewriteWhole(sc, res)
}

// checkAnswer returns the form of an answer that is neither an error nor a redirect. It refuses an answer by its status and its header:
// upgrades, answers without content, unreadable media types and unreadable content codings.
func checkAnswer(res *http.Response, f dialect.Format) (dialect.Form, *refusal.Refusal) {
	if res.StatusCode < 200 || res.StatusCode >= 300 {
		return dialect.Unreadable, refusal.Because(refusal.AnswerType, "The chatbot or model service answered with an upgrade or a status for caches.").
			WithRemedy("The developer of the chatbot or model service must answer with status 200.")
	}
	// Clients ignore the body of an answer with these statuses, so people would not see the disclosure.
	if res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusResetContent {
		return dialect.Unreadable, refusal.Because(refusal.AnswerType, "The status of the answer means that it has no content.").
			WithRemedy("The developer of the chatbot or model service must answer with status 200.")
	}
	types := res.Header["Content-Type"]
	if len(types) != 1 {
		return dialect.Unreadable, refusal.New(refusal.AnswerType)
	}
	form := f.FormOf(types[0])
	if form == dialect.Unreadable {
		return form, refusal.New(refusal.AnswerType)
	}
	if _, ok := coding.Of(res.Header); !ok {
		return dialect.Unreadable, refusal.Because(refusal.AnswerType, "The answer has a content coding that the sidecar does not read, or more than one.").
			WithRemedy("The developer of the chatbot or model service must honor Accept-Encoding: identity.")
	}
	return form, nil
}

// rewriteWhole reads and rewrites an answer that is not streamed. It refuses an answer above Route.MaxAnswerBytes, and an answer for which
// the budget has no room.
func (u *Upstream) rewriteWhole(sc *exchange.Scope, res *http.Response) error {
	return u.takeWhole(sc, res, func(body []byte) error { return u.rewriteDocument(body, sc, res, sc.Route.Format) })
}

// takeWhole reads the body of an answer and passes it to rewrite. The body and its share of the budget are valid only until rewrite
// returns. takeWhole refuses what readWhole refuses.
func (u *Upstream) takeWhole(sc *exchange.Scope, res *http.Response, rewrite func(body []byte) error) error {
	in := exchange.TakeBuffer()
	defer exchange.PutBuffer(in)
	held := u.Budget.Answer()
	defer held.Release()
	if err := u.readWhole(in, held, sc, res); err != nil {
		return err
	}
	return rewrite(in.Bytes())
}

// readWhole reads the body of an answer into the buffer and reserves its memory. It refuses a body above Route.MaxAnswerBytes, and a body
// for which there is no memory.
func (u *Upstream) readWhole(in *bytes.Buffer, held *budget.Reservation, sc *exchange.Scope, res *http.Response) error {
	limit := sc.Route.MaxAnswerBytes
	if why := u.reserveLong(in, held, res.ContentLength, limit); why != nil {
		return why
	}
	timer := u.startPauseTimer(sc) // Nothing resets it here, so it bounds the time of the whole read.
	// Read at most one byte more than the limit: if that byte arrives, the answer is too large.
	_, err := in.ReadFrom(held.Reader(io.LimitReader(res.Body, limit+1)))
	// Stop reports false if the timer has fired and canceled the request. err is then the result of that.
	inTime := timer.Stop()
	if int64(in.Len()) > limit { // Before the budget: the longest answer can take all of it, and a longer one never fits.
		return newTooLargeRefusal(limit)
	}
	switch {
	case errors.Is(err, budget.ErrUsedUp):
		return refusal.New(refusal.Overloaded)
	case isRefusal(err):
		return err
	case err != nil && !inTime:
		return errPause
	case err != nil:
		return refuseIncomplete(res.Request.Context(), err)
	}
	return nil
}

// reserveLong reserves the memory of an answer that is longer than most can be, if its length is announced. Several such answers that arrive
// at once would otherwise each take a part of the share, of which none could be read to its end.
func (u *Upstream) reserveLong(in *bytes.Buffer, held *budget.Reservation, length, limit int64) error {
	switch {
	case length > limit:
		return newTooLargeRefusal(limit)
	case length <= u.Budget.MaxBodyBytes():
		return nil
	case !held.Hold(int(length)):
		return refusal.New(refusal.Overloaded)
	}
	in.Grow(int(length) + bytes.MinRead) // ReadFrom doubles the buffer as soon as less than MinRead is free.
	return nil
}

func newTooLargeRefusal(limit int64) *refusal.Refusal {
	return refusal.Because(refusal.AnswerTooLarge, "The answer is larger than "+strconv.FormatInt(limit, 10)+" bytes.")
}

// isRefusal reports whether the error is a refusal, as those of decodedBody are.
func isRefusal(err error) bool {
	if err == nil {
		return false // Most answers: spare them the memory of the variable.
	}
	var why *refusal.Refusal
	return errors.As(err, &why)
}

// rewriteDocument rewrites the whole body of an answer in the form that f reads.
func (u *Upstream) rewriteDocument(in []byte, sc *exchange.Scope, res *http.Response, f dialect.AnswerRewriter) error {
	done, ok := u.Budget.Work(res.Request.Context(), len(in))
	defer done()
	if !ok {
		return cmp.Or(res.Request.Context().Err(), error(refusal.New(refusal.Overloaded)))
	}
	isMessage := chooseStatement(sc, in)
	// Besides the answer and the statement, room has an eighth more, for replacements that are longer than the personal data.
	room := make([]byte, 0, len(in)+len(in)/8+len(sc.Statement))
	body, read, err := u.transformDocument(room, in, sc, u.boundTexts(in, f))
	if err != nil {
		return err
	}
	if isMessage && sc.Statement != "" && !read.Shown {
		return refusal.Because(refusal.AnswerUnreadable, "The answer to the messaging service is a message without a text before which the disclosure could stand.").
			WithRemedy("The developer of the chatbot must send the message by a call to the API of the service.")
	}
	// A messaging service can have shown the statement before.
	sc.Disclosed = sc.Disclosed || read.Shown
	sc.Corrected += read.Corrected
	sc.NoteConversation(read.Conversation)
	replaceBody(res, recallSaid(sc, res, body))
	return nil
}

// recallSaid returns an answer with what the sidecar has said last in the conversation, if the answer has a place for it.
func recallSaid(sc *exchange.Scope, res *http.Response, answer []byte) []byte {
	if sc.Recalled == nil || sc.Route.Format.FormOf(res.Header.Get("Content-Type")) != dialect.Document {
		return answer
	}
	out, ok := sc.Route.Format.AppendRecalled(nil, answer, *sc.Recalled)
	if !ok {
		return answer
	}
	// It is there only until a message goes on.
	res.Header["Cache-Control"] = []string{"no-store"}
	return out
}

// chooseStatement chooses the statement of an answer to a messaging service, and reports whether the answer is a message in a conversation.
func chooseStatement(sc *exchange.Scope, answer []byte) (isMessage bool) {
	if sc.ChooseStatement == nil {
		return false
	}
	conversation, ok := sc.Route.Format.ConversationOfAnswer(answer)
	if ok {
		sc.ChooseStatement(conversation)
	}
	return conversation != ""
}

// transformDocument changes the texts of a whole answer as the use of the route says.
func (u *Upstream) transformDocument(dst, in []byte, sc *exchange.Scope, f dialect.AnswerRewriter) (out []byte, read transform.Answered, err error) {
	if sc.Route.Use == shape.UseHistory || sc.Route.Use == shape.UseOpening {
		statement := transform.Statement{Text: sc.Statement, InEach: sc.StatementInEach}
		return u.transformFor(sc).Past(dst, in, f, statement, &sc.AnswerRedactions)
	}
	return u.transformFor(sc).Answer(dst, in, f, sc.Statement, &sc.AnswerRedactions)
}

// transformFor returns what changes the answer of an exchange. Only answers to people are corrected.
func (u *Upstream) transformFor(sc *exchange.Scope) *transform.Transform {
	if sc.Route.Direction != exchange.Ingress {
		return u.Transform
	}
	return u.Transform.Correcting(sc.Request.Asked)
}

// replaceBody replaces the body of an answer that has been read, or that nothing reads.
func replaceBody(res *http.Response, body []byte) {
	// Drop the trailers, which the HTTP transport has set at the end of the body: nothing inspects them.
	res.Trailer = nil
	// An error of closing the original body changes nothing: no more of it is needed.
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
}

// refuseIncomplete returns the refusal for an error of reading the body of an answer: the connection broke, or the Content-Length or a
// chunk is wrong. It returns the error unchanged if the client has disconnected.
func refuseIncomplete(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return refusal.Because(refusal.AnswerMalformed, "The answer did not arrive completely.").
		WithRemedy("Try again later. If that does not help, tell the team that runs the chatbot.")
}

// startPauseTimer returns a timer that cancels the request to the upstream after maxPause, unless the caller stops or resets it.
func (u *Upstream) startPauseTimer(sc *exchange.Scope) *time.Timer {
	return time.AfterFunc(u.maxPause(), sc.Cancel)
}

// maxPause is the longest time that one read of a streamed answer may take, and the whole body of an answer that is not streamed. The time
// that the client takes to receive the answer does not count (see filter.Record).
func (u *Upstream) maxPause() time.Duration { return time.Duration(u.Limits.IdleSeconds) * time.Second }

// rewriteStream replaces the body by one that rewrites the stream while the proxy reads it.
func (u *Upstream) rewriteStream(sc *exchange.Scope, res *http.Response) {
	sc.Streamed = true
	// The length of the rewritten answer is not known in advance.
	res.ContentLength = -1
	// The proxy would announce the trailers, which nothing inspects. The HTTP transport sets them again at the end of the body, where
	// streamBody drops them.
	res.Trailer = nil
	// No cache between the sidecar and the client may store a stream, whatever the upstream says.
	res.Header["Cache-Control"] = []string{"no-store"}
	stream := u.transformFor(sc).Stream(sc.Route.Format, sc.Statement, &sc.AnswerRedactions)
	if sc.Route.Use != shape.UseTurn || sc.Route.Format.HasBeats() {
		// Nobody has asked for an answer on the connection: it tells what happens, which can be nothing.
		stream.AllowEmpty()
	}
	res.Body = &streamBody{
		scope: sc, response: res, upstream: res.Body, pauseTimer: u.startPauseTimer(sc), maxPause: u.maxPause(),
		stream: stream,
	}
}
