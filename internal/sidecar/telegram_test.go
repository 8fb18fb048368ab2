package sidecar_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// telegramToken has the digits of a telephone number, which are no personal data in a token.
const telegramToken = "4930901820:AAF-x_joe"

// newTelegram starts a sidecar between Telegram and a bot. answer is what Telegram answers to the bot, and the bot to the webhook.
func newTelegram(t *testing.T, answer http.HandlerFunc, change func(*sidecarconfig.Config)) *harness {
	return newHarness(t, answer, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Egress[0].Shape = "telegram-bot", "telegram-bot"
		if change != nil {
			change(c)
		}
	})
}

// callTelegram has the bot call a method.
func (h *harness) callTelegram(method, body string, header ...string) answer {
	h.t.Helper()
	return h.send("POST", "http://"+h.address(contract.SidecarEgressAddress)+"/"+h.config.Egress[0].Name+"/bot"+telegramToken+"/"+method, body, header...)
}

// listSent returns the methods that Telegram received, with the bodies, and forgets them.
func (h *harness) listSent() (sent []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.received {
		sent = append(sent, strings.TrimPrefix(r.URI, "/base/bot"+telegramToken+"/")+" "+r.Body)
	}
	h.received = nil
	return sent
}

func acceptTelegram(w http.ResponseWriter, r *http.Request) {
	answerWith(http.StatusOK, "application/json", `{"ok":true,"result":{"message_id":7,"chat":{"id":5},"text":"Write to ada@shop.example"}}`)(w, r)
}

// TestStatementOnChannel: the statement is a message of its own before the first message of a conversation, with the thread of that message.
// It is due again after a day, and no message of another conversation counts.
func TestStatementOnChannel(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	statement := `sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`
	check := func(when string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, h.listSent()); diff != "" {
			t.Errorf("%s: Telegram received (-want +got):\n%s", when, diff)
		}
	}
	said := h.callTelegram("sendMessage", `{"chat_id":5,"text":"Write to ada@shop.example","parse_mode":"MarkdownV2"}`)
	check("the first message", statement, `sendMessage {"chat_id":5,"text":"Write to [redacted:email]","parse_mode":"MarkdownV2"}`)
	if want := `{"ok":true,"result":{"message_id":7,"chat":{"id":5},"text":"Write to [redacted:email]"}}`; said.status != 200 || said.body != want {
		t.Errorf("the bot gets %d %s", said.status, said.body)
	}
	h.callTelegram("editMessageText", `{"chat_id":5,"message_id":7,"text":"Hi"}`)
	check("a later message", `editMessageText {"chat_id":5,"message_id":7,"text":"Hi"}`)
	h.callTelegram("sendPhoto", `{"chat_id":-1001234567890,"message_thread_id":3,"photo":"AgAC","caption":"Call +49 30 901820"}`)
	check("another conversation", `sendMessage {"chat_id":-1001234567890,"message_thread_id":3,"text":"You are chatting with an AI system."}`,
		`sendPhoto {"chat_id":-1001234567890,"message_thread_id":3,"photo":"AgAC","caption":"Call [redacted:phone]"}`)
	h.callTelegram("sendChatAction", `{"chat_id":6,"action":"typing"}`)
	check("what is no message", `sendChatAction {"chat_id":6,"action":"typing"}`)
	h.clock.add(24 * time.Hour)
	h.callTelegram("sendMessage", `chat_id=5&text=Hi`, "Content-Type", "application/x-www-form-urlencoded")
	check("the next day", `sendMessage chat_id=5&text=You+are+chatting+with+an+AI+system.`, `sendMessage chat_id=5&text=Hi`)

	metrics := h.get("/metrics").body
	var disclosed []bool
	for _, r := range h.records() {
		disclosed = append(disclosed, r.Disclosed)
	}
	if diff := cmp.Diff([]bool{true, false, true, false, true}, disclosed); diff != "" {
		t.Errorf("records say disclosed (-want +got):\n%s", diff)
	}
	if out := h.audit.String() + h.log.String() + metrics; strings.Contains(out, "AAF-x") {
		t.Errorf("the token of the bot is in %s", out)
	}
}

