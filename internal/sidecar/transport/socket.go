package transport

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Sockets is what connections that switch to WebSocket need besides what every exchange needs. All fields but Desk, Asker and Handover are required.
type Sockets struct {
	// Journal takes the record of each turn. The filter Record writes that of the connection.
	Journal filter.Journal
	// RepeatsStatement reports whether a person who saw the statement at a time is due to see it again.
	RepeatsStatement func(shown time.Time) bool
	Voice            *filter.Voice
	// FindTruth returns the true answer to a person who asks what the chatbot is (transform.Request.Asked).
	FindTruth func(asked int) string
	// Desk lets conversations begin; nil if people need not reach a human.
	Desk *filter.Desk
	// Pace bounds how fast messages come.
	Pace *filter.Pace
	// Asker asks people for consent; nil if the sidecar does not ask.
	Asker *filter.Asker
	// Handover turns to humans; nil if there is none.
	Handover *filter.Handover
	Now      func() time.Time
	// Draining is canceled when the server begins to drain, and Retired when another configuration takes the place of this one.
	Draining, Retired context.Context
}

// SocketHandler returns the last handler of a route whose connections switch to WebSocket. The app decides whether it accepts a connection,
// also by its origin. No extension is agreed, so that frames are not compressed.
func (u *Upstream) SocketHandler(rt *exchange.Route, s Sockets) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sc := exchange.From(r)
		done, why := u.openSocket(r)
		if why != nil {
			filter.Refuse(w, r, why)
			return
		}
		defer done()
		l := &relay{upstream: u, Sockets: s, connection: sc, header: r.Header, caller: filter.FindCaller(r), statement: sc.Statement, shown: map[string]time.Time{}}
		if why := l.dial(w, r, rt); why != nil {
			filter.Refuse(w, r, why)
			return
		}
		defer func() { _ = l.app.CloseNow() }()
		if why := l.accept(w, r, l.app.Subprotocol()); why != nil {
			sc.Refused = why
			return
		}
		defer func() { _ = l.client.CloseNow() }()
		sc.Streamed = true
		l.run(r.Context())
	})
}

// openSocket checks a handshake and takes a place for its connection. It returns what gives the place back, or why there is none.
func (u *Upstream) openSocket(r *http.Request) (done func(), why *refusal.Refusal) {
	// The body is empty, and its deadline would end the connection.
	exchange.From(r).BodyDeadline.Lift()
	if why := checkHandshake(r); why != nil {
		return nil, why
	}
	done, ok := u.Budget.OpenSocket()
	if !ok {
		return nil, refusal.New(refusal.Overloaded)
	}
	return done, nil
}

// checkHandshake refuses a request that does not ask for WebSocket as RFC 6455, section 4.2.1, describes it: by HTTP/1, in version 13 and
// with a key of 16 bytes.
func checkHandshake(r *http.Request) *refusal.Refusal {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-Websocket-Key"))
	isComplete := strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && hasToken(r.Header["Connection"], "upgrade") &&
		r.Header.Get("Sec-Websocket-Version") == "13" && err == nil && len(key) == 16
	if isComplete && r.ProtoMajor == 1 {
		return nil
	}
	return refusal.Because(refusal.Upgrade, "The request does not ask for WebSocket, version 13.").
		WithRemedy("Connect with WebSocket. A client of socket.io needs the option `transports: [\"websocket\"]`, because polling is not read.")
}

// hasToken reports whether a list of tokens in headers has the token.
func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(values, ","), ","), func(text string) bool {
		return strings.EqualFold(strings.TrimSpace(text), token)
	})
}

// connectionHeaders are the headers of one connection (RFC 9110, section 7.6.1), and those of the handshake, which each side makes by
// itself.
var connectionHeaders = []string{
	"Connection", "Upgrade", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Proxy-Connection", "Proxy-Authorization", "Content-Length",
	"Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Sec-Websocket-Accept",
}

// deleteConnection deletes the headers of one connection.
func deleteConnection(h http.Header) {
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range connectionHeaders {
		delete(h, name)
	}
}

// dial connects to the app as the client asked, and copies the headers of its response to the response for the client. It returns why the
// client is refused, or nil.
func (l *relay) dial(w http.ResponseWriter, r *http.Request, rt *exchange.Route) *refusal.Refusal {
	ctx, cancel := context.WithTimeout(r.Context(), l.upstream.maxPause())
	defer cancel()
	pr := &httputil.ProxyRequest{In: r, Out: r.Clone(ctx)}
	deleteConnection(pr.Out.Header)
	// rewriteRequest expects a request without these headers, as httputil.ReverseProxy makes it. It adds them again where they may pass.
	for _, name := range []string{forwarded, forwardedFor, forwardedHost, forwardedProto} {
		delete(pr.Out.Header, name)
	}
	rewriteRequest(pr, rt)
	client := &http.Client{
		Transport: l.upstream.Transport,
		// Follow no redirect: it could lead to a server that the sidecar does not govern.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	options := &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: pr.Out.Header, Host: pr.Out.Host, Subprotocols: listProtocols(r.Header),
		CompressionMode: websocket.CompressionDisabled, OnPingReceived: l.forwardPing(func() *websocket.Conn { return l.client }),
	}
	app, res, err := websocket.Dial(ctx, pr.Out.URL.String(), options) //nolint:bodyclose // The body is the connection, or Dial has closed it.
	switch {
	case err != nil && res == nil:
		return newFailureRefusal(ctx, err)
	case err != nil:
		return newHandshakeRefusal(res)
	}
	l.app = app
	filter.DeleteReserved(res.Header)
	deleteConnection(res.Header)
	l.upstream.rewriteHeader(res.Header, &l.connection.AnswerRedactions)
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	return nil
}

// listProtocols returns the subprotocols that a client offers.
func listProtocols(h http.Header) []string {
	var list []string
	for _, value := range h["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(value, ",") {
			list = append(list, strings.TrimSpace(name))
		}
	}
	return list
}

// newHandshakeRefusal returns the refusal for an app that does not switch to WebSocket. An error of the app keeps its status.
func newHandshakeRefusal(res *http.Response) *refusal.Refusal {
	why := refusal.Because(refusal.AnswerType, "The chatbot did not accept the connection by WebSocket.").
		WithRemedy("The status tells what is wrong, if it is not 502.")
	if res.StatusCode < 400 {
		return why
	}
	return why.WithStatus(res.StatusCode, keepHeaders(res.Header))
}

// accept switches the connection of the client to WebSocket, with a subprotocol unless it is "".
func (l *relay) accept(w http.ResponseWriter, r *http.Request, subprotocol string) *refusal.Refusal {
	options := &websocket.AcceptOptions{
		// The app has seen the origin, and has accepted it, or it gets nothing of the connection.
		InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: l.forwardPing(func() *websocket.Conn { return l.app }),
	}
	if subprotocol != "" {
		options.Subprotocols = []string{subprotocol}
	}
	client, err := websocket.Accept(w, r, options)
	if err != nil {
		return refusal.New(refusal.Disconnected)
	}
	l.client = client
	return nil
}
