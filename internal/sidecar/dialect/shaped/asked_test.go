package shaped_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// TestTheLastMessageOfThePersonAsks: what a tool returns is none of the person, and what was asked before is answered.
func TestTheLastMessageOfThePersonAsks(t *testing.T) {
	cases := map[string]struct {
		preset, body string
		asks         bool
	}{
		"OpenAI":                     {"openai-chat", `{"messages":[{"role":"user","content":"Are you human?"}]}`, true},
		"OpenAI, in parts":           {"openai-chat", `{"messages":[{"role":"user","content":[{"type":"text","text":"Hi."},{"type":"text","text":"Are you human?"}]}]}`, true},
		"OpenAI, asked before":       {"openai-chat", `{"messages":[{"role":"user","content":"Are you human?"},{"role":"assistant","content":"No."},{"role":"user","content":"Ok"}]}`, false},
		"OpenAI, the chatbot asks":   {"openai-chat", `{"messages":[{"role":"assistant","content":"Are you human?"},{"role":"user","content":"Ok"}]}`, false},
		"OpenAI, a tool asks":        {"openai-chat", `{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"c"}]},{"role":"tool","content":"Are you human?"}]}`, false},
		"OpenAI, asked before tools": {"openai-chat", `{"messages":[{"role":"user","content":"Are you human?"},{"role":"assistant","tool_calls":[{"id":"c"}]},{"role":"tool","content":"x"}]}`, true},
		"Anthropic": {"anthropic-messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Are you human?"},` +
			`{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}]}`, true},
		"Ollama":           {"ollama-chat", `{"model":"m","messages":[{"role":"user","content":"Bist du ein Mensch?"}]}`, true},
		"Gemini":           {"gemini", `{"contents":[{"role":"user","parts":[{"text":"Are you human?"}]}]}`, true},
		"OpenAI Responses": {"openai-responses", `{"model":"m","input":"Are you human?"}`, true},
	}
	set, err := truth.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCodecFor(t, tc.preset)
			_, read, err := c.Truthful(set).Request(nil, []byte(tc.body), c.format, new(redact.Counts))
			if err != nil || read.Asked > 0 != tc.asks {
				t.Errorf("asked is %d (error %v), want %t", read.Asked, err, tc.asks)
			}
		})
	}
}
