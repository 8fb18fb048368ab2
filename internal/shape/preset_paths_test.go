package shape_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestPathsOfServices: without a declared path, the presets of the OpenAI API read it at the paths of other services that speak it.
func TestPathsOfServices(t *testing.T) {
	paths := map[string]map[string]string{
		"openai-chat": {
			"OpenAI, vLLM, Mistral":      "/v1/chat/completions",
			"llama.cpp, LiteLLM":         "/chat/completions",
			"Azure, with a deployment":   "/openai/deployments/support/chat/completions",
			"Azure, version 1":           "/openai/v1/chat/completions",
			"OpenRouter":                 "/api/v1/chat/completions",
			"Cohere's compatibility API": "/compatibility/v1/chat/completions",
		},
		"openai-embeddings": {
			"OpenAI, vLLM, Mistral":      "/v1/embeddings",
			"llama.cpp, LiteLLM":         "/embeddings",
			"Azure, with a deployment":   "/openai/deployments/support/embeddings",
			"Azure, version 1":           "/openai/v1/embeddings",
			"OpenRouter":                 "/api/v1/embeddings",
			"Cohere's compatibility API": "/compatibility/v1/embeddings",
		},
		"openai-responses": {
			"OpenAI, vLLM":       "/v1/responses",
			"LiteLLM":            "/responses",
			"Azure, version 1":   "/openai/v1/responses",
			"Azure, with a date": "/openai/responses",
			"OpenRouter":         "/api/v1/responses",
		},
	}
	for preset, services := range paths {
		s, err := shape.Load([]byte(readPreset(t, preset)))
		if err != nil {
			t.Fatal(err)
		}
		if s, err = s.With(nil); err != nil {
			t.Fatal(err)
		}
		router, err := shape.NewRouter(s)
		if err != nil {
			t.Fatal(err)
		}
		for service, path := range services {
			if index, found := router.FindPath("POST", path); !found || s.Routes[index].Use != shape.UseTurn {
				t.Errorf("%s does not read %s of %s", preset, path, service)
			}
		}
	}
}
