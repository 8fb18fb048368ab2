package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestSuspendedRoutes: no answer arrives by polling, nothing that people write goes on, and they can still stop, delete and read the past.
func TestSuspendedRoutes(t *testing.T) {
	for name, tc := range map[string]struct {
		shape, method, path, body string
		want                      int
	}{
		"new answers by polling":           {"direct-line", "GET", "/v3/directline/conversations/c1/activities?watermark=3", "", 503},
		"new answers of a task":            {"a2a", "POST", "/", `{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"id":"t1"}}`, 503},
		"a command of a program":           {"mcp", "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"now"}}`, 503},
		"a task is canceled":               {"a2a", "POST", "/", `{"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"id":"t1"}}`, 200},
		"a conversation is deleted":        {"librechat", "DELETE", "/api/convos", `{"arg":{"conversationId":"c1"}}`, 200},
		"the past with a text":             {"open-webui", "POST", "/api/v1/chats/new", `{"chat":{"messages":[{"role":"user","content":"I am ill"}]}}`, 503},
		"the past":                         {"open-webui", "GET", "/api/v1/chats/c1", "", 200},
		"a search in the past":             {"librechat", "GET", "/api/search/messages?q=I%20am%20ill", "", 503},
		"parameters that are no text":      {"librechat", "GET", "/api/convos?cursor=c1&limit=25", "", 200},
		"a rating with a text":             {"dify-chat", "POST", "/v1/messages/m1/feedbacks", `{"rating":"like","content":"I am ill","user":"u"}`, 503},
		"a rating without a text":          {"dify-chat", "POST", "/v1/messages/m1/feedbacks", `{"rating":"like","user":"u"}`, 200},
		"what is no message of a person":   {"direct-line", "POST", "/v3/directline/conversations/c1/activities", `{"type":"event","name":"webchat/join","value":{"language":"en-US"}}`, 200},
		"an event with a text of a person": {"direct-line", "POST", "/v3/directline/conversations/c1/activities", `{"type":"event","value":{"note":"I am ill"}}`, 503},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerInKind, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Suspended = tc.shape, true })
			if got := h.send(tc.method, "http://"+h.address(listen)+tc.path, tc.body); got.status != tc.want || len(h.listReceived()) > 0 != (tc.want == 200) {
				t.Errorf("answer is %d %s, the app received %d requests", got.status, got.body, len(h.listReceived()))
			}
		})
	}
}

// answerInKind answers with a document that the shapes of these tests read.
func answerInKind(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":{},"activities":[]}`))
}

// TestTextsOfOtherRequestsNeedConsent, in a query too, and events without a text do not.
func TestTextsOfOtherRequestsNeedConsent(t *testing.T) {
	for name, tc := range map[string]struct {
		shape, method, path, body string
		want                      string
	}{
		"a search":                    {"librechat", "GET", "/api/search/messages?q=I%20am%20ill", "", "sidecar.consent_unknown"},
		"a search of a command":       {"open-webui", "GET", "/api/v1/tools?query=I%20am%20ill", "", "sidecar.consent_unknown"},
		"a text as a name":            {"open-webui", "GET", "/api/v1/tools?I%20am%20ill", "", "sidecar.consent_unknown"},
		"parameters":                  {"open-webui", "GET", "/api/v1/chats/?page=1&sort=updated_at", "", ""},
		"a message in another query":  {"typebot-chat", "POST", "/api/v1/sessions/s1/continueChat?note=I%20am%20ill", `{"message":""}`, "sidecar.consent_missing"},
		"an event of the client":      {"direct-line", "POST", "/v3/directline/conversations/c1/activities", `{"type":"event","name":"webchat/join","value":{"language":"en-US"},"from":{"id":"u1","name":"Ann"}}`, ""},
		"an event with a text":        {"direct-line", "POST", "/v3/directline/conversations/c1/activities", `{"type":"event","value":{"note":"I am ill"}}`, "sidecar.consent_missing"},
		"a chat of the page":          {"open-webui", "POST", "/api/v1/chats/new", `{"chat":{"messages":[{"role":"user","content":"I am ill"}]}}`, "sidecar.consent_unknown"},
		"a temporary chat of anybody": {"open-webui", "POST", "/api/chat/completions", `{"session_id":"s1","chat_id":"local","messages":[{"role":"user","content":"Hi"}]}`, "sidecar.consent_unknown"},
		"a chat of the API":           {"open-webui", "POST", "/api/chat/completions", `{"session_id":"s1","chat_id":"c1","messages":[{"role":"user","content":"Hi"}]}`, "sidecar.consent_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerInKind, func(c *sidecarconfig.Config) {
				askForConsent(c)
				c.Ports[0].Shape = tc.shape
			})
			got := h.send(tc.method, "http://"+h.address(listen)+tc.path, tc.body)
			if rule := got.header.Get("Chaperone-Refusal"); rule != tc.want || len(h.listReceived()) > 0 != (tc.want == "") {
				t.Errorf("answer is %d %s by rule %q, want %q", got.status, strings.TrimSpace(got.body), rule, tc.want)
			}
		})
	}
}
