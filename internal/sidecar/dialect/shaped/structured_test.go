package shaped_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
)

// silent changes nothing.
type silent struct{}

func (silent) VisitSegment(dst []byte, _ *dialect.Segment) ([]byte, bool, error) {
	return dst, false, nil
}

func (silent) VisitMessage(dialect.Message) {}

func TestRequestsForStructuredOutput(t *testing.T) {
	presets, err := shaped.Presets()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		preset, members string
		structured      bool
	}{
		"Anthropic, a tool":             {"anthropic-messages", `"tool_choice":{"type":"tool","name":"save"}`, true},
		"Anthropic, any tool":           {"anthropic-messages", `"tool_choice":{"type":"any"}`, true},
		"Anthropic, the model decides":  {"anthropic-messages", `"tool_choice":{"type":"auto"}`, false},
		"Anthropic, no tool":            {"anthropic-messages", `"tool_choice":{"type":"none"}`, false},
		"Anthropic, a schema":           {"anthropic-messages", `"output_config":{"format":{"type":"json_schema","schema":{}}}`, true},
		"Anthropic, a schema (beta)":    {"anthropic-messages", `"output_format":{"type":"json_schema","schema":{}}`, true},
		"Anthropic, another setting":    {"anthropic-messages", `"output_config":{"effort":"low"}`, false},
		"Ollama, JSON":                  {"ollama-chat", `"format":"json"`, true},
		"Ollama, a schema":              {"ollama-chat", `"format":{"type":"object"}`, true},
		"Ollama, no format":             {"ollama-chat", `"format":""`, false},
		"OpenAI, a schema":              {"openai-chat", `"response_format":{"type":"json_schema"}`, true},
		"OpenAI, text":                  {"openai-chat", `"response_format":{"type":"text"}`, false},
		"OpenAI, a tool that exists":    {"openai-chat", `"tools":[]`, false},
		"OpenAI, a format that is null": {"openai-chat", `"response_format":null,"guided_json":null`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello"}],` + tc.members + `}`
			_, read, err := presets[tc.preset].RewriteRequest(nil, []byte(body), silent{})
			if err != nil || read.Structured != tc.structured {
				t.Errorf("structured is %t (error %v), want %t", read.Structured, err, tc.structured)
			}
		})
	}
}
