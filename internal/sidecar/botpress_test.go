package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// botpressMessage returns the event with a message of the person or of the chatbot.
func botpressMessage(text, isBot string) string {
	return `event: message` + "\n" + `data: {"type":"message_created","data":{"id":"m1","createdAt":"2026-11-29T10:00:00.000Z",` +
		`"payload":{"type":"text","text":` + quote(text) + `},"userId":"u1","conversationId":"c1","isBot":` + isBot + "}}\n\n"
}

// newBotpress returns a server of the Chat API, which answers after the person has said something. The stream of a conversation begins as that of
// the real server does.
func newBotpress() http.HandlerFunc {
	asked := make(chan struct{}, 1)
	return func(w http.ResponseWriter, r *http.Request) {
		answer := ""
		switch r.Method + " " + r.URL.Path {
		case "GET /hook/hello/":
			_, _ = io.WriteString(w, "Hello")
			return
		case "POST /hook/users":
			answer = `{"user":{"id":"u1","createdAt":"2026-11-29T10:00:00.000Z","updatedAt":"2026-11-29T10:00:00.000Z"},"key":"aaa.bbb.ccc"}`
		case "POST /hook/conversations":
			answer = `{"conversation":{"id":"c1","createdAt":"2026-11-29T10:00:00.000Z","updatedAt":"2026-11-29T10:00:00.000Z"}}`
		case "POST /hook/messages":
			answer = `{"message":{"id":"m1","createdAt":"2026-11-29T10:00:00.000Z","payload":{"type":"text","text":"Whom?"},"userId":"u1","conversationId":"c1"}}`
			defer func() { asked <- struct{}{} }()
		case "GET /hook/conversations/c1/listen":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "{}")
			_ = http.NewResponseController(w).Flush()
			<-asked
			_, _ = io.WriteString(w, botpressMessage("Whom?", "false")+"event: message\ndata: ping\n\n"+
				botpressMessage("Write to ada@shop.example", "true")+botpressMessage("Bye", "true"))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}
}

// TestClientOfBotpress: the statement is a message of the chatbot, and what keeps the stream open arrives as the client expects it.
func TestClientOfBotpress(t *testing.T) {
	h := newHarness(t, newBotpress(), func(c *sidecarconfig.Config) { c.Ports[0].Shape = "botpress-chat" })
	var got chainAnswers
	runNode(t, &got, "botpress-client.mjs", "http://"+h.address(listen)+"/hook", "I am joe@shop.example")
	want := chainAnswers{Seen: []string{
		"bot: You are chatting with an AI system.", "user: Whom?", "unknown: ping", "bot: Write to [redacted:email]", "bot: Bye",
	}, Errors: []string{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the person sees (-want +got):\n%s", diff)
	}
	isSent := func(r received) bool { return strings.Contains(r.Body, `"text":"I am [redacted:email]"`) }
	if all := h.listReceived(); !hasReceived(all, isSent) {
		t.Errorf("the app received %+v", all)
	}
}

// TestStreamOfSuspendedBotpressSaysSo: nothing else reaches the person.
func TestStreamOfSuspendedBotpressSaysSo(t *testing.T) {
	h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Suspended = "botpress-chat", true })
	url := "http://" + h.address(listen) + "/hook"
	res, err := http.Get(url + "/conversations/c1/listen")
	if err != nil {
		t.Fatal(err)
	}
	stream, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.Contains(string(stream), "switched off") || !strings.HasPrefix(string(stream), `data: {"type":"message_created"`) {
		t.Errorf("status %d, stream %s", res.StatusCode, stream)
	}
	res, err = http.Post(url+"/messages", "application/json", strings.NewReader(`{"conversationId":"c1","payload":{"type":"text","text":"Hi"}}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(answer), `"type":"Forbidden"`) {
		t.Errorf("status %d, answer %s", res.StatusCode, answer)
	}
}

// TestStreamsWithoutEvents: a connection on which the app says nothing, or only that it is there, ends as the app ends it. An answer to a
// question has events.
func TestStreamsWithoutEvents(t *testing.T) {
	for _, tc := range []struct{ shape, method, path, body, stream, want string }{
		{"botpress-chat", http.MethodGet, "/hook/conversations/c1/listen", "", "", ""},
		{"botpress-chat", http.MethodGet, "/hook/conversations/c1/listen", "", "data: ping\n\n", "data: ping\n\n"},
		{"mcp", http.MethodGet, "/mcp", "", "", ""},
		{"mcp", http.MethodPost, "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, "id: 1\ndata:\n\n", ":\n\n"},
		{"openai-chat", http.MethodPost, "/v1/chat/completions", `{"messages":[{"role":"user","content":"Hi"}],"stream":true}`, ":\n\n", "no events"},
	} {
		h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, tc.stream)
		}, func(c *sidecarconfig.Config) { c.Ports[0].Shape = tc.shape })
		got := h.send(tc.method, "http://"+h.address(listen)+tc.path, tc.body, "Accept", "text/event-stream, application/json")
		isWanted := got.body == tc.want || tc.shape == "openai-chat" && strings.Contains(got.body, tc.want)
		if got.status != http.StatusOK || !isWanted {
			t.Errorf("%s %s %q is answered with %d %q, want %q", tc.shape, tc.path, tc.stream, got.status, got.body, tc.want)
		}
	}
}
