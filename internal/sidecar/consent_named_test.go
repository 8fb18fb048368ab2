package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newNaming starts a sidecar that asks, before an app that answers in the conversation that a question names, or in the new conversation
// app-1. The answer is JSON, or a stream where the question or the path asks for one.
func newNaming(t *testing.T, shape, answer, stream string) *harness {
	t.Helper()
	return newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var named map[string]any
		_ = json.Unmarshal(body, &named)
		id := "app-1"
		for _, name := range []string{"conversation_id", "conversationId"} {
			if given, _ := named[name].(string); given != "" {
				id = given
			}
		}
		text, mediaType := answer, "application/json"
		if named["response_mode"] == "streaming" || strings.Contains(r.URL.Path, "/stream/") {
			text, mediaType = stream, "text/event-stream"
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "ID", id))
	}, func(c *sidecarconfig.Config) {
		askForConsent(c)
		c.Ports[0].Shape = shape
	})
}

// uuid is the form of the names that the sidecar gives to conversations.
var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}`)

// TestDifyAsksOncePerConversation: the question names the conversation, and the consent holds in the one that the app opens then. Another
// person of the same user is asked.
func TestDifyAsksOncePerConversation(t *testing.T) {
	ask := func(text, conversation, mode string) string {
		return `{"query":` + quote(text) + `,"inputs":{},"response_mode":"` + mode + `","conversation_id":"` + conversation + `","user":"shared"}`
	}
	for _, mode := range []string{"blocking", "streaming"} {
		t.Run(mode, func(t *testing.T) {
			h := newNaming(t, "dify-chat", `{"event":"message","conversation_id":"ID","answer":"Hi"}`,
				"data: {\"event\":\"message\",\"conversation_id\":\"ID\",\"answer\":\"Hi\"}\n\ndata: {\"event\":\"message_end\",\"conversation_id\":\"ID\"}\n\n")
			say := func(text, conversation string) string {
				return h.send(http.MethodPost, "http://"+h.address(listen)+"/v1/chat-messages", ask(text, conversation, mode)).body
			}
			ann, ben := uuid.FindString(say("Hello", "")), uuid.FindString(say("Good morning", ""))
			if ann == "" || ann == ben {
				t.Fatalf("the conversations are named %q and %q", ann, ben)
			}
			say("yes", ben)
			say("More", "app-1")
			if got := say("More", "app-2"); !strings.Contains(got, "Before this chat begins") {
				t.Errorf("another conversation is answered with %s", got)
			}
			say("yes", "")
			var seen []string
			for _, r := range h.listReceived() {
				seen = append(seen, r.Body)
			}
			if diff := cmp.Diff([]string{ask("Good morning", "", mode), ask("More", "app-1", mode)}, seen); diff != "" {
				t.Errorf("the app received (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAppsDoNotGetTheNamesOfTheSidecar, whichever message begins the conversation of the app.
func TestAppsDoNotGetTheNamesOfTheSidecar(t *testing.T) {
	h := newNaming(t, "dify-chat", `{"event":"message","conversation_id":"ID","answer":"Hi"}`, "")
	ask := func(text, conversation string) string {
		return `{"query":` + quote(text) + `,"conversation_id":"` + conversation + `"}`
	}
	say := func(text, conversation string) string {
		return h.send(http.MethodPost, "http://"+h.address(listen)+"/v1/chat-messages", ask(text, conversation)).body
	}
	lost, refused := uuid.FindString(say(strings.Repeat("long ", 10_000), "")), uuid.FindString(say("Hello", ""))
	say("yes", lost)
	say("More", lost)
	say("no", refused)
	if got := say("Where is my order?", refused); uuid.FindString(got) != refused {
		t.Errorf("the question names another conversation: %s", got)
	}
	say("yes", refused)
	var seen []string
	for _, r := range h.listReceived() {
		seen = append(seen, r.Body)
	}
	if diff := cmp.Diff([]string{ask("yes", ""), ask("More", ""), ask("Where is my order?", "")}, seen); diff != "" {
		t.Errorf("the app received (-want +got):\n%s", diff)
	}
}

// TestLibreChatFetchesTheQuestion, and what follows a no, as the stream of its message.
func TestLibreChatFetchesTheQuestion(t *testing.T) {
	h := newNaming(t, "librechat", `{"streamId":"ID","conversationId":"ID","status":"started"}`,
		"event: message\ndata: {\"final\":true,\"responseMessage\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}}\n\n")
	type started struct{ StreamID, ConversationID, Status string }
	say := func(text, conversation string) (got started) {
		answer := h.send(http.MethodPost, "http://"+h.address(listen)+"/api/agents/chat/openAI", `{"text":`+quote(text)+`,"conversationId":`+conversation+`}`)
		if err := json.Unmarshal([]byte(answer.body), &got); err != nil || got.Status != "started" || got.StreamID != got.ConversationID {
			t.Fatalf("the answer is %d %s", answer.status, answer.body)
		}
		return got
	}
	fetch := func(id string) string {
		got := h.send(http.MethodGet, "http://"+h.address(listen)+"/api/agents/chat/stream/"+id+"?resume=false", "")
		data, isEvent := strings.CutPrefix(got.body, "event: message\ndata: ")
		var event struct {
			Final        bool
			Conversation struct{ ConversationID string }
			RunMessages  []struct {
				ConversationID string
				Content        []struct{ Text string }
			}
		}
		if err := json.Unmarshal([]byte(data), &event); !isEvent || err != nil || !event.Final {
			t.Fatalf("the stream is %s", got.body)
		}
		if len(event.RunMessages) == 0 {
			return "passed"
		}
		if event.Conversation.ConversationID != id || event.RunMessages[0].ConversationID != id {
			t.Errorf("the stream names another conversation: %s", got.body)
		}
		return event.RunMessages[0].Content[0].Text
	}
	id := say("Hello", "null").StreamID
	for _, step := range []struct{ text, want string }{{"", question}, {"no", declined}, {"Where is my order?", question}, {"Why?", question}} {
		if step.text != "" {
			if got := say(step.text, quote(id)).StreamID; got != id {
				t.Errorf("%s is answered in %s, want %s", step.text, got, id)
			}
		}
		if got := fetch(id); got != step.want {
			t.Errorf("after %q the page shows %q, want %q", step.text, got, step.want)
		}
	}
	if got := say("yes", quote(id)).StreamID; got != "app-1" {
		t.Errorf("the app answers in %s", got)
	}
	if got := fetch("app-1"); got != "passed" {
		t.Errorf("the page shows %q after the yes", got)
	}
	say("And now?", `"app-1"`)
	var seen []string
	for _, r := range h.listReceived() {
		if r.Body != "" {
			seen = append(seen, r.Body)
		}
	}
	if diff := cmp.Diff([]string{`{"text":"Where is my order?","conversationId":""}`, `{"text":"And now?","conversationId":"app-1"}`}, seen); diff != "" {
		t.Errorf("the app received (-want +got):\n%s", diff)
	}
}
