package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// ownShape is the document of an app of one's own, as a declaration has it inline.
const ownShape = `{
	"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]},
	"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]}}`

// TestDocumentOfAConfiguration: a port serves the shape that the configuration carries, and the record names it with its revision.
func TestDocumentOfAConfiguration(t *testing.T) {
	answer := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"reply":"Write to joe@shop.example."}`)
	}
	h := newHarness(t, answer, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Ports[0].Revision, c.Ports[0].Document = "inline.http", 1, json.RawMessage(ownShape)
	})
	got := h.sendRaw("POST", "/ask", `{"question":"I am joe@shop.example"}`)
	if got.status != 200 || !strings.Contains(got.body, "You are chatting with an AI system.") || strings.Contains(got.body, "joe@") {
		t.Errorf("answer is %d %s", got.status, got.body)
	}
	if seen := h.listReceived(); len(seen) != 1 || seen[0].Body != `{"question":"I am [redacted:email]"}` {
		t.Errorf("the app saw %v", seen)
	}
	refused := h.sendRaw("POST", "/ask", `{"question":`)
	if !strings.Contains(refused.body, `"rule":"sidecar.body_malformed"`) {
		t.Errorf("refusal is %d %s", refused.status, refused.body)
	}
	for _, r := range h.records() {
		if r.Shape != "inline.http" || r.ShapeRevision != 1 || r.Use != "turn" {
			t.Errorf("record is %+v", r)
		}
	}
}

// TestShapesThatASidecarDoesNotHave: it refuses the configuration, and says what to do.
func TestShapesThatASidecarDoesNotHave(t *testing.T) {
	for name, tc := range map[string]struct {
		port sidecarconfig.Port
		want string
	}{
		"a preset":             {sidecarconfig.Port{Shape: "riddles"}, `this sidecar has no shape "riddles": use the image of the release`},
		"a later revision":     {sidecarconfig.Port{Shape: "openai-chat", Revision: 4711}, `of the shape "openai-chat", and not 4711: use the image`},
		"a faulty document":    {sidecarconfig.Port{Shape: "own", Document: json.RawMessage(`{"paths":[]}`)}, `unknown field "paths"`},
		"an unknown parameter": {sidecarconfig.Port{Shape: "openai-chat", Parameters: map[string]string{"pfad": "/"}}, `no parameter "pfad"`},
	} {
		t.Run(name, func(t *testing.T) {
			c := defaultConfig("http://127.0.0.1:1")
			tc.port.Name, tc.port.Listen, tc.port.Upstream = "http", listen, "http://127.0.0.1:1"
			c.Ports = []sidecarconfig.Port{tc.port}
			file, err := c.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if _, err = sidecar.New(t.Context(), file, sidecar.Options{}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// revisionOf returns the revision of a preset.
func revisionOf(t *testing.T, name string) int {
	t.Helper()
	s, err := shape.FindPreset(name)
	if err != nil || s == nil {
		t.Fatalf("preset %s: %v", name, err)
	}
	return s.Revision
}
