package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPastOfVercel: the page of an app of the Vercel AI SDK loads, with the past of the chat and the rest of an open answer, in which
// the statement stands and personal data does not. A suspended chatbot still shows them.
func TestPastOfVercel(t *testing.T) {
	const (
		messages = `[{"id":"q1","role":"user","parts":[{"type":"text","text":"I am joe@shop.example"}]},` +
			`{"id":"m1","role":"assistant","parts":[{"type":"step-start"},{"type":"text","text":"Hi joe@shop.example","state":"done"}]}]`
		shown = `[{"id":"q1","role":"user","parts":[{"type":"text","text":"I am [redacted:email]"}]},` +
			`{"id":"m1","role":"assistant","parts":[{"type":"step-start"},{"type":"text","text":"You are chatting with an AI system.\n\nHi [redacted:email]","state":"done"}]}]`
	)
	stream := func(texts ...string) string {
		events := `data: {"type":"start","messageId":"m1"}` + "\n\n"
		for i := 0; i < len(texts); i += 2 {
			event := `data: {"type":"text-KIND","id":"` + texts[i] + `"` + "}\n\n"
			events += strings.Replace(event, "KIND", "start", 1)
			for piece := range strings.SplitSeq(texts[i+1], "|") {
				events += `data: {"type":"text-delta","id":"` + texts[i] + `","delta":"` + piece + `"}` + "\n\n"
			}
			events += strings.Replace(event, "KIND", "end", 1)
		}
		return events + `data: {"type":"finish"}` + "\n\ndata: [DONE]\n\n"
	}
	paths := map[string]struct{ mediaType, body, want string }{
		"/":                              {"text/html", "<main></main>", "<main></main>"},
		"/_next/static/chunks/page.js":   {"text/javascript", "main()", "main()"},
		"/api/chat/c1":                   {"application/json", messages, shown},
		"/api/chat/c2":                   {"application/json", `{"messages":` + messages + `}`, `{"messages":` + shown + `}`},
		"/api/chat/c1/stream":            {"text/event-stream", stream("0", "Hi joe@|shop.example"), stream("chaperone-statement", "You are chatting with an AI system.", "0", "Hi |[redacted:email]")},
		"/api/chat/c2/stream":            {},
		"/api/history":                   {"application/json", messages, ""},
		"/_next/static/chunks/data.json": {"application/json", messages, ""},
	}
	for _, isSuspended := range []bool{false, true} {
		h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
			answer := paths[r.URL.Path]
			if answer.body == "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			w.Header().Set("Content-Type", answer.mediaType)
			_, _ = io.WriteString(w, answer.body)
		}, func(c *sidecarconfig.Config) {
			c.Ports[0].Shape, c.Suspended = "vercel-ui-message-stream", isSuspended
		})
		for path, answer := range paths {
			got := h.send(http.MethodGet, "http://"+h.address(listen)+path, "")
			if isRefused := got.header.Get("Chaperone-Refusal") != ""; isRefused != (answer.want == "" && answer.body != "") {
				t.Errorf("suspended %t: %s: refused %t, body %s", isSuspended, path, isRefused, got.body)
			} else if !isRefused && got.body != answer.want {
				t.Errorf("suspended %t: %s (-want +got):\n- %s\n+ %s", isSuspended, path, answer.want, got.body)
			}
		}
		if isSuspended {
			continue
		}
		if records := h.records(); len(records) == 0 || strings.Contains(h.audit.String(), "joe@") {
			t.Errorf("records are %s", h.audit.String())
		}
	}
}
