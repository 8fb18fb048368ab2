package sidecar_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// realtimeFrames are the answer of a model.
var realtimeFrames = []string{
	`{"type":"response.created","event_id":"e1","response":{"id":"r1","object":"realtime.response","status":"in_progress","output":[]}}`,
	`{"type":"response.output_item.added","event_id":"e2","response_id":"r1","output_index":0,"item":{"id":"i1","type":"message","role":"assistant","content":[]}}`,
	`{"type":"response.content_part.added","event_id":"e3","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"part":{"type":"text","text":""}}`,
	`{"type":"response.output_text.delta","event_id":"e4","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"delta":"Write to ada@"}`,
	`{"type":"response.output_text.delta","event_id":"e5","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"delta":"shop.example"}`,
	`{"type":"response.output_text.done","event_id":"e6","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"text":"Write to ada@shop.example"}`,
	`{"type":"response.done","event_id":"e7","response":{"id":"r1","status":"completed","output":[{"id":"i1","type":"message","role":"assistant","content":[{"type":"output_text","text":"Write to ada@shop.example"}]}]}}`,
}

// serveRealtime answers when it is asked to.
func serveRealtime(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	ctx := context.WithoutCancel(r.Context())
	for {
		_, frame, err := c.Read(ctx)
		if err != nil {
			return
		}
		if strings.Contains(string(frame), "joe@") {
			_ = c.Close(websocket.StatusPolicyViolation, "")
		}
		if strings.Contains(string(frame), "response.create") {
			for _, answer := range realtimeFrames {
				_ = c.Write(ctx, websocket.MessageText, []byte(answer))
			}
		}
	}
}

// TestClientOfRealtime: the pieces of an answer, and the answer that is said again, begin with the statement and are redacted.
func TestClientOfRealtime(t *testing.T) {
	h := newHarness(t, serveRealtime, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "openai-realtime" })
	var got chainAnswers
	runNode(t, &got, "realtime-client.mjs", "http://"+h.address(listen)+"/v1", "I am joe@shop.example", "input_text")
	const said = "You are chatting with an AI system.\n\nWrite to [redacted:email]"
	if diff := cmp.Diff(chainAnswers{Seen: []string{said, said}, Errors: []string{}}, got); diff != "" {
		t.Errorf("the client gets (-want +got):\n%s", diff)
	}
}

// TestClientOfRealtimeIsRefused: the client gets the sentence of the refusal as an error.
func TestClientOfRealtimeIsRefused(t *testing.T) {
	h := newHarness(t, serveRealtime, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "openai-realtime" })
	var got chainAnswers
	runNode(t, &got, "realtime-client.mjs", "http://"+h.address(listen)+"/v1", "Hi", "input_image")
	if len(got.Seen) > 0 || len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "a part that is not text") {
		t.Errorf("the client gets %q, errors are %q", got.Seen, got.Errors)
	}
}

// TestSoundOfRealtimeIsRefused in both directions.
func TestSoundOfRealtimeIsRefused(t *testing.T) {
	app := &socketApp{t: t, requests: make(chan http.Header, 9), conns: make(chan *websocket.Conn, 9)}
	h := newHarness(t, app.accept, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "openai-realtime" })
	client, server, _ := h.dial(app, "/v1/realtime?model=m1")
	for _, frame := range []string{
		`{"type":"input_audio_buffer.append","audio":"aGk="}`,
		`{"type":"session.update","session":{"type":"realtime","output_modalities":["audio"]}}`,
	} {
		say(t, client, frame)
		if _, got, err := client.Read(t.Context()); err != nil || !strings.HasPrefix(string(got), `{"type":"error"`) {
			t.Errorf("%s: frame is %s, error %v", frame, got, err)
		}
	}
	say(t, server, `{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","output_index":0,"content_index":0,"delta":"aGk="}`)
	hearEnd(t, client, websocket.StatusInternalError)
}

// TestAnswersOfRealtimeAreNotMixed: clients tell the pieces of two answers apart by identifiers, so that data would pass in two pieces.
func TestAnswersOfRealtimeAreNotMixed(t *testing.T) {
	h, app := newSocket(t, "openai-realtime", nil)
	client, server, _ := h.dial(app, "/v1/realtime?model=m1")
	say(t, client, `{"type":"response.create","response":{"conversation":"none"}}`)
	if _, got, err := client.Read(t.Context()); err != nil || !strings.Contains(string(got), "besides the conversation") {
		t.Errorf("frame is %s, error %v", got, err)
	}
	piece := func(answer, text string) string {
		return `{"type":"response.output_text.delta","response_id":"` + answer + `","item_id":"i` + answer + `","output_index":0,"content_index":0,"delta":"` + text + `"}`
	}
	say(t, server, piece("r1", "Card 4111 1111"))
	hear(t, client, piece("r1", statement+`\n\nCard `))
	say(t, server, piece("r2", " 1111 1111"))
	hearEnd(t, client, websocket.StatusInternalError)
}
