package sidecar_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// The names of the shapes of sockets.
const (
	plainName = "plain-socket"
	rasaName  = "rasa-socketio"
)

// plainSocket is a wire format of frames with JSON: the person says `say`, and the chatbot answers in pieces and then `done`.
const plainSocket = `
shape: plain-socket
title: plain socket
revision: 1
evidence: {source: the test, read: "2026-11-28", sureness: C, versions: one}
routes:
- {name: socket, method: GET, path: /chat, upgrade: websocket, use: socket}
request:
  places:
  - {at: $, is: message, author: user, kinds: [object], fault: A frame is not an object.}
  - {at: $.say, is: prose}
  - {at: $.image, kinds: ["null"], fault: A frame has an image., unreadable: true}
answer: {places: []}
stream:
  framing: websocket
  beats: ["", ping]
  needs: [$.type]
  needsFault: A frame has no type.
  traceableDepth: 1
  flushes: {piece: '{"type":"piece",${name}:${text}}'}
  places:
  - {at: $, is: message, author: assistant, kinds: [object], fault: A frame is not an object.}
  - {at: $.type, is: identifier, values: [piece, done, hello, beat], valuesFault: A frame has a type that the sidecar does not know., last: [done]}
  - {at: $.text, is: prose, grows: append, flush: piece}
refusal:
  body: '{"error":${message},"rule":${rule}}'
  stream: ['{"type":"done","error":${message},"rule":${rule}}']
say:
  refusals: answers
  stream: ['{"type":"piece","text":${text}}', '{"type":"done"}']
examples:
- {name: a question, of: request, in: '{"say":"hi"}', texts: [hi], out: '{"say":"hi"}'}
- {name: an answer, of: stream, in: "{\"type\":\"piece\",\"text\":\"hi\"}\n", texts: [hi], out: "{\"type\":\"piece\",\"text\":\"hi\"}\n"}
`

// socketApp is the app behind a socket. Tests read and write its frames.
type socketApp struct {
	t *testing.T
	// requests has the header of each handshake.
	requests chan http.Header
	conns    chan *websocket.Conn
}

// accept is the handler of the app.
func (a *socketApp) accept(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Set-Cookie", "sid=1")
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{"chat.v1"}, CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		return
	}
	a.requests <- r.Header
	a.conns <- c
	// The connection is hijacked: the handler may return.
}

// newSocket starts a sidecar in front of an app that speaks the plain socket, or packets of Rasa.
func newSocket(t *testing.T, name string, change func(*sidecarconfig.Config)) (*harness, *socketApp) {
	t.Helper()
	return newSocketWith(t, name, change, func(*sidecar.Options) {})
}

// newSocketWith also changes the options.
func newSocketWith(t *testing.T, name string, change func(*sidecarconfig.Config), set func(*sidecar.Options)) (*harness, *socketApp) {
	t.Helper()
	app := &socketApp{t: t, requests: make(chan http.Header, 9), conns: make(chan *websocket.Conn, 9)}
	h := newHarnessWith(t, app.accept, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape = name
		if name == plainName {
			c.Ports[0].Document = bareDocument(t, plainSocket)
		}
		if change != nil {
			change(c)
		}
	}, set)
	return h, app
}

// dial connects a client, and returns its connection and that of the app.
func (h *harness) dial(app *socketApp, path string, header ...string) (client, server *websocket.Conn, res *http.Response) {
	h.t.Helper()
	options := &websocket.DialOptions{HTTPHeader: http.Header{}, CompressionMode: websocket.CompressionContextTakeover, Subprotocols: []string{"other", "chat.v1"}}
	for i := 0; i < len(header); i += 2 {
		options.HTTPHeader.Add(header[i], header[i+1])
	}
	client, res, err := websocket.Dial(h.t.Context(), "ws://"+h.address(listen)+path, options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = client.CloseNow() })
	server = <-app.conns
	h.t.Cleanup(func() { _ = server.CloseNow() })
	return client, server, res
}

func say(t *testing.T, c *websocket.Conn, frame string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c *websocket.Conn, want string) {
	t.Helper()
	_, got, err := c.Read(t.Context())
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Fatalf("error %v, frame (-want +got):\n%s", err, diff)
	}
}

// hearEnd waits until the connection is closed with the code.
func hearEnd(t *testing.T, c *websocket.Conn, code websocket.StatusCode) {
	t.Helper()
	for {
		_, frame, err := c.Read(t.Context())
		if err == nil {
			t.Logf("frame before the end: %s", frame)
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			t.Errorf("the connection ends with %v (%v), want %v", got, err, code)
		}
		return
	}
}

