package sidecar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// telegramLibraries are the libraries with which test/clients/telegram-client.mjs makes a bot.
var telegramLibraries = []string{"grammy", "telegraf"}

// telegramRoot is the base URL of the API at the sidecar.
func (h *harness) telegramRoot() string {
	return "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name
}

// TestClientsOfTelegramSay: the calls of real libraries, JSON and forms in parts, pass with redaction, after one statement. A suspended
// chatbot gets an error that the library reads.
func TestClientsOfTelegramSay(t *testing.T) {
	for _, library := range telegramLibraries {
		t.Run(library, func(t *testing.T) {
			h := newTelegram(t, acceptTelegram, nil)
			var results []string
			runNode(t, &results, "telegram-client.mjs", library, h.telegramRoot(), "say")
			if diff := cmp.Diff([]string{"7", "7", "7", "7"}, results); diff != "" {
				t.Errorf("the library returns (-want +got):\n%s", diff)
			}
			sent := h.listSent()
			wanted := [][]string{
				{"sendMessage ", `"text":"You are chatting with an AI system."`}, {"sendMessage ", `[redacted:email]`, "MarkdownV2"},
				{"sendPhoto ", `Call [redacted:phone]`, "https://shop.example/a.png"}, {"sendPhoto ", "Call [redacted:phone]", `filename`}, {"editMessageText ", "Bye"},
			}
			if len(sent) != len(wanted) {
				t.Fatalf("Telegram received %q", sent)
			}
			for i, texts := range wanted {
				if slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(sent[i], text) }) {
					t.Errorf("call %d is %q, want %q", i, sent[i], texts)
				}
			}
			suspended := newTelegram(t, acceptTelegram, func(c *sidecarconfig.Config) { c.Suspended = true })
			runNode(t, &results, "telegram-client.mjs", library, suspended.telegramRoot(), "say")
			// Telegraf shows no more of an error above 500 than its status.
			want := map[string]string{"grammy": "suspended", "telegraf": "Service Unavailable"}[library]
			if !strings.Contains(results[0], want) || len(suspended.listSent()) > 0 {
				t.Errorf("of a suspended chatbot, the library returns %q", results)
			}
		})
	}
}

// TestClientsOfTelegramServe: a real bot gets messages redacted, and what it says by a call or in the response to its webhook gets the
// statement once.
func TestClientsOfTelegramServe(t *testing.T) {
	for _, library := range telegramLibraries {
		for _, mode := range []string{"serve", "reply"} {
			t.Run(library+" "+mode, func(t *testing.T) { checkWebhook(t, library, mode) })
		}
	}
}

func checkWebhook(t *testing.T, library, mode string) {
	t.Helper()
	h := newTelegram(t, acceptTelegram, nil)
	bot := startNode(t, "telegram-client.mjs", library, h.telegramRoot(), mode)
	front := newTelegram(t, nil, func(c *sidecarconfig.Config) { c.Ports[0].Upstream = bot })
	tell := func(text string) string {
		got := front.send("POST", "http://"+front.address(listen)+"/webhook", fmt.Sprintf(
			`{"update_id":1,"message":{"message_id":1,"date":1,"from":{"id":5,"is_bot":false,"first_name":"Joe"},"chat":{"id":5,"type":"private","first_name":"Joe"},"text":%q}}`, text))
		if got.status != 200 {
			t.Fatalf("the webhook answers %d %s", got.status, got.body)
		}
		return got.body + strings.Join(h.listSent(), "\n")
	}
	first, second := tell("I am joe@shop.example"), tell("Bye")
	if !strings.Contains(first, "You are chatting with an AI system.") || !strings.Contains(first, "I am [redacted:email]") {
		t.Errorf("the person first sees %s", first)
	}
	if strings.Contains(second, "You are chatting") || !strings.Contains(second, `"text":"Bye"`) {
		t.Errorf("then the person sees %s", second)
	}
}
