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
