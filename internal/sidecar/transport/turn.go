package transport

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/socketio"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// turn is a message of the person and what the app says until the person says something else. If that is in the middle of an answer, the
// answer goes on in the next turn.
type turn struct {
	// scope is what the record of the turn is made of.
	scope *exchange.Scope
	// isConnection means that the scope is that of the connection, whose record the filter Record writes.
	isConnection bool
	// answers are the answers that are being rewritten.
	answers answers
	// hasAnswer means that an answer has begun.
	hasAnswer bool
	// bytes is the length of the frames that the client got.
	bytes int64
}

// isOpen reports whether the app has not answered completely.
func (t *turn) isOpen() bool {
	return !t.isConnection && !t.hasAnswer || t.answers.areOpen()
}

// takeFromClient checks and redacts a frame of the client and passes it on to the app. A frame that is refused goes no further, and the
// client gets the refusal as a frame.
func (l *relay) takeFromClient(ctx context.Context, in []byte) error {
	document, err := l.open(in)
	if err != nil {
		return l.refuseFrame(ctx, len(in), refusal.Because(refusal.BodyMalformed, "A frame is not a text packet of socket.io.").
			WithRemedy("Send text packets of socket.io. Binary events are not read."))
	}
	if document == nil {
		return l.write(ctx, l.app, in)
	}
	done, ok := l.upstream.Budget.Work(ctx, len(in))
	defer done()
	if !ok {
		return l.refuseFrame(ctx, len(in), refusal.New(refusal.Overloaded))
	}
	var counts redact.Counts
	out, read, err := l.upstream.Transform.Frame(nil, document, l.connection.Route.Format, &counts)
	var why *refusal.Refusal
	switch {
	case errors.As(err, &why):
		return l.refuseFrame(ctx, len(in), why)
	case err != nil:
		return err
	}
	read.SetsUp = read.SetsUp || l.connection.Route.HasPackets && socketio.IsConnect(in)
	if why, sc := l.handOver(ctx, out, read); why != nil {
		return l.refuseFrameIn(ctx, sc, len(in), why)
	}
	if why := l.checkMessage(len(in), read); why != nil {
		return l.refuseFrame(ctx, len(in), why)
	}
	out, hasConsent, why := l.askConsent(out, read)
	if why != nil {
		return l.refuseFrame(ctx, len(in), why)
	}
	l.noteFrame(len(in), read, counts)
	l.noteConsent(hasConsent)
	return l.send(ctx, l.app, out)
}

// checkMessage returns why a frame of the client with the length comes too fast, or must not go on without a human, or nil. A frame that is no
// prose is no message.
func (l *relay) checkMessage(length int, read transform.Request) *refusal.Refusal {
	if limits := l.upstream.Limits; limits.HasPace() && read.HasProse {
		if why := l.Pace.Check(limits, l.identify(read), l.caller, length); why != nil {
			return why
		}
	}
	return l.requireDesk(read)
}

// requireDesk returns why a frame of the client must not go on, or nil. A frame that sets up the connection, or is no prose, begins nothing.
func (l *relay) requireDesk(read transform.Request) *refusal.Refusal {
	if l.Desk == nil || !read.HasProse {
		return nil
	}
	return l.Desk.Check(l.identify(read), read)
}

// handOver returns what is said to the person in place of passing a frame on, with the scope of the turn in which it is said, or nil.
func (l *relay) handOver(ctx context.Context, frame []byte, read transform.Request) (*refusal.Refusal, *exchange.Scope) {
	if l.Handover == nil || !read.HasProse {
		return nil, nil
	}
	sc := l.newTurn().scope
	sc.Request = read
	return l.Handover.Decide(ctx, sc, l.newFrameTurn(frame, read)), sc
}

// newFrameTurn returns a frame as filter.Handover needs it.
func (l *relay) newFrameTurn(frame []byte, read transform.Request) filter.Turn {
	return filter.Turn{ID: "socket " + l.identify(read), Session: read.Session, Body: frame, IsFrame: true, Request: read}
}

// identify returns what identifies the conversation of a frame. A connection is a conversation unless its frames name one.
func (l *relay) identify(read transform.Request) string {
	return l.connection.Route.Name + " " + cmp.Or(read.Session, l.connection.ID)
}