func TestSocketCarriesTurns(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, res := h.dial(app, "/chat?lang=de", "Accept-Language", "de", "X-Page", "shop", "Chaperone-Suspended", "x")
	seen := <-app.requests
	want := []string{"shop", "", "sid=1", "chat.v1", "", "Sie chatten mit einem KI-System."}
	have := []string{
		seen.Get("X-Page"), seen.Get("Chaperone-Suspended"), res.Header.Get("Set-Cookie"), client.Subprotocol(),
		res.Header.Get("Sec-Websocket-Extensions"), readStatement(res.Header),
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("handshake (-want +got):\n%s", diff)
	}
	say(t, client, `{"say":"I am `+personal+`"}`)
	hear(t, server, `{"say":"I am `+redacted+`"}`)
	say(t, server, `{"type":"piece","text":"Write to eve@"}`)
	hear(t, client, `{"type":"piece","text":"Sie chatten mit einem KI-System.\n\nWrite to "}`)
	say(t, server, `{"type":"piece","text":"shop.example now"}`)
	hear(t, client, `{"type":"piece","text":"[redacted:email] "}`)
	say(t, server, `{"type":"done"}`)
	hear(t, client, `{"type":"piece","text":"now"}`)
	hear(t, client, `{"type":"done"}`)
	say(t, client, `{"say":"Thanks"}`)
	hear(t, server, `{"say":"Thanks"}`)
	say(t, server, "{\n  \"type\": \"done\" }")
	hear(t, client, `{"type":"done"}`)
	if err := client.Close(websocket.StatusNormalClosure, "I am Ada"); err != nil {
		t.Error(err)
	}
	hearEnd(t, server, websocket.StatusNormalClosure)
	first, second, connection := threeRecords(t, h)
	wantFirst := []any{"answered", 101, true, 1, 1, len(`{"say":"I am ` + personal + `"}`)}
	haveFirst := []any{first.Outcome, first.Status, first.Disclosed, first.Redacted["request"]["iban"], first.Redacted["answer"]["email"], first.RequestBytes}
	if diff := cmp.Diff(wantFirst, haveFirst); diff != "" {
		t.Errorf("first turn (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"answered", 101, false, 0}, []any{second.Outcome, second.Status, second.Disclosed, len(second.Redacted["request"])}); diff != "" {
		t.Errorf("second turn (-want +got):\n%s", diff)
	}
	if connection.Outcome != "answered" || connection.Status != 101 || connection.Rule != "" {
		t.Errorf("connection is %+v", connection)
	}
}

// readStatement returns the statement of a header whose letters are all ASCII.
func readStatement(h http.Header) string { return h.Get("Chaperone-Disclosure") }

func threeRecords(t *testing.T, h *harness) (first, second, third record) {
	t.Helper()
	h.await(3)
	all := h.records()
	if len(all) != 3 {
		t.Fatalf("there are %d records, want 3: %+v", len(all), all)
	}
	return all[0], all[1], all[2]
}

// await waits until as many records are written.
func (h *harness) await(count int) {
	h.t.Helper()
	for strings.Count(h.audit.String(), "\n") < count {
		if h.t.Context().Err() != nil {
			h.t.Fatalf("records are %s", h.audit.String())
		}
		time.Sleep(time.Millisecond)
	}
}

func TestSocketRefusesFramesInItsForm(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	say(t, client, `{"say":"Look","image":"data:"}`)
	hear(t, client, `{"type":"piece","text":"The chat assistant can read text only. Please send your message without images, sound or files."}`)
	hear(t, client, `{"type":"done"}`)
	say(t, client, `hello`)
	_, frame, err := client.Read(t.Context())
	if err != nil || !strings.Contains(string(frame), `"rule":"sidecar.body_malformed"`) {
		t.Errorf("frame is %s, error %v", frame, err)
	}
	// The connection goes on, and the app has seen nothing.
	say(t, client, `{"say":"Hello"}`)
	hear(t, server, `{"say":"Hello"}`)
	say(t, server, `{"type":"done"}`)
	hear(t, client, `{"type":"done"}`)
	server.CloseRead(t.Context())
	_ = client.CloseNow()
	h.await(4)
	var rules []string
	for _, r := range h.records() {
		rules = append(rules, r.Outcome+" "+r.Rule)
	}
	if diff := cmp.Diff([]string{"refused sidecar.part_unreadable", "refused sidecar.body_malformed", "answered ", "answered "}, rules); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestSocketRefusesAnswersAndEnds(t *testing.T) {
	for name, frame := range map[string]string{
		"no JSON": "joe@shop.example", "unknown type": `{"type":"x"}`, "no type": `{"text":"a"}`, "two documents": `{"type":"done"}{"type":"done"}`,
	} {
		t.Run(name, func(t *testing.T) {
			h, app := newSocket(t, plainName, nil)
			client, server, _ := h.dial(app, "/chat")
			say(t, client, `{"say":"Hello"}`)
			hear(t, server, `{"say":"Hello"}`)
			say(t, server, frame)
			server.CloseRead(t.Context())
			_, got, err := client.Read(t.Context())
			if err == nil && strings.Contains(string(got), "joe@") {
				t.Errorf("frame is %s", got)
			}
			if err == nil {
				hearEnd(t, client, websocket.StatusInternalError)
			}
			h.await(2)
			if all := h.records(); all[0].Outcome != "refused" && all[1].Outcome != "refused" {
				t.Errorf("records are %+v", all)
			}
		})
	}
}

func TestSocketEndsOnFramesThatCannotBeRead(t *testing.T) {
	cases := map[string]struct {
		kind websocket.MessageType
		size int
		code websocket.StatusCode
		rule string
	}{
		"64 MiB": {websocket.MessageText, 64 << 20, websocket.StatusMessageTooBig, "sidecar.body_too_large"},
		"binary": {websocket.MessageBinary, 9, websocket.StatusUnsupportedData, "sidecar.part_unreadable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h, app := newSocket(t, plainName, nil)
			client, server, _ := h.dial(app, "/chat")
			ended := make(chan error)
			go func() {
				_, _, err := client.Read(context.WithoutCancel(t.Context()))
				ended <- err
			}()
			// The sidecar closes the connection while the client writes.
			_ = client.Write(t.Context(), tc.kind, make([]byte, tc.size))
			if got := websocket.CloseStatus(<-ended); got != tc.code {
				t.Errorf("the client is told %v, want %v", got, tc.code)
			}
			hearEnd(t, server, tc.code)
			h.await(1)
			if r := h.takeRecord(); r.Outcome != "refused" || r.Rule != tc.rule {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// TestSocketCarriesLongFrames: the limit is that of requests, and not the one that the library has by default.
func TestSocketCarriesLongFrames(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	server.SetReadLimit(1 << 20)
	long := `{"say":"` + strings.Repeat("Hello ", 50_000) + `"}`
	say(t, client, long)
	hear(t, server, long)
}

func TestSocketPassesClosesAndPings(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	serverContext, clientContext := server.CloseRead(t.Context()), client.CloseRead(t.Context())
	if err := errors.Join(client.Ping(t.Context()), server.Ping(t.Context())); err != nil {
		t.Error(err)
	}
	_ = server.Close(4001, "bye "+personal)
	<-clientContext.Done()
	<-serverContext.Done()
	h.await(1)
	if strings.Contains(h.audit.String()+h.log.String(), "joe") {
		t.Error("the reason of the app is in the record")
	}
}

func TestAppDecidesWhetherItAcceptsASocket(t *testing.T) {
	h := newHarnessWith(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, "no "+personal, http.StatusForbidden)
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape = rasaName
	}, func(*sidecar.Options) {})
	_, res, err := websocket.Dial(t.Context(), "ws://"+h.address(listen)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err == nil || res.StatusCode != http.StatusForbidden || res.Header.Get("Retry-After") != "7" || res.Header.Get("Chaperone-Refusal") != "sidecar.answer_type" {
		t.Errorf("response is %+v, error %v", res, err)
	}
}

func TestHandshakesThatAreRefused(t *testing.T) {
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="}
	cases := map[string]struct {
		path   string
		header []string
		change func(*sidecarconfig.Config)
		status int
		rule   string
	}{
		"no upgrade":                 {path: "/socket.io/?EIO=4&transport=websocket", status: 400, rule: "sidecar.upgrade"},
		"another version":            {path: "/socket.io/?EIO=4&transport=websocket", header: append(upgrade[:5:5], append([]string{"8"}, upgrade[6:]...)...), status: 400, rule: "sidecar.upgrade"},
		"no key":                     {path: "/socket.io/?EIO=4&transport=websocket", header: upgrade[:6], status: 400, rule: "sidecar.upgrade"},
		"polling":                    {path: "/socket.io/?EIO=4&transport=polling", status: 403, rule: "sidecar.route_refused"},
		"personal data in the query": {path: "/socket.io/?EIO=4&transport=websocket&user=joe%40shop.example", header: upgrade, status: 400, rule: "sidecar.query_malformed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h, _ := newSocket(t, rasaName, tc.change)
			got := h.sendRaw(http.MethodGet, tc.path, "", tc.header...)
			if got.status != tc.status || got.header.Get("Chaperone-Refusal") != tc.rule {
				t.Errorf("status %d, rule %q, want %d, %s: %s", got.status, got.header.Get("Chaperone-Refusal"), tc.status, tc.rule, got.body)
			}
		})
	}
}

func TestSocketEndsWhenItsConfigurationIsReplaced(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	server.CloseRead(t.Context())
	h.config.Suspended = true
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	hearEnd(t, client, websocket.StatusServiceRestart)
}

// TestSocketDrains: an open answer arrives, and then the connection ends.
func TestSocketDrains(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	idle, idleServer, _ := h.dial(app, "/chat")
	idleServer.CloseRead(t.Context())
	say(t, client, `{"say":"Hello"}`)
	hear(t, server, `{"say":"Hello"}`)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- h.server.Run(ctx) }()
	stop()
	hearEnd(t, idle, websocket.StatusGoingAway)
	say(t, server, `{"type":"done"}`)
	hear(t, client, `{"type":"done"}`)
	server.CloseRead(t.Context())
	hearEnd(t, client, websocket.StatusGoingAway)
	if err := <-done; err != nil {
		t.Error(err)
	}
	h.stopped = true
	if all := h.records(); len(all) != 3 {
		t.Errorf("records are %+v", all)
	}
}

func TestRasaBySocketIO(t *testing.T) {
	h, app := newSocket(t, rasaName, nil)
	client, server, _ := h.dial(app, "/socket.io/?EIO=4&transport=websocket")
	say(t, server, `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`)
	hear(t, client, `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`)
	say(t, client, "40")
	hear(t, server, "40")
	say(t, server, `40{"sid":"s"}`)
	hear(t, client, `40{"sid":"s"}`)
	say(t, client, `42["session_request",{"session_id":"a1"}]`)
	hear(t, server, `42["session_request",{"session_id":"a1"}]`)
	say(t, server, `42["session_confirm","a1"]`)
	hear(t, client, `42["session_confirm","a1"]`)
	say(t, server, "2")
	hear(t, client, "2")
	say(t, client, `420["user_uttered",{"message":"I am joe@shop.example","customData":{"mail":"joe@shop.example"},"session_id":"a1"}]`)
	hear(t, server, `420["user_uttered",{"message":"I am [redacted:email]","customData":{"mail":"[redacted:email]"},"session_id":"a1"}]`)
	say(t, server, `430[]`)
	hear(t, client, `430[]`)
	say(t, server, `42["bot_uttered",{"text":"Is it joe@shop.example?","quick_replies":[{"content_type":"text","title":"Yes","payload":"/affirm"}]}]`)
	hear(t, client, `42["bot_uttered",{"text":"You are chatting with an AI system.\n\nIs it [redacted:email]?","quick_replies":[{"content_type":"text","title":"Yes","payload":"/affirm"}]}]`)
	say(t, server, `42["bot_uttered",{"text":"Or eve@shop.example?"}]`)
	hear(t, client, `42["bot_uttered",{"text":"Or [redacted:email]?"}]`)
	say(t, client, `451-["user_uttered",{"_placeholder":true,"num":0}]`)
	_, frame, err := client.Read(t.Context())
	if err != nil || !strings.HasPrefix(string(frame), `42["bot_uttered",{"text":"A frame is not`) {
		t.Errorf("frame is %s, error %v", frame, err)
	}
	server.CloseRead(t.Context())
	_ = client.Close(websocket.StatusNormalClosure, "")
	refused, turn, connection := threeRecords(t, h)
	want := []any{"answered", true, 2, 2, "refused", "sidecar.body_malformed", "answered"}
	have := []any{turn.Outcome, turn.Disclosed, turn.Redacted["request"]["email"], turn.Redacted["answer"]["email"], refused.Outcome, refused.Rule, connection.Outcome}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestBeatsOfSocketsPass: they say nothing, and are no JSON.
func TestBeatsOfSocketsPass(t *testing.T) {
	h, app := newSocket(t, plainName, nil)
	client, server, _ := h.dial(app, "/chat")
	for _, beat := range []string{"", "ping"} {
		say(t, client, beat)
		hear(t, server, beat)
		say(t, server, beat)
		hear(t, client, beat)
	}
	say(t, client, `{"say":"Hello"}`)
	hear(t, server, `{"say":"Hello"}`)
}
