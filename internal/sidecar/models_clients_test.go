package sidecar_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// streamOrWhole answers with the stream if the request asks for one, and else with the whole answer.
func streamOrWhole(isStreamed func(r *http.Request) bool, mediaType, stream, whole string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !isStreamed(r) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, whole)
			return
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = io.WriteString(w, stream)
	}
}

// geminiAnswer is what a program reads with the client of the Gemini API.
type geminiAnswer struct {
	Whole, Streamed, Thoughts, Finish string
	Calls                             []struct{ Args map[string]string }
	Signatures, Errors                []string
}

// TestClientOfGemini puts the sidecar between the client of the Gemini API and a stand-in of the model.
func TestClientOfGemini(t *testing.T) {
	event := func(part string) string {
		return `data: {"candidates":[{"content":{"role":"model","parts":[` + part + `]},"index":0}],"responseId":"r1"}` + "\r\n\r\n"
	}
	stream := event(`{"text":"Joe is joe@shop.example. ","thought":true}`) + event(`{"text":"Write to ada@"}`) + event(`{"text":"shop."}`) + event(`{"text":"example, "}`) +
		event(`{"functionCall":{"name":"find","args":{"who":"joe@shop.example"}},"thoughtSignature":"CiQB41=="}`) +
		`data: {"candidates":[{"content":{"role":"model","parts":[{"text":"or wait."}]},"finishReason":"STOP","index":0}],"responseId":"r1"}` + "\r\n\r\n"
	whole := `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"Write to joe@shop.example."}]},"finishReason":"STOP","index":0}]}`
	isStreamed := func(r *http.Request) bool { return r.URL.Query().Get("alt") == "sse" }
	model := streamOrWhole(isStreamed, "text/event-stream", stream, whole)
	h, url := newModel(t, "gemini", nil, model)
	var got geminiAnswer
	runNode(t, &got, "genai-client.mjs", url, "I am joe@shop.example")
	want := geminiAnswer{
		Whole: "Write to [redacted:email].", Streamed: "Write to [redacted:email], or wait.", Thoughts: "Joe is [redacted:email]. ", Finish: "STOP",
		Calls: []struct{ Args map[string]string }{{map[string]string{"who": "[redacted:email]"}}}, Signatures: []string{"CiQB41=="},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the program reads (-want +got):\n%s", diff)
	}
	for _, seen := range h.listReceived() {
		if !strings.Contains(seen.Body, "I am [redacted:email]") || !strings.Contains(seen.Body, "Be kind.") {
			t.Errorf("the model saw %s", seen.Body)
		}
	}
}

// TestClientOfGeminiIsRefused: the client reports an answer that is refused in the middle as an error of the API.
func TestClientOfGeminiIsRefused(t *testing.T) {
	stream := "data: " + geminiFirst + "\n\n" + `data: {"candidates":[{"content":{"parts":[{"inlineData":{"data":"aa"}}]}}]}` + "\n\n"
	isStreamed := func(r *http.Request) bool { return r.URL.Query().Get("alt") == "sse" }
	_, url := newModel(t, "gemini", nil, streamOrWhole(isStreamed, "text/event-stream", stream, strings.Replace(geminiSecond, "shop", "Shop", 1)))
	var got geminiAnswer
	runNode(t, &got, "genai-client.mjs", url, "Hi")
	isReported := len(got.Errors) == 1 && strings.Contains(got.Errors[0], "REFUSED. ") && strings.Contains(got.Errors[0], "sidecar.answer_unreadable")
	if !isReported || got.Whole != "Shop.example" || got.Streamed != "Write to " {
		t.Errorf("the program reads %+v", got)
	}
}

// modelAnswer is what a program reads with the client of a model.
type modelAnswer struct {
	Whole, Streamed string
	Errors          []string
}

