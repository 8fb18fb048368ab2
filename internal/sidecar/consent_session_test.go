package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeopleCanAgree in each place that identifies the conversation of a client that sends only the new message.
func TestPeopleCanAgree(t *testing.T) {
	const asked, passed, unknown = "sidecar.consent_missing", "passed", "sidecar.consent_unknown"
	run := func(text, config string) string {
		return `{"assistant_id":"a","input":{"messages":[{"type":"human","content":` + quote(text) + `}]}` + config + `}`
	}
	invoke := func(text, config string) string { return `{"input":` + quote(text) + config + `}` }
	header := []string{"Chaperone-Conversation", "c1"}
	type step struct {
		path, body string
		header     []string
		want       string
	}
	for name, tc := range map[string]struct {
		shape string
		steps []step
	}{
		"a thread in the path": {"langgraph-runs", []step{
			{"/threads/t1/runs/wait", run("Hello", ""), nil, asked},
			{"/threads/t2/runs/wait", run("yes", ""), nil, asked},
			{"/threads/t1/runs/wait", run("yes", ""), nil, passed},
			{"/threads/t1/runs/wait", run("More", ""), nil, passed},
			{"/threads/t1/state", `{"values":{"note":"More"}}`, nil, passed},
			{"/threads/t2/state", `{"values":{"note":"More"}}`, nil, asked},
		}},
		"the path and not the body": {"langgraph-runs", []step{
			{"/threads/t1/runs/wait", run("Hello", ""), nil, asked},
			{"/threads/t1/runs/wait", run("yes", ""), nil, passed},
			{"/threads/t2/runs/wait", run("More", `,"config":{"configurable":{"thread_id":"t1"}}`), nil, asked},
		}},
		"a thread in the body": {"langgraph-runs", []step{
			{"/runs/wait", run("Hello", `,"config":{"configurable":{"thread_id":"t1"}}`), nil, asked},
			{"/runs/wait", run("yes", `,"config":{"configurable":{"thread_id":"t1"}}`), nil, passed},
		}},
		"a user is no conversation": {"langgraph-runs", []step{
			{"/runs/wait", run("Hello", `,"config":{"configurable":{"user_id":"u1"}}`), nil, unknown},
		}},
		"the header, where nothing else does": {"langgraph-runs", []step{
			{"/runs/wait", run("Hello", ""), nil, unknown},
			{"/runs/wait", run("Hello", ""), header, asked},
			{"/runs/wait", run("yes", ""), header, passed},
		}},
		"the header of a chain": {"langserve", []step{
			{"/chain/invoke", invoke("Hello", ""), nil, unknown},
			{"/chain/invoke", invoke("Hello", ""), header, asked},
			{"/chain/invoke", invoke("yes", ""), header, passed},
		}},
		"a user of a chain is no conversation": {"langserve", []step{
			{"/chain/invoke", invoke("Hello", `,"config":{"configurable":{"user_id":"u1"}}`), nil, unknown},
		}},
		"a client that repeats the conversation": {"vercel-ui-message-stream", []step{
			{"/api/chat", `{"messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"Hello"}]}]}`, nil, asked},
		}},
		"an empty identifier after another one": {"dify-chat", []step{
			{"/v1/chat-messages", `{"query":"Hello","inputs":{},"user":"u1","conversation_id":""}`, nil, asked},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newAsking(t, tc.shape)
			for i, s := range tc.steps {
				before := len(h.listReceived())
				got := h.send(http.MethodPost, "http://"+h.address(listen)+s.path, s.body, s.header...)
				have := got.header.Get("Chaperone-Refusal")
				if len(h.listReceived()) > before {
					have = passed
				}
				if have != s.want {
					t.Errorf("step %d: %s, want %s (status %d)", i, have, s.want, got.status)
				}
			}
		})
	}
}

