package calls_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/calls"
)

func TestModel(t *testing.T) {
	for _, tc := range []struct{ name, version, identifier, want string }{
		{"llm-x", "3", "llm-x", calls.ModelDeclared},
		{"llm-x", "3", "LLM-X-3-instruct", calls.ModelDeclared},
		{"llm-x", "3", "llm-x-4", calls.ModelOther},
		{"llm-x", "3", "llm-y-3", calls.ModelOther},
		{"llm-x", "", "llm-x-4", calls.ModelDeclared},
		{"GPT-4o", "2024-08-06", "gpt-4o-2024-08-06", calls.ModelDeclared},
		{"GPT-4o", "2024-08-06", "gpt-4o-2024-05-13", calls.ModelOther},
		{"GPT-4o", "2024-08-06", "gpt-4o", calls.ModelDeclared},
		{"GPT-4o", "", "gpt-4o-mini", calls.ModelOther},
		{"GPT-4o mini", "", "gpt-4o-mini-2024-07-18", calls.ModelDeclared},
		{"Claude Sonnet 4.5", "", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", calls.ModelDeclared},
		{"Claude Sonnet 4.5", "20250929", "claude-sonnet-4-5-20250929", calls.ModelDeclared},
		{"Claude", "", "claude-opus-4", calls.ModelOther},
		{"Claude", "Opus 4", "claude-opus-4", calls.ModelDeclared},
		{"Llama 3.3", "70B", "meta-llama/Llama-3.3-70B-Instruct", calls.ModelDeclared},
		{"Llama 3.3", "70B", "meta-llama/Llama-3.3-8B-Instruct", calls.ModelOther},
		{"llm-x", "3", "", ""},
		{"llm-x", "3", "---", ""},
		{"Modèle Été", "", "modèle-été:latest", calls.ModelDeclared},
	} {
		if got := calls.NewModel(tc.name, tc.version).Compare(tc.identifier); got != tc.want {
			t.Errorf("%s %s, called %s: got %q, want %q", tc.name, tc.version, tc.identifier, got, tc.want)
		}
	}
	if calls.NewModel(" - ", "3") != nil {
		t.Error("a model without a name is compared")
	}
}

func TestFindMember(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":{"model":"x"},"model":"gpt-4o"}`: "gpt-4o", `{"model":7}`: "", `{}`: "", ``: "", `["model"]`: "", `{"model":"a\"b"}`: `a"b`,
	} {
		if got := calls.FindMember([]byte(body), "model"); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}
