package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
	isReported := len(got.Errors) == 1 && strings.Contains(got.Errors[0], "PERMISSION_DENIED. ") && strings.Contains(got.Errors[0], "sidecar.answer_unreadable")
	if !isReported || got.Whole != "Shop.example" || got.Streamed != "Write to " {
		t.Errorf("the program reads %+v", got)
	}
}
