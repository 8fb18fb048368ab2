package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// answers are plain answers in three wire formats.
var answers = map[string]string{
	"openai-chat":        `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}`,
	"ollama-chat":        `{"model":"m","message":{"role":"assistant","content":"Hello"},"done":true}`,
	"anthropic-messages": `{"id":"1","type":"message","role":"assistant","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}`,
}

// In an answer of another format no statement can be shown, although its texts can be redacted. It must not pass as if one had been.
func TestAnswersInAnotherFormatAreRefused(t *testing.T) {
	for declared := range answers {
		for sent, body := range answers {
			t.Run(declared+" gets "+sent, func(t *testing.T) {
				h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, body)
				}, func(c *sidecarconfig.Config) {
					c.Ports[0].Shape, c.Ports[0].Parameters = declared, map[string]string{"path": chatPath}
				})
				got := h.ask(`{"model":"m","max_tokens":9,"stream":false,"messages":[{"role":"user","content":"Hi"}]}`)
				if declared == sent {
					if got.status != http.StatusOK || !strings.Contains(got.body, "You are chatting with an AI system.") {
						t.Errorf("status %d: %s", got.status, got.body)
					}
					return
				}
				if got.status != http.StatusBadGateway || !strings.Contains(got.body, "sidecar.answer_malformed") ||
					!strings.Contains(got.body, "another format than the port declares") || strings.Contains(got.body, "Hello") {
					t.Errorf("status %d: %s", got.status, got.body)
				}
			})
		}
	}
}
