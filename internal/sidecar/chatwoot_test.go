package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestBotOfChatwoot: what Chatwoot tells the bot, and what the bot says to Chatwoot, is redacted on both ways. A bot may respond without content.
// The statement is a message before the first one in each conversation.
func TestBotOfChatwoot(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/webhook" {
			return
		}
		answerWith(http.StatusOK, "application/json", `{"id":42,"content":"Write to ada@shop.example","conversation_id":7}`)(w, r)
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Egress[0].Shape = "chatwoot-agent-bot", "chatwoot-agent-bot"
	})
	event := `{"event":"message_created","id":1,"content":"I am joe@shop.example","message_type":"incoming","sender":{"name":"Joe","email":"joe@shop.example"},` +
		`"conversation":{"id":7,"messages":[{"content":"I am joe@shop.example"}]}}`
	heard := h.send("POST", "http://"+h.address(listen)+"/webhook", event)
	api := "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name + "/api/v1/accounts/1/conversations/7/"
	said := h.send("POST", api+"messages", `{"content":"Write to ada@shop.example","message_type":"outgoing"}`)
	again := h.send("POST", api+"messages", `{"content":"Bye","message_type":"outgoing"}`)
	slash := h.send("POST", api+"messages/", `{"content":"Hello","message_type":"outgoing"}`)
	opened := h.send("POST", api+"toggle_status", `{"status":"open"}`)
	file := h.send("POST", api+"messages", "x")
	if diff := cmp.Diff([]int{200, 200, 200, 403, 200, 400}, []int{heard.status, said.status, again.status, slash.status, opened.status, file.status}); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	var got []string
	for _, r := range h.listReceived() {
		got = append(got, r.Body)
	}
	want := []string{
		`{"event":"message_created","id":1,"content":"I am [redacted:email]","message_type":"incoming","sender":{"name":"Joe","email":"[redacted:email]"},` +
			`"conversation":{"id":7,"messages":[{"content":"I am [redacted:email]"}]}}`,
		`{"content":"You are chatting with an AI system.","message_type":"outgoing"}`,
		`{"content":"Write to [redacted:email]","message_type":"outgoing"}`, `{"content":"Bye","message_type":"outgoing"}`, `{"status":"open"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Chatwoot and the bot received (-want +got):\n%s", diff)
	}
	if want := `{"id":42,"content":"Write to [redacted:email]","conversation_id":7}`; said.body != want {
		t.Errorf("the bot gets %s", said.body)
	}
	h.listSent()
	other := strings.Replace(api, "/accounts/1/", "/accounts/2/", 1)
	for _, path := range []string{other, api} {
		h.send("POST", path+"messages", `{"content":"Hi","message_type":"outgoing"}`)
	}
	if sent := h.listSent(); len(sent) != 3 || !strings.Contains(sent[0], "AI system") {
		t.Errorf("Chatwoot received %q after a message in a conversation with the same number in another account", sent)
	}
}
