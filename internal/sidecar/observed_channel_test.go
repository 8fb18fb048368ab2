package sidecar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestObservedChannel: under Audit nothing is checked or sent, and what governing would do is counted: a message without a fitting signature is
// refused, and the statement comes once, before the first message of the bot or in the response to the webhook.
func TestObservedChannel(t *testing.T) {
	const twiML = `<Response><Message>Write to ada@shop.example</Message></Response>`
	h := newChannelWith(t, "twilio-messaging", "/sms", `{"sid":"SM1","status":"queued"}`, answerWith(http.StatusOK, "text/xml", twiML))
	h.config.Mode = sidecarconfig.ModeObserve
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	form := func(from string) url.Values {
		return url.Values{"Body": {"Hello"}, "From": {from}, "To": {"+18005551212"}}
	}
	hear := func(from, signature string) answer {
		return h.sendForm("/sms", form(from).Encode(), "X-Twilio-Signature", signature)
	}
	reply := url.Values{"To": {"+14158675310"}, "Body": {"Hello"}}.Encode()
	const messages = "/2010-04-01/Accounts/AC1/Messages.json"
	answers := []answer{
		hear("+14158675309", signTwilio("/sms", form("+14158675309"))), hear("+14158675309", "forged"),
		h.callForm(messages, reply), h.callForm(messages, reply),
	}
	for i, got := range answers {
		if got.status != http.StatusOK || i < 2 && got.body != twiML {
			t.Errorf("answer %d: %d %s", i, got.status, got.body)
		}
	}
	if got := h.takeBodies(); len(got) != 4 || !strings.HasSuffix(got[2], reply) {
		t.Errorf("received %q", got)
	}
	var rules, disclosed []any
	for _, r := range h.records() {
		rules, disclosed = append(rules, r.Observed["wouldRefuse"]), append(disclosed, r.Observed["wouldDisclose"])
	}
	if diff := cmp.Diff([]any{nil, "sidecar.signature_invalid", nil, nil}, rules); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{true, false, true, false}, disclosed); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// TestObservedMessagesWithoutText: what governing would refuse, because the statement cannot stand before it, is counted under Audit too.
func TestObservedMessagesWithoutText(t *testing.T) {
	said := ""
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/webhook" {
			acceptTelegram(w, r)
			return
		}
		answerWith(http.StatusOK, "application/json", said)(w, r)
	}
	type step struct{ said, path, body string }
	hear := func(chat, said string) step {
		return step{said: said, path: "/webhook", body: `{"message":{"chat":{"id":` + chat + `},"from":{"id":1},"text":"Hi"}}`}
	}
	sticker := func(chat string) string { return `{"method":"sendSticker","chat_id":` + chat + `,"sticker":"a"}` }
	steps := []step{
		hear("5", sticker("5")), hear("5", `{"method":"sendMessage","chat_id":5,"text":"Hi"}`), hear("5", sticker("5")), hear("5", sticker("6")),
		hear("5", `{"method":"sendChatAction","chat_id":6,"action":"typing"}`),
		{path: "sendMessage?chat_id=7", body: `{"chat_id":7,"text":"Hi"}`},
		{path: "sendMessage?text=Hi"}, {path: "sendMessage?chat_id=8&text=Hi"}, {path: "sendMessage?chat_id=8&text=Hi"},
	}
	rules := map[string][]string{}
	var disclosed []bool
	for _, mode := range []string{"", sidecarconfig.ModeObserve} {
		h := newTelegram(t, answer, func(c *sidecarconfig.Config) { c.Mode = mode })
		for _, s := range steps {
			said = s.said
			switch {
			case s.said != "":
				h.send("POST", "http://"+h.address(listen)+s.path, s.body)
			case s.body != "":
				h.callTelegram(s.path, s.body)
			default:
				h.send("GET", h.serviceURL()+"/bot"+telegramToken+"/"+s.path, "")
			}
		}
		for _, r := range h.records() {
			rule := r.Rule
			if mode == sidecarconfig.ModeObserve {
				rule, _ = r.Observed["wouldRefuse"].(string)
				isDisclosed, _ := r.Observed["wouldDisclose"].(bool)
				disclosed = append(disclosed, isDisclosed)
			}
			rules[mode] = append(rules[mode], rule)
		}
	}
	const unreadable, shape = "sidecar.answer_unreadable", "sidecar.body_shape"
	want := []string{unreadable, "", "", unreadable, "", shape, shape, "", ""}
	for mode, got := range rules {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mode %q: refusals (-want +got):\n%s", mode, diff)
		}
	}
	if diff := cmp.Diff([]bool{false, true, false, false, false, false, false, true, false}, disclosed); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
