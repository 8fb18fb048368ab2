package sidecar_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newWebUI starts a sidecar in front of an Open WebUI: it takes the connections of the page, and answers requests by their path.
func newWebUI(t *testing.T, placement string) (*harness, *socketApp) {
	t.Helper()
	app := &socketApp{t: t, requests: make(chan http.Header, 9), conns: make(chan *websocket.Conn, 9)}
	bodies := map[string]string{
		"/api/chat/completions":    `{"status":true,"task_id":"t1"}`,
		"/api/v1/chat/completions": `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}]}`,
		"/api/v1/chats/c1": `{"id":"c1","chat":{"history":{"messages":{"m1":{"id":"m1","role":"user","content":"Hi"},"m2":{"id":"m2","role":"assistant",` +
			`"content":"Write to joe@shop.example"}}}}}`,
		"/api/v1/chats/share/s1":         `{"id":"s1","chat":{"history":{"messages":{"m2":{"id":"m2","role":"assistant","content":"Hi"}}}}}`,
		"/api/v1/chats/c1/clone":         `{"id":"c2","chat":{"history":{"messages":{"m2":{"id":"m2","role":"assistant","content":"Hi"}}}}}`,
		"/api/v1/users/u1/profile/image": "\x89PNG",
		"/api/v1/auths/signin":           `{"email":"joe@shop.example"}`,
	}
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			app.accept(w, r)
			return
		}
		answer := bodies[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/image") {
			w.Header().Set("Content-Type", "image/png")
		}
		if r.Header.Get("X-Streamed") != "" {
			w.Header().Set("Content-Type", "text/event-stream")
			answer = `data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hi"}}]}` + "\n\ndata: [DONE]\n\n"
		}
		_, _ = io.WriteString(w, answer)
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Disclose.Placements = "open-webui", []string{placement}
	})
	return h, app
}

func completion(id, members string) string {
	return `42["events",{"chat_id":"c1","message_id":"` + id + `","data":{"type":"chat:completion","data":{` + members + `}}}]`
}

// TestPageOfOpenWebUI: the question goes by POST, and the answers come in the socket, two at the same time.
func TestPageOfOpenWebUI(t *testing.T) {
	h, app := newWebUI(t, sidecarconfig.PlaceEveryMessage)
	client, server, _ := h.dial(app, "/ws/socket.io/?EIO=4&transport=websocket")
	post := func(path, body string) answer { return h.send(http.MethodPost, "http://"+h.address(listen)+path, body) }
	const question = `{"stream":true,"model":"m","messages":[{"role":"user","content":"I am joe@shop.example"}],"session_id":"s","chat_id":"c1","id":"m2"}`
	if got := post("/api/chat/completions", question); got.status != http.StatusOK || got.body != `{"status":true,"task_id":"t1"}` {
		t.Errorf("the question is answered with %d %s", got.status, got.body)
	}
	if got := h.listReceived(); !strings.Contains(got[len(got)-1].Body, `"content":"I am [redacted:email]"`) {
		t.Errorf("the app got %s", got[len(got)-1].Body)
	}
	for _, step := range [][2]string{
		{completion("m2", `"content":"Write to joe@"`), completion("m2", `"content":"I am an AI.\n\nWrite to "`)},
		{completion("m3", `"choices":[{"delta":{"content":"Or to eve@"}}]`), completion("m3", `"choices":[{"delta":{"content":"Or to "}}]`)},
		{completion("m2", `"done":true,"content":"Write to joe@shop.example"`), completion("m2", `"done":true,"content":"I am an AI.\n\nWrite to [redacted:email]"`)},
		{completion("m3", `"choices":[{"delta":{"content":"shop.example"}}]`), completion("m3", `"choices":[{"delta":{"content":""}}]`)},
		{completion("m3", `"done":true,"content":"Or to eve@shop.example"`), completion("m3", `"done":true,"content":"Or to [redacted:email]"`)},
		{`42["events",{"chat_id":"c1","message_id":"m2","data":{"type":"chat:outlet","data":{"messages":[{"id":"m2","content":"x"}]}}}]`,
			`42["events",{"chat_id":"c1","message_id":"m2","data":{"type":"chat:outlet","data":{"messages":null}}}]`},
		// The next answer has the statement again.
		{completion("m5", `"content":"Bye. "`), completion("m5", `"content":"I am an AI.\n\nBye. "`)},
	} {
		say(t, server, step[0])
		hear(t, client, strings.ReplaceAll(step[1], "I am an AI.", statement))
	}
	server.CloseRead(t.Context())
	say(t, server, `42["events",{"chat_id":"c1","message_id":"m6","data":{"type":"response:completion","data":{"delta":"Hi"}}}]`)
	if _, frame, err := client.Read(t.Context()); err != nil || !strings.Contains(string(frame), "chaperone_refusal") {
		t.Errorf("frame is %s, error %v", frame, err)
	}
	hearEnd(t, client, websocket.StatusInternalError)
}

