package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func step(id, kind, output string, isStreaming bool) string {
	streaming := "false"
	if isStreaming {
		streaming = "true"
	}
	return `{"id":"` + id + `","output":"` + output + `","type":"` + kind + `","streaming":` + streaming + `}`
}

// TestChainlit follows a greeting and an answer that its app first sends empty, then streams, and then updates twice. A step of a tool has no
// statement.
func TestChainlit(t *testing.T) {
	h, app := newSocket(t, "chainlit", func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{sidecarconfig.PlaceEveryMessage} })
	client, server, _ := h.dial(app, "/ws/socket.io/?EIO=4&transport=websocket")
	const message, open = "assistant_message", statement + `\n\n`
	for _, s := range [][2]string{
		{`42["new_message",` + step("m1", message, "Hello, we are the shop", false) + `]`, `42["new_message",` + step("m1", message, open+"Hello, we are the shop", false) + `]`},
		{"", `42["client_message",{"message":{"id":"u1","type":"user_message","output":"I am joe@shop.example"},"fileReferences":[]}]`},
		{`42["task_start",{}]`, `42["task_start",{}]`},
		{`42["new_message",` + step("t1", "tool", "find eve@", true) + `]`, `42["new_message",` + step("t1", "tool", "find ", true) + `]`},
		{`42["update_message",` + step("t1", "tool", "find eve@shop.example", false) + `]`, `42["update_message",` + step("t1", "tool", "find [redacted:email]", false) + `]`},
		{`42["new_message",` + step("m2", message, "", false) + `]`, `42["new_message",` + step("m2", message, open, false) + `]`},
		{`42["stream_start",` + step("m2", message, "Write to joe@", true) + `]`, `42["stream_start",` + step("m2", message, open+"Write to ", true) + `]`},
		{`42["stream_token",{"id":"m2","token":"shop.example","isSequence":false,"isInput":false}]`, `42["stream_token",{"id":"m2","token":"","isSequence":false,"isInput":false}]`},
		{`42["update_message",` + step("m2", message, "Write to joe@shop.example", false) + `]`, `42["update_message",` + step("m2", message, open+"Write to [redacted:email]", false) + `]`},
		{`42["update_message",` + step("m2", message, "Write to joe@shop.example", false) + `]`, `42["update_message",` + step("m2", message, open+"Write to [redacted:email]", false) + `]`},
		{`42["task_end",{}]`, `42["task_end",{}]`},
		// A question of the app begins an answer too, and is complete at once.
		{`42["task_start",{}]`, `42["task_start",{}]`},
		{`421["ask",{"msg":{"id":"a1","output":"Your name, joe@shop.example","type":"assistant_message"},"spec":{"type":"text"}}]`,
			`421["ask",{"msg":{"id":"a1","output":"` + open + `Your name, [redacted:email]","type":"assistant_message"},"spec":{"type":"text"}}]`},
		{`42["update_message",` + step("a1", message, "Your name, Joe", false) + `]`, `42["update_message",` + step("a1", message, open+"Your name, Joe", false) + `]`},
	} {
		if s[0] == "" {
			say(t, client, s[1])
			hear(t, server, strings.ReplaceAll(s[1], "joe@shop.example", "[redacted:email]"))
			continue
		}
		say(t, server, s[0])
		hear(t, client, s[1])
	}
	if polling := h.send(http.MethodGet, "http://"+h.address(listen)+"/ws/socket.io/?EIO=4&transport=polling", ""); polling.status != http.StatusForbidden ||
		!strings.Contains(polling.body, "config.toml") {
		t.Errorf("polling is answered with %d %s", polling.status, polling.body)
	}
	server.CloseRead(t.Context())
	_ = client.Close(websocket.StatusNormalClosure, "")
	h.await(3)
	if got := h.records()[1]; !got.Disclosed || got.Redacted["request"]["email"] != 1 {
		t.Errorf("the record of the turn is %+v", got)
	}
}
