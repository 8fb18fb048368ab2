package sidecar_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpellingsOfAChat: 5.0 and 5e0 are the number of the chat 5, which has the statement already, and 50 is another chat.
func TestSpellingsOfAChat(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	for _, chat := range []string{`5`, `5.0`, `5e0`, `50E-1`, `"5"`, `"5.0"`} {
		h.callTelegram("sendMessage", `{"text":"Hi","chat_id":`+chat+`}`)
	}
	h.callTelegram("sendMessage", "chat_id=5.0&text=Hi", "Content-Type", "application/x-www-form-urlencoded")
	want := []string{`sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`}
	for _, chat := range []string{`5`, `5.0`, `5e0`, `50E-1`, `"5"`, `"5.0"`} {
		want = append(want, `sendMessage {"text":"Hi","chat_id":`+chat+`}`)
	}
	want = append(want, "sendMessage chat_id=5.0&text=Hi")
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
	h.callTelegram("sendMessage", `{"text":"Hi","chat_id":50}`)
	if sent := h.listSent(); len(sent) != 2 {
		t.Errorf("for the chat 50, Telegram received %q", sent)
	}
}

// TestContradictingConversations: the service goes by the path, so that a statement to the conversation in the body would not reach the person.
func TestContradictingConversations(t *testing.T) {
	h := newBotFramework(t, "", nil)
	for path, want := range map[string]string{
		"/v3/conversations/c1/activities": "", "/emea/v3/conversations/c1/activities/7": "", "/v3/conversations/%631/activities": "",
		"/v3/conversations/c2/activities": "sidecar.body_shape", "/emea/teams/v3/conversations/c2/activities": "sidecar.body_shape",
		"/v3/conversations/C1/activities": "sidecar.body_shape",
	} {
		got := h.callConnector("POST", path, `{"type":"message","conversation":{"id":"c1"},"text":"Hi"}`)
		if rule := got.header.Get("Chaperone-Refusal"); rule != want {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	thread := h.callConnector("POST", "/v3/conversations/"+url.PathEscape("19:a@thread.v2")+"/activities", `{"type":"message","conversation":{"id":"19:b@thread.v2"}}`)
	if rule := thread.header.Get("Chaperone-Refusal"); rule != "sidecar.body_shape" {
		t.Errorf("another thread: %d %s", thread.status, thread.body)
	}
	if got := len(h.listReceived()); got != 4 { // three messages, and a statement
		t.Errorf("the service received %q", h.takeBodies())
	}
}
