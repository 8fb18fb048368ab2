package sidecar_test

import (
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// dialAlone connects a client to a chatbot whose app gets nothing.
func (h *harness) dialAlone(path string, header ...string) *websocket.Conn {
	h.t.Helper()
	options := &websocket.DialOptions{Subprotocols: []string{"other", "chat.v1"}, HTTPHeader: map[string][]string{}}
	for i := 0; i < len(header); i += 2 {
		options.HTTPHeader.Add(header[i], header[i+1])
	}
	client, _, err := websocket.Dial(h.t.Context(), "ws://"+h.address(listen)+path, options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = client.CloseNow() })
	return client
}

func suspend(c *sidecarconfig.Config) { c.Suspended = true }

// TestSuspendedSocketsSaySo: stock clients show nothing of a handshake that is refused.
func TestSuspendedSocketsSaySo(t *testing.T) {
	h, _ := newSocket(t, plainName, suspend)
	client := h.dialAlone("/chat", "Accept-Language", "de")
	if client.Subprotocol() != "other" {
		t.Errorf("subprotocol is %q", client.Subprotocol())
	}
	says := `{"type":"piece","text":"Der Chat-Assistent ist zurzeit abgeschaltet. Einen Menschen erreichen Sie hier: https://desk.shop.example/handoff"}`
	say(t, client, `{"typing":true}`)
	for _, frame := range []string{`{"say":"Hello"}`, `broken`, `{"image":"x"}`} {
		say(t, client, frame)
		hear(t, client, says)
		hear(t, client, `{"type":"done"}`)
	}
	_ = client.Close(websocket.StatusNormalClosure, "")
	h.await(4)
	var got []string
	for _, r := range h.records() {
		got = append(got, strings.Join([]string{r.Use, r.Outcome, r.Rule}, " "))
	}
	want := []string{"turn refused sidecar.suspended", "turn refused sidecar.suspended", "turn refused sidecar.suspended", "socket refused sidecar.suspended"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if seen := h.listReceived(); len(seen) > 0 {
		t.Errorf("the app received %+v", seen)
	}
}

// TestSuspendedSocketsOfSocketIO open as a server does, in both versions of Engine.IO.
func TestSuspendedSocketsOfSocketIO(t *testing.T) {
	says := `["bot_uttered",{"text":"` + saidSuspended + `"}]`
	for version, steps := range map[string][][2]string{
		"4": {
			{`40{"token":"x"}`, `40{"sid":`}, {`40/chat,`, `40/chat,{"sid":`}, {"2", "3"}, {"3", ""}, {`42/chat,["session_request",{"session_id":"s1"}]`, ""},
			{`42/chat,["user_uttered",{"message":"Hello"}]`, "42/chat," + says},
		},
		"3": {{"", "40"}, {`42["user_uttered",{"message":"Hello"}]`, "42" + says}, {`451-["a"]`, "42" + says}},
	} {
		h, _ := newSocket(t, rasaName, suspend)
		client := h.dialAlone("/socket.io/?transport=websocket&EIO=" + version)
		for _, step := range append([][2]string{{"", `0{"sid":`}}, steps...) {
			if step[0] != "" {
				say(t, client, step[0])
			}
			if step[1] == "" {
				continue
			}
			if _, frame, err := client.Read(t.Context()); err != nil || !strings.HasPrefix(string(frame), step[1]) {
				t.Fatalf("version %s: after %q, the frame is %s, error %v; want %s", version, step[0], frame, err, step[1])
			}
		}
	}
}

// TestSuspendedSocketsEnd with the suspension, so that the client connects to the app.
func TestSuspendedSocketsEnd(t *testing.T) {
	h, _ := newSocket(t, plainName, suspend)
	client := h.dialAlone("/chat")
	say(t, client, `{"say":"Hello"}`)
	hear(t, client, `{"type":"piece","text":"`+saidSuspended+`"}`)
	hear(t, client, `{"type":"done"}`)
	h.config.Suspended = false
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	hearEnd(t, client, websocket.StatusServiceRestart)
}