// askConsent returns the frame that goes on in place of a frame of the client, or why none does, and whether the person has consented.
func (l *relay) askConsent(frame []byte, read transform.Request) (next []byte, hasConsent bool, why *refusal.Refusal) {
	if l.Asker == nil {
		return frame, false, nil
	}
	// The answer to the question is noted in this scope. The frame that goes on begins a turn.
	sc := &exchange.Scope{Route: l.connection.Route}
	m, why := l.Asker.DecideFrame(sc, l.identify(read), filter.Message{Body: frame, Request: read}, l.header)
	return m.Body, sc.HasConsent, why
}

// noteConsent notes whether the person has consented before the message of the turn went on.
func (l *relay) noteConsent(hasConsent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn.scope.HasConsent = l.turn.scope.HasConsent || hasConsent
}

// noteFrame begins a turn if the frame does so, and adds what was found in the frame to the counts of the turn.
func (l *relay) noteFrame(length int, read transform.Request, counts redact.Counts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if read.HasProse { // It is a turn.
		l.beginTurn()
		l.asked = read.Asked
	}
	l.turn.scope.RequestBytes += length
	for kind, count := range counts {
		l.turn.scope.RequestRedactions[kind] += count
	}
}

// beginTurn ends the turn and begins another one. Answers that the app has not ended go on in it: only the app knows whether it stops
// when the person says something, and the next frame may have the rest of what is held back.
func (l *relay) beginTurn() {
	open := l.turn.answers
	l.turn.answers = nil
	l.endTurn(nil)
	l.turn = l.newTurn()
	l.turn.answers = open
	open.countIn(&l.turn.scope.AnswerRedactions)
}

// newTurn returns a turn of the route.
func (l *relay) newTurn() *turn {
	rt := *l.connection.Route
	rt.Use = shape.UseTurn
	return &turn{scope: &exchange.Scope{ID: exchange.NewID(), Started: l.Now(), Route: &rt, Streamed: true}}
}

// takeFromApp rewrites a frame of the app and passes it on to the client.
func (l *relay) takeFromApp(ctx context.Context, in []byte) error {
	document, err := l.openLine(in)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		return l.refuseAnswer(ctx, refusal.Because(refusal.AnswerMalformed, "A frame of the chatbot is not in the format of the socket.").
			WithRemedy("The developer of the chatbot must send JSON in text frames, as packets if the socket is one of socket.io."))
	}
	if document == nil {
		return l.write(ctx, l.client, in)
	}
	t := l.turn
	format := l.connection.Route.Format
	conversation := format.ConversationOf(document)
	answer := t.answers.find(conversation)
	if answer == nil {
		correcting := l.upstream.Transform.Correcting(l.asked)
		answer = correcting.Stream(format, l.dueStatement(conversation), &t.scope.AnswerRedactions)
		l.asked = 0
		t.answers.add(conversation, answer)
	}
	// The stream takes each frame as a line.
	out, err := answer.Write(nil, append(document, '\n'))
	if sendErr := l.sendFrames(ctx, out); sendErr != nil {
		return sendErr
	}
	t.hasAnswer = true
	t.scope.Corrected += answer.TakeCorrected()
	l.noteShown(conversation, answer)
	l.letGoLater(ctx, answer)
	t.answers.dropEnded()
	if err != nil {
		return l.refuseAnswer(ctx, err)
	}
	if l.isClosing && !t.isOpen() {
		return websocket.CloseError{Code: websocket.StatusGoingAway}
	}
	return nil
}

// dueStatement returns the statement if the next answer in the conversation must show it.
func (l *relay) dueStatement(conversation string) string {
	shown, isShown := l.shown[conversation]
	isDue := l.statement != "" && (!isShown || l.RepeatsStatement(shown))
	switch {
	case !isDue && l.asked > 0:
		return l.FindTruth(l.asked)
	case !isDue:
		return ""
	}
	return l.statement
}

// noteShown notes that the client got the statement in an answer.
func (l *relay) noteShown(conversation string, answer *transform.Stream) {
	if !answer.Shown() {
		return
	}
	l.turn.scope.Disclosed = true
	if len(l.shown) == maxShown {
		clear(l.shown)
	}
	l.shown[conversation] = l.Now()
}

