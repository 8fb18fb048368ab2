package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestChatUI: the question is a form with a JSON document, and the answer has padded tokens and ends with blanks.
func TestChatUI(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jsonl")
		_, _ = io.WriteString(w, `{"type":"stream","token":"Write to joe@\u0000\u0000"}`+"\n"+`{"type":"stream","token":"shop.example\u0000"}`+"\n"+
			`{"type":"finalAnswer","text":"Write to joe@shop.example","interrupted":false}`+"\n"+strings.Repeat(" ", 4096))
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Disclose.Placements = "hf-chat-ui", []string{sidecarconfig.PlaceFirstMessage}
	})
	const form = "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"base64;a.txt\"\r\nContent-Type: text/plain\r\n\r\nYQ==\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{\"inputs\":\"My number is 4111 1111 1111 1111\",\"id\":\"6f0c1d0e-1f2a-4b3c-8d4e-5f6a7b8c9d0e\"}\r\n--b--\r\n"
	got := h.sendRaw(http.MethodPost, "/conversation/66b0f0a1c2d3e4f5a6b7c8d9", form, "Content-Type", "multipart/form-data; boundary=b")
	want := `{"type":"stream","token":"` + statement + `\n\nWrite to "}` + "\n" + `{"type":"stream","token":""}` + "\n" + `{"type":"stream","token":"[redacted:email]"}` + "\n" +
		`{"type":"finalAnswer","text":"` + statement + `\n\nWrite to [redacted:email]","interrupted":false}` + "\n"
	if got.status != http.StatusOK || strings.TrimRight(got.body, " \n")+"\n" != want {
		t.Errorf("the answer is %d %q, want %q", got.status, got.body, want)
	}
	if body := h.listReceived()[0].Body; !strings.Contains(body, `{"inputs":"My number is [redacted:payment-card]","id":"6f0c1d0e-1f2a-4b3c-8d4e-5f6a7b8c9d0e"}`) {
		t.Errorf("the app got %s", body)
	}
}

// TestMessagesOfChatUI: one message of the past has the statement as a conversation does, and a message of the person has none.
func TestMessagesOfChatUI(t *testing.T) {
	for message, want := range map[string]string{
		`{"id":"m2","from":"assistant","content":"Write to joe@shop.example"}`: `{"id":"m2","from":"assistant","content":"` + statement + `\n\nWrite to [redacted:email]"}`,
		`{"id":"m1","from":"user","content":"Whom?"}`:                          `{"id":"m1","from":"user","content":"Whom?"}`,
	} {
		h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"json":`+message+`}`)
		}, func(c *sidecarconfig.Config) {
			c.Ports[0].Shape, c.Disclose.Placements = "hf-chat-ui", []string{sidecarconfig.PlaceFirstMessage}
		})
		got := h.sendRaw(http.MethodGet, "/api/v2/conversations/c1/message/m1", "")
		if got.status != http.StatusOK || got.body != `{"json":`+want+`}` {
			t.Errorf("the answer is %d %s, want %s", got.status, got.body, want)
		}
	}
}