// TestChatsOfOneConnection: each chat has the statement once, also if two are answered at the same time, and nothing of one gets into
// another.
func TestChatsOfOneConnection(t *testing.T) {
	h, app := newWebUI(t, sidecarconfig.PlaceFirstMessage)
	client, server, _ := h.dial(app, "/ws/socket.io/?EIO=4&transport=websocket")
	in := func(chat, id, members string) string {
		return strings.Replace(completion(id, members), `"chat_id":"c1"`, `"chat_id":"`+chat+`"`, 1)
	}
	for _, step := range [][2]string{
		{completion("m1", `"content":"One joe@"`), completion("m1", `"content":"I am an AI.\n\nOne "`)},
		{in("c2", "m1", `"content":"Two "`), in("c2", "m1", `"content":"I am an AI.\n\nTwo "`)},
		{in("c2", "m1", `"done":true,"content":"Two shop.example"`), in("c2", "m1", `"done":true,"content":"I am an AI.\n\nTwo shop.example"`)},
		{completion("m1", `"done":true,"content":"One joe@shop.example"`), completion("m1", `"done":true,"content":"I am an AI.\n\nOne [redacted:email]"`)},
		{in("c3", "m1", `"done":true,"content":"Three"`), in("c3", "m1", `"done":true,"content":"I am an AI.\n\nThree"`)},
		{completion("m2", `"content":"More "`), completion("m2", `"content":"More "`)},
		{in("c2", "m2", `"choices":[{"delta":{"content":"More "}}]`), in("c2", "m2", `"choices":[{"delta":{"content":"More "}}]`)},
	} {
		say(t, server, step[0])
		hear(t, client, strings.ReplaceAll(step[1], "I am an AI.", statement))
	}
}

// TestManyChatsOfOneConnection: however many answers never end, the connection goes on. A server that drains waits for them, and for
// nothing else.
func TestManyChatsOfOneConnection(t *testing.T) {
	h, app := newWebUI(t, sidecarconfig.PlaceFirstMessage)
	client, server, _ := h.dial(app, "/ws/socket.io/?EIO=4&transport=websocket")
	idle, idleServer, _ := h.dial(app, "/ws/socket.io/?EIO=4&transport=websocket")
	say(t, idleServer, `40{"sid":"s1"}`)
	hear(t, idle, `40{"sid":"s1"}`)
	idleServer.CloseRead(t.Context())
	var last string
	for i := range 600 {
		last = fmt.Sprintf(`42["events",{"chat_id":"c%d","message_id":"m1","data":{"type":"chat:completion","data":{"content":"`, i)
		say(t, server, last+`Hi joe@"}}}]`)
		hear(t, client, last+statement+`\n\nHi "}}}]`)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- h.server.Run(ctx) }()
	stop()
	hearEnd(t, idle, websocket.StatusGoingAway)
	say(t, server, last+`Hi joe@shop.example","done":true}}}]`)
	hear(t, client, last+statement+`\n\nHi [redacted:email]","done":true}}}]`)
	server.CloseRead(t.Context())
	_ = client.Close(websocket.StatusNormalClosure, "")
	if err := <-done; err != nil {
		t.Error(err)
	}
	h.stopped = true
}

// TestOtherRoutesOfOpenWebUI: programs call the API without a socket, the past is disclosed again, signing in passes, and administration does not.
func TestOtherRoutesOfOpenWebUI(t *testing.T) {
	h, _ := newWebUI(t, sidecarconfig.PlaceFirstMessage)
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/api/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"Hi"}]}`, 200, `"content":"` + statement + `\n\nHi"`},
		{"GET", "/api/v1/chats/c1", "", 200, `"role":"assistant","content":"` + statement + `\n\nWrite to [redacted:email]"`},
		{"GET", "/api/v1/chats/share/s1", "", 200, `"content":"` + statement + `\n\nHi"`},
		{"POST", "/api/v1/chats/c1/clone", `{"title":"joe@shop.example"}`, 200, `"content":"` + statement + `\n\nHi"`},
		{"GET", "/api/v1/users/u1/profile/image", "", 200, "\x89PNG"},
		{"POST", "/api/v1/auths/signin", `{"email":"joe@shop.example"}`, 200, `joe@shop.example`},
		{"POST", "/api/v1/users/u1/update", `{"email":"x"}`, 405, "method"},
		{"POST", "/ollama/api/chat", `{}`, 403, "Models are not called through this port"},
		{"POST", "/api/v1/messages", `{}`, 403, "Models are not called through this port"},
		{"GET", "/ws/socket.io/?EIO=4&transport=polling", "", 403, "ENABLE_WEBSOCKET_SUPPORT"},
	} {
		got := h.send(tc.method, "http://"+h.address(listen)+tc.path, tc.body)
		if got.status != tc.status || !strings.Contains(got.body, tc.want) {
			t.Errorf("%s %s is answered with %d %s, want %d and %s", tc.method, tc.path, got.status, got.body, tc.status, tc.want)
		}
	}
	got := h.send(http.MethodPost, "http://"+h.address(listen)+"/api/v1/chat/completions", `{"stream":true,"messages":[{"role":"user","content":"Hi"}]}`, "X-Streamed", "1")
	if want := `"delta":{"content":"` + statement + `\n\n"}`; !strings.Contains(got.body, want) {
		t.Errorf("the stream is %s, want one with %s", got.body, want)
	}
}

// TestOpenWebUISaysRefusals in the form of the client: the page shows the error of an answer, and programs read the answer.
func TestOpenWebUISaysRefusals(t *testing.T) {
	app := func(http.ResponseWriter, *http.Request) {}
	h := newHarness(t, app, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Ports[0].Refusals, c.Suspended = "open-webui", sidecarconfig.RefusalsAsAnswers, true
	})
	for members, want := range map[string]string{
		`"session_id":"s","stream":true,`: `{"error":{"message":"`,
		`"stream":true,`:                  `data: {"id":"`,
		``:                                `"object":"chat.completion","created":`,
	} {
		got := h.send(http.MethodPost, "http://"+h.address(listen)+"/api/chat/completions", `{`+members+`"messages":[{"role":"user","content":"Hi"}]}`)
		if got.status != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("with %s the answer is %d %s", members, got.status, got.body)
		}
	}
}
