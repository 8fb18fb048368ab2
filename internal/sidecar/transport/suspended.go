package transport

import (
	"context"
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/socketio"
)

// SuspendedSocketHandler returns the last handler of a socket of a suspended chatbot whose shape says refusals: stock clients show people
// nothing of a refused handshake. It accepts the connection in place of the app, which gets nothing, and answers each message of the person with
// the refusal why.
func (u *Upstream) SuspendedSocketHandler(s Sockets, why *refusal.Refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sc := exchange.From(r)
		done, fault := u.openSocket(r)
		if fault != nil {
			filter.Refuse(w, r, fault)
			return
		}
		defer done()
		sc.Refused = why
		l := &relay{upstream: u, Sockets: s, connection: sc, header: r.Header}
		// Browsers end a connection for which none of the subprotocols that they offer is chosen.
		subprotocol := ""
		if offered := listProtocols(r.Header); len(offered) > 0 {
			subprotocol = offered[0]
		}
		if fault := l.accept(w, r, subprotocol); fault != nil {
			sc.Refused = fault
			return
		}
		defer func() { _ = l.client.CloseNow() }()
		sc.Streamed = true
		l.runSuspended(r.Context(), r.URL.Query().Get("EIO"), why)
	})
}

// runSuspended answers frames until the client closes the connection, or the sidecar does so. version is that of Engine.IO.
func (l *relay) runSuspended(ctx context.Context, version string, why *refusal.Refusal) {
	frames, stop := l.begin(ctx)
	defer stop()
	if l.connection.Route.HasPackets {
		for _, frame := range socketio.Open(l.connection.ID, version) {
			if l.write(frames, l.client, []byte(frame)) != nil {
				return
			}
		}
	}
	l.pass(frames, l.client, nil, l.connection.Held, func(ctx context.Context, in []byte) error { return l.answerSuspended(ctx, in, why) })
}

// answerSuspended answers a frame with a text of the person by the refusal, and what socket.io asks. It ignores every other frame.
func (l *relay) answerSuspended(ctx context.Context, in []byte, why *refusal.Refusal) error {
	document, err := l.open(in)
	if err != nil {
		return l.refuseFrame(ctx, len(in), why)
	}
	if l.connection.Route.HasPackets {
		if answer := socketio.Answer(in, l.connection.ID); answer != "" {
			return l.write(ctx, l.client, []byte(answer))
		}
	}
	if document == nil {
		return nil
	}
	done, ok := l.upstream.Budget.Work(ctx, len(in))
	defer done()
	if !ok {
		return l.refuseFrame(ctx, len(in), refusal.New(refusal.Overloaded))
	}
	out, read, err := l.upstream.Transform.Frame(nil, document, l.connection.Route.Format, new(redact.Counts))
	switch {
	case err != nil:
		return l.refuseFrame(ctx, len(in), why)
	case !read.HasProse:
		return nil
	}
	sc := l.newTurn().scope
	sc.Request = read
	return l.refuseFrameIn(ctx, sc, len(in), l.Handover.Suspended(ctx, sc, l.newFrameTurn(out, read), why))
}