// TestMessageOfAThreadIsHeld: the app gets it in place of the yes.
func TestMessageOfAThreadIsHeld(t *testing.T) {
	h := newAsking(t, "langgraph-runs")
	for _, text := range []string{"Hello", "yes"} {
		h.send(http.MethodPost, "http://"+h.address(listen)+"/threads/t1/runs/wait",
			`{"assistant_id":"a","input":{"messages":[{"type":"human","content":`+quote(text)+`}]}}`)
	}
	var seen []string
	for _, r := range h.listReceived() {
		seen = append(seen, strings.TrimSuffix(r.Body, "\n"))
	}
	if diff := cmp.Diff([]string{`{"assistant_id":"a","input":{"messages":[{"type":"human","content":"Hello"}]}}`}, seen); diff != "" {
		t.Errorf("the app received (-want +got):\n%s", diff)
	}
}

// converse sends requests, each with its path and body, and returns what the app received of them.
func (h *harness) converse(requests ...[2]string) []string {
	h.t.Helper()
	for _, r := range requests {
		h.send(http.MethodPost, "http://"+h.address(listen)+r[0], r[1])
	}
	var seen []string
	for _, r := range h.listReceived() {
		seen = append(seen, r.URI+" "+r.Body)
	}
	return seen
}

// TestConsentBelongsToAPath: another chatbot of the port can have a conversation with the same ID, and answers of another form.
func TestConsentBelongsToAPath(t *testing.T) {
	chat := func(text string) string { return `{"sessionId":"s1","chatInput":` + quote(text) + `}` }
	invoke := func(text string) string {
		return `{"input":` + quote(text) + `,"config":{"configurable":{"session_id":"s1"}}}`
	}
	run := func(text string) string {
		return `{"assistant_id":"a","input":{"messages":[{"type":"human","content":` + quote(text) + `}]}}`
	}
	for name, tc := range map[string]struct {
		shape    string
		requests [][2]string
		want     []string
	}{
		"another workflow": {
			"n8n-chat",
			[][2]string{{"/webhook/A/chat", chat("Hello")}, {"/webhook/B/chat", chat("yes")}, {"/webhook/A/chat", chat("yes")}, {"/webhook/B/chat", chat("More")}},
			[]string{"/webhook/A/chat " + chat("Hello")},
		},
		"another chain": {
			"langserve",
			[][2]string{{"/a/invoke", invoke("Hello")}, {"/a/invoke", invoke("yes")}, {"/b/invoke", invoke("More")}, {"/a/stream", invoke("yes")}},
			[]string{"/a/invoke " + invoke("Hello")},
		},
		"another way to run": {
			"langgraph-runs",
			[][2]string{{"/threads/t1/runs/stream", run("Hello")}, {"/threads/t1/runs/wait", run("yes")}, {"/threads/t1/runs/stream", run("More")}},
			[]string{"/threads/t1/runs/wait " + run("yes"), "/threads/t1/runs/stream " + run("More")},
		},
		"the past of the same conversation": {
			"n8n-chat",
			[][2]string{{"/webhook/A/chat", chat("Hello")}, {"/webhook/A/chat", chat("yes")},
				{"/webhook/A/chat", `{"action":"loadPreviousSession","sessionId":"s1","metadata":{"page":"Shop"}}`}},
			[]string{"/webhook/A/chat " + chat("Hello"), `/webhook/A/chat {"action":"loadPreviousSession","sessionId":"s1","metadata":{"page":"Shop"}}`},
		},
		"the first message is held": {
			"n8n-chat",
			[][2]string{{"/webhook/A/chat", chat("Hello")}, {"/webhook/A/chat", chat("yess")}, {"/webhook/A/chat", chat("yes")}},
			[]string{"/webhook/A/chat " + chat("Hello")},
		},
		"an answer is not held": {
			"n8n-chat",
			[][2]string{{"/webhook/A/chat", chat("ok")}, {"/webhook/A/chat", chat("Hello")}, {"/webhook/A/chat", chat("yes")}},
			[]string{"/webhook/A/chat " + chat("Hello")},
		},
		"a new message after no": {
			"n8n-chat",
			[][2]string{{"/webhook/A/chat", chat("Hello")}, {"/webhook/A/chat", chat("no")}, {"/webhook/A/chat", chat("More")}, {"/webhook/A/chat", chat("yes")}},
			[]string{"/webhook/A/chat " + chat("More")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, newAsking(t, tc.shape).converse(tc.requests...)); diff != "" {
				t.Errorf("the app received (-want +got):\n%s", diff)
			}
		})
	}
}
