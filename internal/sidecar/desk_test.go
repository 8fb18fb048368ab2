package sidecar_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// withoutDesk has nobody answer at the desk, of which people get the contact instead.
func withoutDesk(c *sidecarconfig.Config) {
	c.Handoff = &sidecarconfig.Handoff{URL: "https://desk.shop.example/handoff", Mode: "on-request", Contact: "+44 20 7946 0000", Unavailable: true}
}

// TestNoConversationBeginsWithoutADesk: history that has an answer is that of a conversation, and a greeting that the client made up is not.
func TestNoConversationBeginsWithoutADesk(t *testing.T) {
	const person, greeting = `{"role":"user","content":"Hello"}`, `{"role":"assistant","content":"How can I help?"}`
	for name, tc := range map[string]struct {
		messages  string
		isRefused bool
	}{
		"the first message":                   {person, true},
		"the first message after a greeting":  {greeting + "," + person, true},
		"two messages without an answer":      {person + "," + person, true},
		"the second message":                  {person + "," + greeting + "," + person, false},
		"the second message after a greeting": {greeting + "," + person + "," + greeting + "," + person, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("hello"), withoutDesk)
			got := h.ask(`{"model":"m","messages":[` + tc.messages + `]}`)
			if link := got.header.Get("Link"); strings.Contains(link, "desk.shop.example") {
				t.Errorf("the answer links to the desk: %s", link)
			}
			if !tc.isRefused {
				if text := readText(t, got.body); !strings.HasSuffix(text, "hello") {
					t.Errorf("answer is %d %q", got.status, text)
				}
				return
			}
			h.checkRefusal(got, http.StatusServiceUnavailable, "sidecar.handoff_unavailable", 0)
			if !strings.Contains(got.body, "+44 20 7946 0000") || strings.Contains(got.body, "desk.shop.example") {
				t.Errorf("refusal is %s", got.body)
			}
		})
	}
}

func TestPeopleReadThatNoConversationBegins(t *testing.T) {
	h := newHarness(t, answerText("hello"), func(c *sidecarconfig.Config) { sayRefusals(c); withoutDesk(c) })
	const want = "The chat assistant begins no new conversation at the moment, because no human could take over. You can reach a human here: +44 20 7946 0000"
	if got := h.ask(hello); got.status != http.StatusOK || readText(t, got.body) != want {
		t.Errorf("answer is %d %s", got.status, got.body)
	}
}

// TestConversationsGoOnWithoutADesk: those that the sidecar has seen before. Who comes new waits, and begins once the desk answers again.
func TestConversationsGoOnWithoutADesk(t *testing.T) {
	run := func(thread string) string {
		return fmt.Sprintf("/threads/%s/runs/wait", thread)
	}
	const body = `{"assistant_id":"a","input":{"messages":[{"type":"human","content":"Hello"}]}}`
	h := newHarness(t, answerInKind, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "langgraph-runs" })
	apply := func(isUnavailable bool) {
		t.Helper()
		withoutDesk(&h.config)
		h.config.Handoff.Unavailable = isUnavailable
		if err := h.server.Apply(t.Context(), h.file()); err != nil {
			t.Fatal(err)
		}
	}
	passes := func(thread string, want bool) {
		t.Helper()
		before := len(h.listReceived())
		got := h.send(http.MethodPost, "http://"+h.address(listen)+run(thread), body)
		if isPassed := len(h.listReceived()) > before; isPassed != want || !want && got.header.Get("Chaperone-Refusal") != "sidecar.handoff_unavailable" {
			t.Errorf("thread %s passes: %t, want %t (%d %s)", thread, isPassed, want, got.status, got.body)
		}
	}
	passes("t1", true)
	apply(true)
	passes("t1", true)
	passes("t2", false)
	passes("t2", false)
	apply(false)
	passes("t2", true)
	apply(true)
	passes("t2", true)
}

// TestConversationsThatTheAppNamesGoOn: the client learns the name from the first answer.
func TestConversationsThatTheAppNamesGoOn(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"event":"message","message_id":"m1","conversation_id":"c1","mode":"chat","answer":"hello"}`))
	}, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "dify-chat" })
	ask := func(conversation string) answer {
		return h.send(http.MethodPost, "http://"+h.address(listen)+"/v1/chat-messages",
			`{"query":"Hello","inputs":{},"response_mode":"blocking","user":"u1","conversation_id":"`+conversation+`"}`)
	}
	if got := ask(""); got.status != http.StatusOK {
		t.Fatalf("answer is %d %s", got.status, got.body)
	}
	withoutDesk(&h.config)
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	for conversation, want := range map[string]string{"c1": "", "c2": "sidecar.handoff_unavailable", "": "sidecar.handoff_unavailable"} {
		if got := ask(conversation); got.header.Get("Chaperone-Refusal") != want {
			t.Errorf("conversation %q: %d %s, want %q", conversation, got.status, got.body, want)
		}
	}
}

// TestSocketsBeginNoConversationWithoutADesk: the connection opens, and the message of a person is refused there.
func TestSocketsBeginNoConversationWithoutADesk(t *testing.T) {
	h, app := newSocket(t, plainName, withoutDesk)
	client, server, _ := h.dial(app, "/chat")
	say(t, client, `{"typing":true}`)
	hear(t, server, `{"typing":true}`)
	say(t, client, `{"say":"Hello"}`)
	hear(t, client, `{"type":"piece","text":"The chat assistant begins no new conversation at the moment, because no human could take over. You can reach a human here: +44 20 7946 0000"}`)
	hear(t, client, `{"type":"done"}`)
	say(t, client, `{"typing":true}`)
	hear(t, server, `{"typing":true}`)
}
