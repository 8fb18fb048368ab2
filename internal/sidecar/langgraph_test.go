package sidecar_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// threadMessages is what a person sees in a client of LangGraph: after the run, in the state of the thread, and in its history.
type threadMessages struct {
	Seen, State, History []string
	Errors               []string
}

// TestClientOfLangGraph puts the sidecar between the server and the client of LangGraph: in each stream mode the person sees the statement
// as a message and the redacted answer, and also after a reload.
func TestClientOfLangGraph(t *testing.T) {
	const statement, answer = "You are chatting with an AI system.", "ai: Write to [redacted:email], or wait."
	url := startNode(t, "langgraph-server.mjs")
	for name, tc := range map[string]struct {
		modes []string
		seen  []string
	}{
		"pieces and state":    {[]string{"messages-tuple", "values"}, []string{"ai: " + statement, "human: Hi", answer}},
		"pieces alone":        {[]string{"messages-tuple", "updates"}, []string{"ai: " + statement, answer}},
		"state alone":         {[]string{"values"}, []string{"ai: " + statement, "human: Hi", answer}},
		"whole texts so far":  {[]string{"messages"}, []string{"ai: " + statement, "human: Hi", answer}},
		"state after the run": {[]string{"wait"}, []string{"ai: " + statement, "human: Hi", answer}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Ports[0].Upstream = "langgraph-runs", url })
			var got threadMessages
			runNode(t, &got, "langgraph-client.mjs", append([]string{"http://" + h.address(listen), "Hi"}, tc.modes...)...)
			past := []string{"human: Hi", "ai: " + statement + "\n\n" + strings.TrimPrefix(answer, "ai: ")}
			if diff := cmp.Diff(threadMessages{Seen: tc.seen, State: past, History: past, Errors: []string{}}, got); diff != "" {
				t.Errorf("the person sees (-want +got):\n%s", diff)
			}
			h.stop()
			if got := h.audit.String(); !strings.Contains(got, `"disclosed":true`) || strings.Contains(got, "ada@") {
				t.Errorf("record is %s", got)
			}
		})
	}
}

// TestClientOfLangGraphIsRefused: the client shows the message of a refusal as an answer.
func TestClientOfLangGraphIsRefused(t *testing.T) {
	url := startNode(t, "langgraph-server.mjs")
	for _, modes := range [][]string{{"messages-tuple", "values"}, {"wait"}} {
		t.Run(modes[0], func(t *testing.T) {
			h := newHarness(t, nil, func(c *sidecarconfig.Config) {
				c.Ports[0].Shape, c.Ports[0].Upstream, c.Suspended = "langgraph-runs", url, true
			})
			var got threadMessages
			runNode(t, &got, "langgraph-client.mjs", append([]string{"http://" + h.address(listen), "Hi"}, modes...)...)
			if len(got.Seen) != 1 || !strings.HasPrefix(got.Seen[0], "ai: ") || len(got.Errors) > 0 {
				t.Errorf("the person sees %v, errors are %v", got.Seen, got.Errors)
			}
		})
	}
}
