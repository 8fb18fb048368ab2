package sidecar_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestMessagesThatComeTooFast are refused with the time after which the next one goes on. Other conversations and callers go on.
func TestMessagesThatComeTooFast(t *testing.T) {
	t.Run("in a conversation", func(t *testing.T) {
		h := newHarness(t, answerWith(http.StatusOK, "application/json", `[{"recipient_id":"ada","text":"Hi"}]`), func(c *sidecarconfig.Config) {
			c.Ports[0].Shape, c.Limits.ConversationMessagesPerMinute = "rasa-rest", 2
		})
		send := func(sender string) answer {
			return h.send(http.MethodPost, "http://"+h.address(listen)+"/webhooks/rest/webhook", `{"sender":"`+sender+`","message":"Hi"}`)
		}
		checkPace(t, h, []answer{send("ada"), send("ada"), send("ada"), send("joe")}, "30")
	})
	t.Run("from an address", func(t *testing.T) {
		h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Limits.CallerBytesPerMinute = int64(len(hello)) + 1 })
		send := func(forwarded string) answer { return h.ask(hello, "X-Forwarded-For", forwarded) }
		checkPace(t, h, []answer{send("203.0.113.1"), send("203.0.113.1"), send("198.51.100.7, 203.0.113.1"), send("203.0.113.1, 203.0.113.2")}, "60")
	})
}

// TestFramesThatComeTooFast: a connection is a conversation, and goes on after the refusal.
func TestFramesThatComeTooFast(t *testing.T) {
	h, app := newSocket(t, plainName, func(c *sidecarconfig.Config) {
		c.Disclose.Placements, c.Limits.ConversationMessagesPerMinute = []string{sidecarconfig.PlaceHeader}, 1
	})
	client, server, _ := h.dial(app, "/chat")
	say(t, client, `{"say":"Hello"}`)
	hear(t, server, `{"say":"Hello"}`)
	say(t, client, `{"typing":true}`) // It is no message.
	hear(t, server, `{"typing":true}`)
	say(t, client, `{"say":"Hello again"}`)
	if _, frame, err := client.Read(t.Context()); err != nil || !strings.Contains(string(frame), "come faster than the chatbot allows") {
		t.Errorf("the client got %q, %v", frame, err)
	}
	h.clock.add(time.Minute)
	say(t, client, `{"say":"And now"}`)
	hear(t, server, `{"say":"And now"}`)
}

// checkPace checks that the third of four answers is a refusal that asks to wait, and that the upstream saw the others.
func checkPace(t *testing.T, h *harness, got []answer, wait string) {
	t.Helper()
	for i, a := range got {
		switch isThird := i == 2; {
		case !isThird && a.status != http.StatusOK:
			t.Errorf("message %d: %d %s", i, a.status, a.body)
		case isThird && (a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != wait || !strings.Contains(a.body, "sidecar.too_fast")):
			t.Errorf("message %d: %d, after %q, %s", i, a.status, a.header.Get("Retry-After"), a.body)
		}
	}
	if seen := len(h.listReceived()); seen != 3 {
		t.Errorf("the upstream saw %d messages, want 3", seen)
	}
	if r := h.records()[2]; r.Outcome != "refused" || r.Rule != "sidecar.too_fast" {
		t.Errorf("the record is %+v", r)
	}
}