// TestClientsOfModels puts the sidecar between the clients of models and stand-ins, which answer with the examples of the shapes.
func TestClientsOfModels(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		preset, isStreamed, streamed string
	}{
		"chat":      {"openai-chat", `"stream":true`, "Write to [redacted:email]"},
		"responses": {"openai-responses", `"stream":true`, "Write to [redacted:email]|Write to [redacted:email]"},
		"anthropic": {"anthropic-messages", `"stream":true`, "Write to [redacted:email]"},
		"ollama":    {"ollama-chat", `"stream":true`, "Write to [redacted:email]"},
		"cohere":    {"cohere-chat", `"stream":true`, "Write to [redacted:email]"},
		"bedrock":   {"bedrock-converse", "", "Write to [redacted:email]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := presets[slices.IndexFunc(presets, func(s *shape.Shape) bool { return s.Name == tc.preset })]
			whole, stream := readExample(t, s, shape.OfAnswer), readExample(t, s, shape.OfStream)
			// The client of Anthropic counts on the usage, which the example leaves out.
			stream.In = strings.Replace(stream.In, `"content":[],"stop_reason":null`, `"content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}`, 1)
			var h *harness
			var url string
			h, url = newModel(t, tc.preset, nil, func(w http.ResponseWriter, r *http.Request) {
				seen := h.listReceived()
				answer, of := whole.In, shape.OfAnswer
				if strings.HasSuffix(r.URL.Path, "-stream") || tc.isStreamed != "" && strings.Contains(seen[len(seen)-1].Body, tc.isStreamed) {
					answer, of = stream.In, shape.OfStream
				}
				w.Header().Set("Content-Type", mediaTypesOf(s)[of])
				_, _ = io.WriteString(w, answer)
			})
			var got modelAnswer
			runNode(t, &got, "model-client.mjs", name, url, "I am joe@shop.example")
			if got.Streamed != tc.streamed || !strings.Contains(got.Whole, "[redacted:") || len(got.Errors) > 0 {
				t.Errorf("the program reads %+v", got)
			}
			for _, seen := range h.listReceived() {
				if !strings.Contains(seen.Body, "I am [redacted:email]") {
					t.Errorf("the model saw %s", seen.Body)
				}
			}
		})
	}
}

// chunk returns an event of a stream of Chat Completions with the members of a delta.
func chunk(delta, finish string) string {
	return `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{` + delta + `},"finish_reason":` + finish + `}]}` + "\n\n"
}

// TestClientsOfVariants puts the sidecar between the clients of services that speak Chat Completions at other paths or with more members,
// and stand-ins of them. No path is declared.
func TestClientsOfVariants(t *testing.T) {
	const whole = `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Write to joe@shop.example."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`
	const end = "data: [DONE]\n\n"
	pieces := chunk(`"role":"assistant","content":"Write to joe@"`, "null") + chunk(`"content":"shop.example"`, `"stop"`) + end
	for name, tc := range map[string]struct{ path, whole, stream, want string }{
		"azure": {
			path:   "/openai/deployments/support/chat/completions?api-version=2026-10-01",
			stream: `data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}` + "\n\n" + pieces,
		},
		"azureV1":          {path: "/openai/v1/chat/completions"},
		"cohereCompatible": {path: "/compatibility/v1/chat/completions"},
		"litellm": {
			path:   "/chat/completions",
			stream: chunk(`"role":"assistant","content":"","provider_specific_fields":{"refusal":null}`, "null") + pieces,
		},
		"openrouter": {
			path:   "/api/v1/chat/completions",
			stream: ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + chunk(`"role":"assistant","content":"","reasoning":"Hm, joe@shop.example. "`, "null") + pieces,
			want:   "Hm, [redacted:email]. Write to [redacted:email]",
		},
		"mistral": {
			path:  "/v1/chat/completions",
			whole: strings.Replace(whole, `"Write to joe@shop.example."`, `[{"type":"thinking","thinking":[{"type":"text","text":"Hm. "}],"closed":true},{"type":"text","text":"Write to joe@shop.example."}]`, 1),
			stream: chunk(`"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm, joe@shop.example. "}]}]`, "null") +
				chunk(`"content":[{"type":"text","text":"Write to joe@"}]`, "null") + chunk(`"content":[{"type":"text","text":"shop.example. "}]`, "null") + chunk(`"content":""`, `"stop"`) + end,
			want: "Hm, [redacted:email]. Write to [redacted:email]. ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var h *harness
			var url string
			h, url = newModel(t, "openai-chat", nil, func(w http.ResponseWriter, r *http.Request) {
				seen := h.listReceived()
				isStreamed := strings.Contains(seen[len(seen)-1].Body, `"stream":true`)
				streamOrWhole(func(*http.Request) bool { return isStreamed }, "text/event-stream", withDefault(tc.stream, pieces), withDefault(tc.whole, whole))(w, r)
			})
			var got modelAnswer
			runNode(t, &got, "model-client.mjs", name, url, "I am joe@shop.example")
			if got.Streamed != withDefault(tc.want, "Write to [redacted:email]") || !strings.HasSuffix(got.Whole, "Write to [redacted:email].") || len(got.Errors) > 0 {
				t.Errorf("the program reads %+v", got)
			}
			seen := h.listReceived()
			if len(seen) != 2 || seen[0].URI != "/base"+tc.path || seen[1].URI != "/base"+tc.path || strings.Contains(seen[0].Body+seen[1].Body, "joe@") {
				t.Errorf("the model saw %+v", seen)
			}
		})
	}
}
