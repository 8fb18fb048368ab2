package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// serveLines answers as version 4 of the Vercel AI SDK does.
func serveLines(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Vercel-AI-Data-Stream", "v1")
	for _, line := range []string{
		`f:{"messageId":"m1"}`, `g:"Hm. "`, `0:"Write to ada@"`, `0:"shop."`, `0:"example"`, `e:{"finishReason":"stop","usage":{"promptTokens":1,"completionTokens":1},"isContinued":false}`,
		`d:{"finishReason":"stop","usage":{"promptTokens":1,"completionTokens":1}}`,
	} {
		_, _ = io.WriteString(w, line+"\n")
	}
}

// TestClientOfVercel4: the client, which refuses codes that it does not know, gets the statement before the redacted answer.
func TestClientOfVercel4(t *testing.T) {
	h := newHarness(t, serveLines, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "vercel-data-stream" })
	var got chainAnswers
	runNode(t, &got, "vercel4-client.mjs", "http://"+h.address(listen)+"/api/chat", "Whom?")
	want := chainAnswers{Seen: []string{"You are chatting with an AI system.\n\nWrite to [redacted:email]"}, Errors: []string{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the person sees (-want +got):\n%s", diff)
	}
}

// TestClientOfVercel4IsRefused: the client shows the message of a refusal as an answer.
func TestClientOfVercel4IsRefused(t *testing.T) {
	h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Suspended = "vercel-data-stream", true })
	var got chainAnswers
	runNode(t, &got, "vercel4-client.mjs", "http://"+h.address(listen)+"/api/chat", "Hi")
	if len(got.Seen) != 1 || !strings.Contains(got.Seen[0], "switched off") || len(got.Errors) > 0 {
		t.Errorf("the person sees %q, errors are %v", got.Seen, got.Errors)
	}
}
