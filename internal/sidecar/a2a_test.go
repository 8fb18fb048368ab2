package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// agentAnswers are what an agent says, as a stream and as a whole.
const (
	agentWorking  = `{"statusUpdate":{"taskId":"t1","contextId":"c1","status":{"state":"TASK_STATE_WORKING","message":{"messageId":"m2","role":"ROLE_AGENT","parts":[{"text":"Looking."}]}}}}`
	agentArtifact = `{"artifactUpdate":{"taskId":"t1","contextId":"c1","artifact":{"artifactId":"a1","parts":[{"text":"Write to ada@"}]}}}`
	agentMore     = `{"artifactUpdate":{"taskId":"t1","contextId":"c1","artifact":{"artifactId":"a1","parts":[{"text":"shop.example"}]},"append":true}}`
	agentDone     = `{"statusUpdate":{"taskId":"t1","contextId":"c1","status":{"state":"TASK_STATE_COMPLETED"}}}`
	agentTask     = `{"task":{"id":"t1","contextId":"c1","status":{"state":"TASK_STATE_COMPLETED","message":{"messageId":"m2","role":"ROLE_AGENT","parts":[{"text":"Looking."}]}},` +
		`"artifacts":[{"artifactId":"a1","parts":[{"text":"Write to ada@shop.example"}]}]}}`
)

// agent is an agent at the address of the sidecar.
type agent struct{ address string }

func (a *agent) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"name":"shop","description":"Answers.","version":"1","supportedInterfaces":[{"url":"http://`+a.address+`/","protocolBinding":"JSONRPC","protocolVersion":"1.0"}],`+
			`"capabilities":{"streaming":true},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[]}`)
		return
	}
	var call struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call)
	form := func(result string) string {
		return `{"jsonrpc":"2.0","id":` + string(call.ID) + `,"result":` + result + `}`
	}
	if call.Method == "SendMessage" {
		_, _ = io.WriteString(w, form(agentTask))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, result := range []string{agentWorking, agentArtifact, agentMore, agentDone} {
		_, _ = io.WriteString(w, "data: "+form(result)+"\n\n")
	}
}

// newAgent starts a sidecar in front of an agent.
func newAgent(t *testing.T, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	a := &agent{}
	h := newHarness(t, a.serve, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape = "a2a"
		if change != nil {
			change(c)
		}
	})
	a.address = h.address(listen)
	return h
}

// TestClientOfA2A: the first text of the agent begins with the statement, whole or in a stream.
func TestClientOfA2A(t *testing.T) {
	for _, streaming := range []string{"true", "false"} {
		t.Run("streaming "+streaming, func(t *testing.T) {
			h := newAgent(t, nil)
			var got chainAnswers
			runNode(t, &got, "a2a-client.mjs", "http://"+h.address(listen), "I am joe@shop.example", streaming)
			want := chainAnswers{Seen: []string{"You are chatting with an AI system.\n\nLooking.", "Write to [redacted:email]"}, Errors: []string{}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the client gets (-want +got):\n%s", diff)
			}
			isSent := func(r received) bool { return strings.Contains(r.Body, `"text":"I am [redacted:email]"`) }
			if all := h.listReceived(); !hasReceived(all, isSent) {
				t.Errorf("the agent received %+v", all)
			}
		})
	}
}

// TestClientOfA2A03: the client and the server of version 0.3 of the protocol work through the sidecar. In a whole task, what the agent
// said on the way is history, so the artifact has the statement.
func TestClientOfA2A03(t *testing.T) {
	const statement = "You are chatting with an AI system.\n\n"
	for streaming, seen := range map[string][]string{
		"true":  {statement + "You said: I am [redacted:email]", "Write to [redacted:email]"},
		"false": {"You said: I am [redacted:email]", statement + "Write to [redacted:email]"},
	} {
		t.Run("streaming "+streaming, func(t *testing.T) {
			var server lateUpstream
			h := newHarness(t, server.serve, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "a2a" })
			address := "http://" + h.address(listen)
			server.start(t, "a2a03-server.mjs", address+"/")
			var got chainAnswers
			runNode(t, &got, "a2a03-client.mjs", address, "I am joe@shop.example", streaming)
			if diff := cmp.Diff(chainAnswers{Seen: seen, Errors: []string{}}, got); diff != "" {
				t.Errorf("the client gets (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClientOfA2AIsRefused: the client gets the sentence of the refusal as an error.
func TestClientOfA2AIsRefused(t *testing.T) {
	h := newAgent(t, func(c *sidecarconfig.Config) { c.Limits.RequestBytes = 1024 })
	for _, streaming := range []string{"true", "false"} {
		var got chainAnswers
		runNode(t, &got, "a2a-client.mjs", "http://"+h.address(listen), strings.Repeat("a", 2048), streaming)
		if len(got.Seen) > 0 || len(got.Errors) != 1 || !strings.Contains(got.Errors[0], "larger than 1024 bytes") {
			t.Errorf("streaming %s: the client gets %q, errors are %q", streaming, got.Seen, got.Errors)
		}
	}
	got := h.send("POST", "http://"+h.address(listen)+"/", `{"jsonrpc":"2.0","id":1,"method":"tasks/resubscribe","params":{"id":"t1"}}`)
	if got.status < 400 || !strings.Contains(got.body, "The method is not read") {
		t.Errorf("status %d, answer %s", got.status, got.body)
	}
}
