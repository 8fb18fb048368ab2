package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// libreBodies has what LibreChat answers, by path.
var libreBodies = map[string]string{
	"/api/agents/chat/":       `{"streamId":"c1","status":"started"}`,
	"/api/agents/chat/openAI": `{"streamId":"c1","conversationId":"c1","status":"started"}`,
	"/api/agents/chat/stream/c1": "event: message\ndata: {\"event\":\"on_message_delta\",\"data\":{\"id\":\"s\",\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi. \"}]}}}\n\n" +
		"event: message\ndata: {\"final\":true,\"responseMessage\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi. \"}]}}\n\n",
	"/api/messages/c1": `[{"messageId":"m1","isCreatedByUser":true,"text":"Hi"},{"messageId":"m2","isCreatedByUser":false,"text":"","content":[{"type":"text","text":"To joe@shop.example"}]}]`,
	"/api/agents/chat/stream/c2": "event: message\ndata: {\"event\":\"on_message_delta\",\"data\":{\"id\":\"s\",\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Hi. \"}]}}}\n\n" +
		"event: message\ndata: {\"final\":true,\"responseMessage\":{\"text\":\"Hi joe@shop.example\"}}\n\n",
	"/api/agents/chat/stream/c3": "event: message\ndata: {\"final\":true,\"responseMessage\":{\"text\":\"\",\"content\":[{\"type\":\"text\",\"text\":\"Hi. \"}]}}\n\n",
	"/api/share/s1":              `{"shareId":"s1","messages":[{"messageId":"m1","isCreatedByUser":true,"text":"Hi"},{"messageId":"m2","isCreatedByUser":false,"text":"To joe@shop.example"}]}`,
	"/api/auth/login":            `{"user":{"email":"joe@shop.example"}}`,
	"/api/config":                `{"appTitle":"Shop"}`,
}

// TestLibreChat: the question and its answer go over different requests, and the past is disclosed again.
func TestLibreChat(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if strings.Contains(r.URL.Path, "/stream/") {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		_, _ = io.WriteString(w, libreBodies[r.URL.Path])
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Disclose.Placements = "librechat", []string{sidecarconfig.PlaceFirstMessage}
	})
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               []string
	}{
		{"POST", "/api/agents/chat/openAI", `{"text":"I am joe@shop.example","conversationId":null}`, 200, []string{libreBodies["/api/agents/chat/openAI"]}},
		{"GET", "/api/agents/chat/stream/c1?resume=false", "", 200, []string{`"text":"` + statement + `\n\nHi. "`, `"content":[{"type":"text","text":"` + statement + `"},{"type"`}},
		{"GET", "/api/messages/c1", "", 200, []string{`"text":"Hi"}`, `"text":"` + statement + `\n\nTo [redacted:email]"`}},
		// The page takes the last message in place of the pieces, also if it has a text and no content.
		{"GET", "/api/agents/chat/stream/c2", "", 200, []string{`"delta":{"content":[{"type":"text","text":"` + statement, `"responseMessage":{"text":"` + statement + `\n\nHi [redacted:email]"`}},
		{"GET", "/api/agents/chat/stream/c3", "", 200, []string{`"text":"","content":[{"type":"text","text":"` + statement + `"}`}},
		{"GET", "/api/share/s1", "", 200, []string{`"text":"Hi"}`, `"text":"` + statement + `\n\nTo [redacted:email]"`}},
		{"POST", "/api/agents/chat/", `{"text":"Hi","conversationId":null}`, 200, nil},
		{"POST", "/api/auth/login", `{"email":"joe@shop.example"}`, 200, []string{"joe@shop.example"}},
		{"GET", "/api/config", "", 200, []string{"Shop"}},
		{"POST", "/api/agents/v1/chat/completions", `{}`, 403, []string{"Only the page's own chat"}},
	} {
		got := h.send(tc.method, "http://"+h.address(listen)+tc.path, tc.body)
		for _, want := range tc.want {
			if got.status != tc.status || !strings.Contains(got.body, want) {
				t.Errorf("%s %s is answered with %d %s, want %d and %s", tc.method, tc.path, got.status, got.body, tc.status, want)
			}
		}
	}
	if got := h.listReceived()[0].Body; !strings.Contains(got, `"text":"I am [redacted:email]"`) {
		t.Errorf("the app got %s", got)
	}
}

// TestLibreChatShowsTheQuestionAfterAReload in a conversation that the app knows, and nowhere else.
func TestLibreChatShowsTheQuestionAfterAReload(t *testing.T) {
	h := newNaming(t, "librechat", `[{"messageId":"m1","conversationId":"c1","isCreatedByUser":true,"text":"Hi"}]`, "")
	root := "http://" + h.address(listen) + "/api/"
	load := func(conversation string) (texts []string) {
		var past []struct {
			ParentMessageID string
			Content         []struct{ Text string }
		}
		got := h.send(http.MethodGet, root+"messages/"+conversation, "")
		if err := json.Unmarshal([]byte(got.body), &past); err != nil {
			t.Fatalf("the past is %d %s", got.status, got.body)
		}
		for _, message := range past[1:] {
			texts = append(texts, message.ParentMessageID+": "+message.Content[0].Text)
		}
		return texts
	}
	h.send(http.MethodPost, root+"agents/chat/openAI", `{"text":"Hello","conversationId":"c1","parentMessageId":"m1"}`)
	for _, step := range []struct {
		conversation string
		want         []string
	}{{"c1", []string{"m1: " + question}}, {"c2", nil}, {"c1", []string{"m1: " + question}}} {
		if diff := cmp.Diff(step.want, load(step.conversation)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.conversation, diff)
		}
	}
	h.clock.add(time.Hour) // No message is held any more.
	h.send(http.MethodPost, root+"agents/chat/openAI", `{"text":"yes","conversationId":"c1","parentMessageId":"m1-chaperone"}`)
	if got := load("c1"); got != nil {
		t.Errorf("after the yes the page shows %q", got)
	}
	if all := h.listReceived(); !hasReceived(all, func(r received) bool { return r.Body == `{"text":"yes","conversationId":"c1","parentMessageId":"m1"}` }) {
		t.Errorf("the app received %+v", all)
	}
}
