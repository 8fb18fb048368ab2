package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// serveFlow answers as Flowise does: in a stream each event follows a line that is no field.
func serveFlow(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"isStreaming":true}`)
	default:
		w.Header().Set("Content-Type", "text/event-stream")
		for _, event := range []string{
			`{"event":"start","data":""}`, `{"event":"token","data":"Write to ada@"}`, `{"event":"token","data":"shop."}`, `{"event":"token","data":"example"}`,
			`{"event":"metadata","data":{"chatId":"c1","question":"Whom?"}}`, `{"event":"end","data":"[DONE]"}`,
		} {
			_, _ = io.WriteString(w, "message:\ndata:"+event+"\n\n")
		}
	}
}

// serveWholeFlow answers as Flowise does where the client asks for no stream.
func serveWholeFlow(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer := `{"text":"Write to ada@shop.example","question":"Whom?","chatId":"c1"}`
	if r.Method == http.MethodGet {
		answer = `{"isStreaming":true}`
	}
	_, _ = io.WriteString(w, answer)
}

// TestClientOfFlowise: the client gets the statement before the redacted answer, whole or in pieces.
func TestClientOfFlowise(t *testing.T) {
	for streaming, serve := range map[string]http.HandlerFunc{"true": serveFlow, "false": serveWholeFlow} {
		t.Run(streaming, func(t *testing.T) {
			h := newHarness(t, serve, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "flowise-prediction" })
			var got chainAnswers
			runNode(t, &got, "flowise-client.mjs", "http://"+h.address(listen), "Whom?", streaming)
			want := chainAnswers{Seen: []string{"You are chatting with an AI system.\n\nWrite to [redacted:email]"}, Errors: []string{}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the person sees (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClientOfFlowiseIsRefused: the client shows the message of a refusal as an answer, in the form for which it asked.
func TestClientOfFlowiseIsRefused(t *testing.T) {
	for _, streaming := range []string{"true", "false"} {
		t.Run(streaming, func(t *testing.T) {
			h := newHarness(t, serveFlow, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Suspended = "flowise-prediction", true })
			var got chainAnswers
			runNode(t, &got, "flowise-client.mjs", "http://"+h.address(listen), "Hi", streaming)
			if len(got.Seen) != 1 || !strings.Contains(got.Seen[0], "switched off") || len(got.Errors) > 0 {
				t.Errorf("the person sees %q, errors are %v", got.Seen, got.Errors)
			}
		})
	}
}
