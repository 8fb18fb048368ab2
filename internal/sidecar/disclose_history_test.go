package sidecar_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestWhatAHistoryShows: only an answer that people saw, with the statement word for word, tells that a person was told.
func TestWhatAHistoryShows(t *testing.T) {
	const stated = `You are chatting with an AI system.\n\nHi`
	call := `,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]`
	message := func(role, content, members string) string {
		return `{"role":"` + role + `","content":"` + content + `"` + members + `},`
	}
	cases := map[string]struct {
		history string
		isDue   bool
	}{
		"nothing":                                   {"", true},
		"an answer with the statement":              {message("user", "a", "") + message("assistant", stated, ""), false},
		"an answer with another statement":          {message("user", "a", "") + message("assistant", `Sie chatten mit einem KI-System.\n\nHallo`, ""), false},
		"a greeting without it":                     {message("assistant", "Hello! I am Max.", ""), true},
		"an answer without it":                      {message("user", "a", "") + message("assistant", "Hi", ""), true},
		"an answer with other words":                {message("user", "a", "") + message("assistant", "You are chatting with an AI. Hi", ""), true},
		"an answer that calls a tool":               {message("user", "a", "") + message("assistant", stated, call) + `{"role":"tool","tool_call_id":"c1","content":"x"},`, true},
		"the person says it":                        {message("user", stated, "") + message("assistant", "Hi", ""), true},
		"a system prompt says it":                   {message("system", stated, ""), true},
		"a tool says it":                            {message("assistant", "", call) + `{"role":"tool","tool_call_id":"c1","content":"` + stated + `"},`, true},
		"far behind the beginning of an answer":     {message("assistant", strings.Repeat("x", 9<<10)+stated, ""), true},
		"an answer that the sidecar said":           {message("user", "a", "") + message("assistant", "The chat assistant can read text only. Please send your message without images, sound or files.", ""), true},
		"a statement and a later answer":            {message("user", "a", "") + message("assistant", stated, "") + message("user", "b", "") + message("assistant", "Hi", ""), false},
		"a tool call after an answer with it":       {message("user", "a", "") + message("assistant", stated, "") + message("user", "b", "") + message("assistant", "", call) + `{"role":"tool","tool_call_id":"c1","content":"x"},`, false},
		"the statement cut over parts of a message": {`{"role":"assistant","content":[{"type":"text","text":"You are chatting with"},{"type":"text","text":" an AI system."}]},`, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), withPlacements("first-message"))
			want := "Hi"
			if tc.isDue {
				want = english + "Hi"
			}
			got := h.ask(`{"model":"m","messages":[` + tc.history + `{"role":"user","content":"Hello"}]}`)
			if diff := cmp.Diff(want, readText(t, got.body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if r := h.takeRecord(); r.Disclosed != tc.isDue {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// TestStatementInSeveralAnswers: clients may show the first of several answers only.
func TestStatementInSeveralAnswers(t *testing.T) {
	const call = `"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]`
	cases := map[string]struct {
		first     string
		disclosed bool
	}{
		"two texts":                {`{"role":"assistant","content":"One"}`, true},
		"the first calls a tool":   {`{"role":"assistant","content":"One",` + call + `}`, false},
		"the first has no content": {`{"role":"assistant","content":null}`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := `{"choices":[{"index":0,"message":` + tc.first + `},{"index":1,"message":{"role":"assistant","content":"Two"}}]}`
			h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body))
			}, nil)
			if got := h.ask(hello); !strings.Contains(got.body, `"You are chatting with an AI system.\n\nTwo"`) {
				t.Errorf("answer is %s", got.body)
			}
			if r := h.takeRecord(); r.Disclosed != tc.disclosed {
				t.Errorf("record says disclosed %t", r.Disclosed)
			}
		})
	}
}

// TestAClientThatLeavesIsNotTold: the statement comes with the first text, so that nobody was told who left before it.
func TestAClientThatLeavesIsNotTold(t *testing.T) {
	left := make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte(`data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}` + "\n\n"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(left)
	}, func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{"first-message"} })
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+h.address(listen)+chatPath, strings.NewReader(helloStreamed))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = res.Body.Read(make([]byte, 64))
	leave()
	_ = res.Body.Close()
	<-left
	if r := h.takeRecord(); r.Disclosed || r.Outcome != "disconnected" {
		t.Errorf("record is %+v", r)
	}
}