// TestStatementThatTelegramRefuses: the answer of Telegram to the statement is that to the message, which is not sent. The statement stays
// due.
func TestStatementThatTelegramRefuses(t *testing.T) {
	blocked := true
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if blocked {
			answerWith(http.StatusForbidden, "application/json", `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by ada@shop.example"}`)(w, r)
			return
		}
		acceptTelegram(w, r)
	}, nil)
	refused := h.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	if want := `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by [redacted:email]"}`; refused.status != 403 || refused.body != want {
		t.Errorf("the bot gets %d %s", refused.status, refused.body)
	}
	blocked = false
	h.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	statement := `sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`
	if diff := cmp.Diff([]string{statement, statement, `sendMessage {"chat_id":5,"text":"Hi"}`}, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
	if records := h.records(); records[0].Disclosed || !records[1].Disclosed {
		t.Errorf("records are %s", h.audit.String())
	}
}

// TestStatementOfMessageThatFails: the person has seen the statement, whatever becomes of the message after it.
func TestStatementOfMessageThatFails(t *testing.T) {
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "sendPhoto") {
			answerWith(http.StatusBadRequest, "application/json", `{"ok":false}`)(w, r)
			return
		}
		acceptTelegram(w, r)
	}, nil)
	h.callTelegram("sendPhoto", `{"chat_id":5,"photo":"x"}`)
	h.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	want := []string{
		`sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`, `sendPhoto {"chat_id":5,"photo":"x"}`, `sendMessage {"chat_id":5,"text":"Hi"}`,
	}
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
	if records := h.records(); !records[0].Disclosed || records[1].Disclosed {
		t.Errorf("records are %s", h.audit.String())
	}
}

// TestRepliesAreForServices: what the bot sends to a service is no request of people, a message needs a chat, and nothing leaves a suspended
// chatbot. Refusals have the form in which libraries read errors.
func TestRepliesAreForServices(t *testing.T) {
	h := newTelegram(t, acceptTelegram, nil)
	port := h.send("POST", "http://"+h.address(listen)+"/bot1:a/sendMessage", `{"chat_id":5,"text":"Hi"}`)
	inline := h.callTelegram("editMessageText", `{"inline_message_id":"a","text":"Hi"}`)
	other := h.callTelegram("SendMessage", `{"chat_id":5,"text":"Hi"}`)
	poll := h.callTelegram("getUpdates?timeout=0", "", "Content-Type", "text/plain")
	query := h.callTelegram("sendMessage?chat_id=5&text=Hi", "", "Content-Type", "text/plain")
	suspended := newTelegram(t, acceptTelegram, func(c *sidecarconfig.Config) { c.Suspended = true })
	silent := suspended.callTelegram("sendMessage", `{"chat_id":5,"text":"Hi"}`)
	for name, tc := range map[string]struct {
		got  answer
		want string
	}{
		"on a port": {port, "sidecar.path_unknown"}, "without a chat": {inline, "sidecar.body_shape"},
		"in another spelling": {other, "sidecar.route_unknown"}, "in the query of a POST": {query, "sidecar.route_refused"},
		"polling in the query of a POST": {poll, "sidecar.route_refused"}, "suspended": {silent, "sidecar.suspended"},
	} {
		if got := tc.got.header.Get("Chaperone-Refusal"); got != tc.want || !strings.HasPrefix(tc.got.body, `{"ok":false,"error_code":`) {
			t.Errorf("%s: %d %q %s", name, tc.got.status, got, tc.got.body)
		}
	}
	if sent := append(h.listSent(), suspended.listSent()...); len(sent) > 0 {
		t.Errorf("Telegram received %q", sent)
	}
}

// TestWebhookOfTelegram: a message of a person reaches the bot redacted. A bot may answer without content, or with a message, which gets the
// statement. The language of the person is that of the statement, also in later calls.
func TestWebhookOfTelegram(t *testing.T) {
	inline := ""
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/webhook" {
			acceptTelegram(w, r)
			return
		}
		if inline != "" {
			answerWith(http.StatusOK, "application/json", inline)(w, r)
		}
	}, nil)
	tell := func(chat, language string) answer {
		return h.send("POST", "http://"+h.address(listen)+"/webhook", `{"update_id":1,"message":{"message_id":1,"from":{"id":`+chat+
			`,"language_code":"`+language+`"},"chat":{"id":`+chat+`,"type":"private"},"text":"I am joe@shop.example"}}`)
	}
	if got := tell("5", "de"); got.status != 200 || got.body != "" {
		t.Errorf("Telegram gets %d %s", got.status, got.body)
	}
	if got := h.listSent(); !strings.Contains(got[0], `"text":"I am [redacted:email]"`) {
		t.Errorf("the bot receives %q", got)
	}
	h.callTelegram("sendMessage", `{"chat_id":"5","text":"Hallo"}`)
	if diff := cmp.Diff(`sendMessage {"chat_id":"5","text":"Sie chatten mit einem KI-System."}`, h.listSent()[0]); diff != "" {
		t.Errorf("the statement (-want +got):\n%s", diff)
	}
	inline = `{"method":"sendMessage","chat_id":6,"parse_mode":"HTML","text":"Write to ada@shop.example"}`
	want := `{"method":"sendMessage","chat_id":6,"parse_mode":null,"text":"Vous parlez à une IA.\n\nWrite to [redacted:email]"}`
	if got := tell("6", "fr"); got.body != want {
		t.Errorf("Telegram gets %s", got.body)
	}
	if got := tell("5", "de"); strings.Contains(got.body, "KI-System") {
		t.Errorf("the statement stands again in %s", got.body)
	}
	h.listSent()
	h.callTelegram("sendMessage", `{"chat_id":6,"text":"Salut"}`)
	if sent := h.listSent(); len(sent) != 1 {
		t.Errorf("after the statement in an answer, Telegram received %q", sent)
	}
}