// endTurn writes the record of the turn. why is the refusal with which the sidecar ends the connection, or nil.
func (l *relay) endTurn(why *refusal.Refusal) {
	t := l.turn
	if t.isConnection {
		t.scope.Refused = cmp.Or(t.scope.Refused, why)
		return
	}
	outcome := filter.OutcomeAnswered
	if t.isOpen() {
		outcome = filter.OutcomeDisconnected
		t.scope.Refused = cmp.Or(t.scope.Refused, why)
	}
	if t.scope.Refused != nil {
		outcome = filter.OutcomeRefused
	}
	l.Journal.Write(filter.Ended{Scope: t.scope, Outcome: outcome, Status: http.StatusSwitchingProtocols, Bytes: t.bytes})
	l.turn = &turn{scope: l.connection, isConnection: true}
}

// refuseFrame tells the client that a frame is refused. It has a turn and a record of its own. The connection goes on, and so does the turn
// before it, with its answer.
func (l *relay) refuseFrame(ctx context.Context, length int, why *refusal.Refusal) error {
	return l.refuseFrameIn(ctx, l.newTurn().scope, length, why)
}

// refuseFrameIn is refuseFrame for a turn with the scope.
func (l *relay) refuseFrameIn(ctx context.Context, sc *exchange.Scope, length int, why *refusal.Refusal) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.turn
	l.turn = &turn{scope: sc}
	l.turn.scope.RequestBytes = length
	err := l.sayRefusal(ctx, why)
	l.endTurn(nil)
	l.turn = before
	return err
}

// refuseAnswer tells the client that the answer is refused, and returns the refusal, which ends the connection: nothing tells how the app
// goes on in the middle of an answer.
func (l *relay) refuseAnswer(ctx context.Context, err error) error {
	var why *refusal.Refusal
	if !errors.As(err, &why) {
		why = refusal.Because(refusal.Internal, "The answer cannot be read.")
	}
	return cmp.Or(l.sayRefusal(ctx, why), error(why))
}

// sayRefusal sends the refusal to the client as frames, and notes it for the record of the turn.
func (l *relay) sayRefusal(ctx context.Context, why *refusal.Refusal) error {
	sc := l.turn.scope
	sc.Refused = why
	out := l.Voice.SayFrames(sc, why, l.header, l.Now())
	if out == nil {
		out = sc.Route.Format.AppendRefusal(nil, why, sc.ID)
	}
	if len(out) == 0 {
		// The format has no event for a refusal, so the end of the connection says it.
		return websocket.CloseError{Code: websocket.StatusPolicyViolation}
	}
	return l.sendFrames(ctx, out)
}

// sendFrames sends each line of frames to the client as a message of its own, and counts the bytes of the messages.
func (l *relay) sendFrames(ctx context.Context, frames []byte) error {
	for document := range bytes.Lines(frames) {
		document = bytes.TrimSuffix(document, []byte("\n"))
		l.turn.bytes += int64(len(document))
		if err := l.send(ctx, l.client, document); err != nil {
			return err
		}
	}
	return nil
}

// open returns the document of a frame, or nil for a frame that has no content.
func (l *relay) open(in []byte) (document []byte, err error) {
	if !l.connection.Route.HasPackets {
		if l.connection.Route.Format.IsBeat(in) {
			return nil, nil
		}
		return in, nil
	}
	p, err := socketio.Parse(in)
	switch {
	case err != nil:
		return nil, err
	case p.Namespace != "" && l.upstream.Transform.HasPersonalData([]byte(p.Namespace)):
		return nil, socketio.ErrUnreadable
	case in[0] == '4':
		l.prefix.Store(socketio.EventPrefix(p.Namespace))
	}
	return p.Document, nil
}

// openLine returns the document of a frame on one line, or nil for a frame that has no content.
func (l *relay) openLine(in []byte) ([]byte, error) {
	document, err := l.open(in)
	if err != nil || document == nil {
		return nil, err
	}
	var line bytes.Buffer
	err = json.Compact(&line, document)
	return line.Bytes(), err
}

// send sends a document as a frame.
func (l *relay) send(ctx context.Context, to *websocket.Conn, document []byte) error {
	if !l.connection.Route.HasPackets {
		return l.write(ctx, to, document)
	}
	prefix, ok := l.prefix.Load().(string)
	if !ok {
		prefix = socketio.DefaultPrefix
	}
	packet, err := socketio.Format(document, prefix)
	if err != nil {
		return refusal.Because(refusal.Internal, "A frame cannot be written as a packet of socket.io.")
	}
	return l.write(ctx, to, packet)
}
