package sidecar_test

import (
	"io"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// chainAnswers is what a person sees of the answers of a chain.
type chainAnswers struct{ Seen, Errors []string }

// chainForms are the forms in which chains answer: the pieces of a stream, and the whole.
var chainForms = map[string]struct {
	pieces []string
	whole  string
}{
	"text":    {[]string{`"Write to ada@"`, `"shop."`, `"example"`}, `"Write to ada@shop.example"`},
	"message": {[]string{chainMessage("Write to ada@"), chainMessage("shop."), chainMessage("example")}, chainMessage("Write to ada@shop.example")},
	"object": {[]string{`{"question":"Whom?"}`, `{"answer":"Write to ada@"}`, `{"answer":"shop."}`, `{"answer":"example"}`},
		`{"question":"Whom?","answer":"Write to ada@shop.example"}`},
}

func chainMessage(content string) string {
	return `{"content":` + quoteJSON(content) + `,"additional_kwargs":{},"response_metadata":{},"type":"AIMessageChunk","name":null,"id":"run-1"}`
}

func quoteJSON(text string) string { return `"` + text + `"` }

// serveChain answers as LangServe does.
func serveChain(pieces []string, whole string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch path.Base(r.URL.Path) {
		case "invoke":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"output":`+whole+`,"metadata":{"run_id":"r1","feedback_tokens":[]}}`)
		case "batch":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"output":[`+whole+`],"metadata":{"run_ids":["r1"]}}`)
		case "stream":
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			_, _ = io.WriteString(w, "event: metadata\r\ndata: {\"run_id\": \"r1\"}\r\n\r\n")
			for _, piece := range pieces {
				_, _ = io.WriteString(w, "event: data\r\ndata: "+piece+"\r\n\r\n: ping\r\n\r\n")
			}
			_, _ = io.WriteString(w, "event: end\r\n\r\n")
		}
	}
}

// TestClientOfLangServe: the client gets the statement before the redacted answer, in each form and with each method.
func TestClientOfLangServe(t *testing.T) {
	for name, form := range chainForms {
		for _, method := range []string{"invoke", "batch", "stream"} {
			t.Run(name+", "+method, func(t *testing.T) {
				h := newHarness(t, serveChain(form.pieces, form.whole), func(c *sidecarconfig.Config) { c.Ports[0].Shape = "langserve" })
				var got chainAnswers
				runNode(t, &got, "langserve-client.mjs", "http://"+h.address(listen)+"/chain", method, "Whom?")
				want := chainAnswers{Seen: []string{"You are chatting with an AI system.\n\nWrite to [redacted:email]"}, Errors: []string{}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the person sees (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestClientOfLangServeIsRefused: the client shows the message of a refusal as an answer.
func TestClientOfLangServeIsRefused(t *testing.T) {
	for _, method := range []string{"invoke", "stream"} {
		t.Run(method, func(t *testing.T) {
			h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Suspended = "langserve", true })
			var got chainAnswers
			runNode(t, &got, "langserve-client.mjs", "http://"+h.address(listen)+"/chain", method, "Hi")
			if len(got.Seen) != 1 || !strings.Contains(got.Seen[0], "switched off") || len(got.Errors) > 0 {
				t.Errorf("the person sees %q, errors are %v", got.Seen, got.Errors)
			}
		})
	}
}
