package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// errIdle means that the upstream paused for too long inside an answer.
var errIdle = errors.New("the answer paused for too long")

// rewriteAnswer rewrites what the upstream sent, or refuses what cannot be read. The proxy hands an error to refuseFailure.
func (u *Upstream) rewriteAnswer(res *http.Response) error {
	sc := exchange.From(res.Request)
	filter.DeleteReserved(res.Header)
	form, why := checkAnswer(res, sc.Route.Format)
	if why != nil {
		return why
	}
	u.rewriteHeader(res.Header, &sc.AnswerRedactions)
	if form == dialect.Streamed {
		u.rewriteStream(sc, res)
		return nil
	}
	return u.rewriteWhole(sc, res)
}

// checkAnswer says how an answer is read, by its header.
func checkAnswer(res *http.Response, f dialect.Format) (dialect.Form, *refusal.Refusal) {
	if res.StatusCode < 200 || res.StatusCode >= 300 && res.StatusCode < 400 {
		return dialect.Unreadable, refusal.Because(refusal.AnswerType, "The chatbot or model service answered with a redirect or an upgrade.").
			WithRemedy("The developer of the chatbot or model service must answer without a redirect or an upgrade.")
	}
	// Clients ignore the body of these: no one would see a disclosure in it.
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
	if !filter.IsUncompressed(res.Header) {
		return dialect.Unreadable, refusal.Because(refusal.AnswerType, "The answer of the chatbot or model service is compressed.").
			WithRemedy("The developer of the chatbot or model service must honor Accept-Encoding: identity.")
	}
	return form, nil
}

// rewriteWhole reads an answer up to its limit and rewrites it.
func (u *Upstream) rewriteWhole(sc *exchange.Scope, res *http.Response) error {
	in := exchange.TakeBuffer()
	defer func() { exchange.PutBuffer(in) }()
	idle := u.startIdle(sc)
	_, err := in.ReadFrom(io.LimitReader(res.Body, u.Limits.ResponseBytes+1))
	if late := !idle.Stop(); err != nil {
		if late {
			return errIdle
		}
		return refuseIncomplete(res.Request.Context(), err)
	}
	if int64(in.Len()) > u.Limits.ResponseBytes {
		return refusal.Because(refusal.AnswerTooLarge, "The answer is larger than "+strconv.FormatInt(u.Limits.ResponseBytes, 10)+" bytes.")
	}
	room := make([]byte, 0, in.Len()+in.Len()/8+len(sc.Statement))
	body, shown, err := u.Transform.Answer(room, in.Bytes(), sc.Route.Format, sc.Statement, &sc.AnswerRedactions)
	if err != nil {
		return err
	}
	sc.Disclosed = shown
	// The HTTP transport fills in trailers when the body has been read; nothing has inspected them.
	res.Trailer = nil
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	return nil
}

// refuseIncomplete returns the refusal of an answer whose header arrived and whose body did not: the connection broke, or the length or a
// chunk is wrong. It returns the error unchanged if the client has gone.
func refuseIncomplete(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return refusal.Because(refusal.AnswerMalformed, "The answer did not arrive completely.").
		WithRemedy("Try again later. If that does not help, tell the team that runs the chatbot.")
}

// startIdle cancels the request to the upstream after the longest allowed pause, unless the caller stops or resets the timer.
func (u *Upstream) startIdle(sc *exchange.Scope) *time.Timer {
	return time.AfterFunc(u.idleTime(), sc.Cancel)
}

func (u *Upstream) idleTime() time.Duration { return time.Duration(u.Limits.IdleSeconds) * time.Second }

// rewriteStream replaces the body with one that rewrites the stream while it is read.
func (u *Upstream) rewriteStream(sc *exchange.Scope, res *http.Response) {
	sc.Streamed = true
	res.ContentLength = -1
	// The proxy would announce these trailers, which nothing inspects. The HTTP transport fills them in again at the end.
	res.Trailer = nil
	res.Header["Cache-Control"] = []string{"no-store"}
	res.Body = &streamBody{
		scope: sc, response: res, from: res.Body, idle: u.startIdle(sc), idleTime: u.idleTime(),
		stream: u.Transform.Stream(sc.Route.Format, sc.Statement, &sc.AnswerRedactions),
	}
}