// TestRefusalsInTelegram: a suspended chatbot says so in the chat, and the question for consent is asked and answered there.
func TestRefusalsInTelegram(t *testing.T) {
	bot := func(http.ResponseWriter, *http.Request) {}
	suspended := newTelegram(t, bot, func(c *sidecarconfig.Config) { c.Suspended = true })
	asking := newTelegram(t, bot, func(c *sidecarconfig.Config) { c.Consent = &sidecarconfig.Consent{Name: "Shop GmbH"} })
	tell := func(h *harness, text string) answer {
		return h.send("POST", "http://"+h.address(listen)+"/webhook",
			`{"message":{"from":{"id":5,"language_code":"de"},"chat":{"id":5},"text":"`+text+`"}}`)
	}
	off := tell(suspended, "Hallo")
	if !strings.HasPrefix(off.body, `{"method":"sendMessage","chat_id":"5","text":"`) || !strings.Contains(off.body, "desk.shop.example") || off.status != 200 {
		t.Errorf("a suspended chatbot says %d %s", off.status, off.body)
	}
	poll := suspended.send("POST", "http://"+suspended.address(listen)+"/webhook", `{"poll_answer":{"poll_id":"1","option_ids":[0]}}`)
	if poll.status != 503 || !strings.HasPrefix(poll.body, `{"ok":false,"error_code":503,`) {
		t.Errorf("to nobody a suspended chatbot says %d %s", poll.status, poll.body)
	}
	if got := tell(asking, "Hallo"); !strings.Contains(got.body, "Sind Sie einverstanden") {
		t.Errorf("the question is %s", got.body)
	}
	tell(asking, "Ja")
	if sent := asking.listSent(); len(sent) != 1 || !strings.Contains(sent[0], `"text":"Hallo"`) {
		t.Errorf("the bot received %q", sent)
	}
	polled := asking.callTelegram("getUpdates", `{}`)
	if got := polled.header.Get("Chaperone-Refusal"); got != "sidecar.consent_unknown" || len(asking.listSent()) > 0 {
		t.Errorf("polling without consent: %d %s", polled.status, polled.body)
	}
}

// TestObservedWebhook: that a bot answers its webhook without content, or with a word, is no fault under Audit either.
func TestObservedWebhook(t *testing.T) {
	content := ""
	h := newTelegram(t, func(w http.ResponseWriter, _ *http.Request) {
		if content != "" {
			answerWith(http.StatusOK, "text/plain", content)(w, nil)
		}
	}, func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModeObserve })
	for _, content = range []string{"", "ok"} {
		h.send("POST", "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":5},"text":"I am joe@shop.example"}}`)
	}
	for _, r := range h.records() {
		if r.Observed["read"] != "read" || r.Observed["wouldRefuse"] != nil {
			t.Errorf("observed %v", r.Observed)
		}
	}
}

// TestBotWithoutPort: a bot that fetches its messages has no port, and its messages have the statement.
func TestBotWithoutPort(t *testing.T) {
	h := newTelegram(t, acceptTelegram, func(c *sidecarconfig.Config) { c.Ports = nil })
	h.callTelegram("sendMessage", `{"chat_id":5,"text":"Write to ada@shop.example"}`)
	want := []string{`sendMessage {"chat_id":5,"text":"You are chatting with an AI system."}`, `sendMessage {"chat_id":5,"text":"Write to [redacted:email]"}`}
	if diff := cmp.Diff(want, h.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
	if got := h.get("/readyz").status; got != http.StatusOK {
		t.Errorf("readiness is %d", got)
	}
}
