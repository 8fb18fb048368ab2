package sidecar

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/openai"
)

// errIdle: the upstream paused for too long inside an answer.
var errIdle = errors.New("the answer paused for too long")

// bodyHeaders speak of the body as it came and are wrong for the rewritten one.
var bodyHeaders = []string{
	"Content-Encoding", "Content-Length", "Transfer-Encoding", "Trailer", "Etag", "Last-Modified", "Accept-Ranges",
	"Content-Range", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest",
}

// answer rewrites what the upstream sent: it puts the statement in front, replaces personal data, and refuses what it cannot
// read. An error makes the proxy call upstreamFailed.
func (g *generation) answer(res *http.Response) error {
	sc := scopeOf(res.Request)
	stripAsserted(res.Header)
	if f := unreadableAnswer(res); f != nil {
		return f
	}
	for _, name := range bodyHeaders {
		delete(res.Header, name)
	}
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	if strings.EqualFold(strings.TrimSpace(media), "text/event-stream") {
		g.streamAnswer(sc, res)
		return nil
	}
	return g.wholeAnswer(sc, res)
}

func unreadableAnswer(res *http.Response) *finding {
	if res.StatusCode < 200 || res.StatusCode >= 300 && res.StatusCode < 400 {
		return &finding{
			rule: ruleAnswerType, what: "The chatbot answered with a redirect or an upgrade.",
			remedy: "Ask the chatbot's developer to answer directly.",
		}
	}
	types := res.Header["Content-Type"]
	if len(types) != 1 || !isJSON(types[0]) && !isEventStream(types[0]) {
		return &finding{
			rule: ruleAnswerType, what: "The chatbot's answer is neither JSON nor an event stream.",
			remedy: "Ask the chatbot's developer to answer with chat completions.",
		}
	}
	if !plainEncoding(res.Header) {
		return &finding{
			rule: ruleAnswerType, what: "The chatbot's answer is compressed.",
			remedy: "Ask the chatbot's developer to honour Accept-Encoding: identity.",
		}
	}
	return nil
}

// isEventStream admits text/event-stream, which is always UTF-8; a charset parameter must not say otherwise.
func isEventStream(contentType string) bool {
	media, parameters, _ := strings.Cut(contentType, ";")
	if !strings.EqualFold(strings.TrimSpace(media), "text/event-stream") {
		return false
	}
	return parameters == "" || strings.EqualFold(strings.TrimSpace(parameters), "charset=utf-8")
}

// wholeAnswer reads an answer up to its limit and rewrites it.
func (g *generation) wholeAnswer(sc *scope, res *http.Response) error {
	in, _ := buffers.Get().(*bytes.Buffer)
	defer func() { giveBack(in) }()
	idle := g.patience(sc)
	_, err := in.ReadFrom(io.LimitReader(res.Body, g.limits.ResponseBytes+1))
	if late := !idle.Stop(); err != nil {
		if late {
			return errIdle
		}
		return err
	}
	if int64(in.Len()) > g.limits.ResponseBytes {
		return &finding{
			rule: ruleAnswerTooLarge, what: "The answer is larger than " + strconv.FormatInt(g.limits.ResponseBytes, 10) + " bytes.",
			remedy: "Ask for a streamed answer.",
		}
	}
	room := make([]byte, 0, in.Len()+in.Len()/8+len(sc.opening))
	body, shown, err := g.codec.Answer(room, in.Bytes(), sc.opening, &sc.answerFinds)
	if err != nil {
		return err
	}
	sc.disclosed = shown
	// The transport fills in trailers when the body has been read; nothing has inspected them.
	res.Trailer = nil
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	res.Header["Content-Length"] = []string{strconv.Itoa(len(body))}
	return nil
}

// patience gives the upstream's part up after the longest pause. Whoever starts it stops it or lets it run out.
func (g *generation) patience(sc *scope) *time.Timer {
	return time.AfterFunc(g.idle(), sc.cancel)
}

func (g *generation) idle() time.Duration { return time.Duration(g.limits.IdleSeconds) * time.Second }

// streamAnswer puts a rewriting reader in the place of the stream.
func (g *generation) streamAnswer(sc *scope, res *http.Response) {
	sc.streamed = true
	res.ContentLength = -1
	// The proxy would announce these trailers, which nothing inspects. The transport fills them in again at the end.
	res.Trailer = nil
	res.Header["Cache-Control"] = []string{"no-store"}
	res.Body = &streamBody{
		generation: g, scope: sc, response: res, from: res.Body,
		stream: g.codec.Stream(sc.opening, &sc.answerFinds), idle: g.patience(sc),
	}
}

// pieceSize is how much of a stream is read at once; events are a few hundred bytes.
const pieceSize = 2 << 10

// streamBody is a streamed answer on its way to the client. The proxy reads it in one goroutine and closes it.
type streamBody struct {
	generation *generation
	scope      *scope
	response   *http.Response
	from       io.ReadCloser
	stream     *openai.Stream
	idle       *time.Timer
	in         [pieceSize]byte
	// out[sent:] is rewritten and not yet read.
	out  []byte
	sent int
	// end is returned when out has been read.
	end error
}

// Read returns rewritten events as soon as there are any.
func (b *streamBody) Read(p []byte) (int, error) {
	for b.sent == len(b.out) {
		if b.end != nil {
			return 0, b.end
		}
		b.advance()
	}
	n := copy(p, b.out[b.sent:])
	b.sent += n
	return n, nil
}

// advance reads one piece of the upstream's stream and rewrites it.
func (b *streamBody) advance() {
	n, readErr := b.from.Read(b.in[:])
	inTime := b.idle.Reset(b.generation.idle())
	b.sent = 0
	var err error
	b.out, err = b.stream.Write(b.out[:0], b.in[:n])
	if err == nil && errors.Is(readErr, io.EOF) {
		b.out, err = b.stream.Close(b.out)
	}
	b.scope.disclosed = b.stream.Shown()
	switch {
	case err != nil:
		b.refuse(err)
	case errors.Is(readErr, io.EOF):
		b.response.Trailer = nil
		b.end = io.EOF
	case readErr != nil:
		b.breakOff(readErr, inTime)
	}
}

// breakOff ends the answer without its end, so that the client cannot take it for whole.
func (b *streamBody) breakOff(err error, inTime bool) {
	b.end = err
	if !inTime {
		b.end = errIdle
	}
	// A cancelled context means that the client has gone; the upstream is not to blame.
	if !inTime || !errors.Is(err, context.Canceled) {
		b.scope.cut = b.end
	}
}

// refuse ends the stream in the client's format. What the event would have said is dropped.
func (b *streamBody) refuse(err error) {
	f, ok := findingOf(err)
	if !ok {
		f = &finding{rule: ruleInternal, what: "The answer cannot be read.", remedy: "Report the exchange id to the operator."}
	}
	b.out = refusalEvent(b.out, b.scope, f)
	b.response.Trailer = nil
	b.end = io.EOF
}

// Close ends the upstream's part.
func (b *streamBody) Close() error {
	b.idle.Stop()
	return b.from.Close()
}
