package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPageOfN8n: the page of n8n's chat loads, also while the chatbot is suspended, and nothing goes on of the editor and of messages in a query.
func TestPageOfN8n(t *testing.T) {
	for _, name := range []string{"n8n-chat", "n8n-chat-stream"} {
		for _, isSuspended := range []bool{false, true} {
			h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = io.WriteString(w, "<body>")
			}, func(c *sidecarconfig.Config) {
				c.Ports[0].Shape, c.Suspended = name, isSuspended
			})
			page := h.send(http.MethodGet, "http://"+h.address(listen)+"/webhook/shop/chat", "")
			editor := h.send(http.MethodGet, "http://"+h.address(listen)+"/", "")
			asked := h.send(http.MethodGet, "http://"+h.address(listen)+"/webhook/shop/chat?chatInput=Hi", "")
			if asked.status < 400 {
				t.Errorf("%s, suspended %t: a message in a query is answered with %d", name, isSuspended, asked.status)
			}
			if page.status != http.StatusOK || page.body != "<body>" || editor.status < 400 || strings.Contains(editor.body, "<body>") {
				t.Errorf("%s, suspended %t: the page is %d %q, the editor %d %q", name, isSuspended, page.status, page.body, editor.status, editor.body)
			}
		}
	}
}
