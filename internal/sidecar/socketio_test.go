package sidecar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newRasa starts a sidecar that shows no statement in answers, and connects a client to a socket of Rasa.
func newRasa(t *testing.T) (h *harness, client, server *websocket.Conn) {
	t.Helper()
	h, app := newSocket(t, rasaName, func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{sidecarconfig.PlaceHeader} })
	client, server, _ = h.dial(app, "/socket.io/?EIO=4&transport=websocket")
	return h, client, server
}

// TestEventsOfSocketsStandForThemselves: nothing is held back for the next event, and none is compared with another one.
func TestEventsOfSocketsStandForThemselves(t *testing.T) {
	_, client, server := newRasa(t)
	for _, step := range [][2]string{
		{`42["bot_uttered",{"text":"Our number is 12345"}]`, `42["bot_uttered",{"text":"Our number is 12345"}]`},
		{`42["bot_uttered",{"text":"Write to joe@shop.example"}]`, `42["bot_uttered",{"text":"Write to [redacted:email]"}]`},
		{`42["bot_message",{"text":"Bye now"}]`, `42["bot_message",{"text":"Bye now"}]`},
		{`42["bot_uttered",{"text":"Or 67890"},{"text":"joe@shop.example"}]`, `42["bot_uttered",{"text":"Or 67890"},{"text":"[redacted:email]"}]`},
		{`42["order",{"code":"A 12345","at":{"x":{"y":"in 5 days"}}}]`, `42["order",{"code":"A 12345","at":{"x":{"y":"in 5 days"}}}]`},
		{`42["order",{"code":"B 67890","at":{"x":{"y":"in 7 days"}}}]`, `42["order",{"code":"B 67890","at":{"x":{"y":"in 7 days"}}}]`},
		{`42["Order 12345 sent"]`, `42["Order 12345 sent"]`},
		{`42["Order 67890 sent"]`, `42["Order 67890 sent"]`},
	} {
		say(t, server, step[0])
		hear(t, client, step[1])
	}
}

// TestAnswersGoOnWhenThePersonSpeaks: the app may send the rest of a mail address after whatever the client has sent meanwhile.
func TestAnswersGoOnWhenThePersonSpeaks(t *testing.T) {
	for name, tc := range map[string]struct {
		frame    string
		isPassed bool
		// says is how many frames the client gets because of its frame.
		says    int
		records string
	}{
		"another message": {`{"say":"wait"}`, true, 0, "answered 0, answered 1"},
		"no message":      {`{"typing":true}`, true, 0, "answered 1"},
		"no JSON":         {`broken`, false, 1, "refused 0, answered 1"},
		"an image":        {`{"image":"x"}`, false, 2, "refused 0, answered 1"},
	} {
		t.Run(name, func(t *testing.T) {
			h, app := newSocket(t, plainName, func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{sidecarconfig.PlaceHeader} })
			client, server, _ := h.dial(app, "/chat")
			say(t, client, `{"say":"Hello"}`)
			hear(t, server, `{"say":"Hello"}`)
			say(t, server, `{"type":"piece","text":"Write to joe@"}`)
			hear(t, client, `{"type":"piece","text":"Write to "}`)
			say(t, client, tc.frame)
			if tc.isPassed {
				hear(t, server, tc.frame)
			}
			for range tc.says {
				if _, _, err := client.Read(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			say(t, server, `{"type":"piece","text":"shop.example now"}`)
			hear(t, client, `{"type":"piece","text":"[redacted:email] "}`)
			say(t, server, `{"type":"done"}`)
			hear(t, client, `{"type":"piece","text":"now"}`)
			hear(t, client, `{"type":"done"}`)
			server.CloseRead(t.Context())
			_ = client.Close(websocket.StatusNormalClosure, "")
			h.await(strings.Count(tc.records, ",") + 2)
			var got []string
			for _, r := range h.records() {
				got = append(got, fmt.Sprintf("%s %d", r.Outcome, r.Redacted["answer"]["email"]))
			}
			if all := strings.Join(got, ", "); all != tc.records+", answered 0" {
				t.Errorf("records are %s, want %s and that of the connection", all, tc.records)
			}
		})
	}
}

// TestSidecarSpeaksInTheNamespaceOfTheClient: a client of another namespace gets no event of the main one.
func TestSidecarSpeaksInTheNamespaceOfTheClient(t *testing.T) {
	_, client, server := newRasa(t)
	for _, broken := range []string{`451-/chat,["a"]`, `41/DE89370400440532013000`, `43"x"`} {
		say(t, client, `42/chat,["user_uttered",{"message":"Hello"}]`)
		hear(t, server, `42/chat,["user_uttered",{"message":"Hello"}]`)
		say(t, client, broken)
		if _, frame, err := client.Read(t.Context()); err != nil || !strings.HasPrefix(string(frame), `42/chat,["bot_uttered",{"text":"A frame is not`) {
			t.Errorf("frame is %s, error %v", frame, err)
		}
	}
}

// TestClientLearnsOfFramesThatAreNoJSON before the connection ends.
func TestClientLearnsOfFramesThatAreNoJSON(t *testing.T) {
	for _, frame := range []string{"pong", "\ufeff{}"} {
		h, app := newSocket(t, plainName, nil)
		client, server, _ := h.dial(app, "/chat")
		server.CloseRead(t.Context())
		say(t, server, frame)
		if _, got, err := client.Read(t.Context()); err != nil || !strings.Contains(string(got), "A frame of the chatbot is not") {
			t.Errorf("frame is %s, error %v", got, err)
		}
		hearEnd(t, client, websocket.StatusInternalError)
	}
}

// TestSilentSocketsEnd: a client that reads nothing answers no ping.
func TestSilentSocketsEnd(t *testing.T) {
	h, app := newSocket(t, plainName, func(c *sidecarconfig.Config) { c.Limits.IdleSeconds = 1 })
	_, server, _ := h.dial(app, "/chat")
	hearEnd(t, server, websocket.StatusGoingAway)
}
