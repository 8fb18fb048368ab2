package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestRecipientsOnWhatsApp: a number is that of one person however it is written. It passes, and the person gets one statement. An access
// token in the query is that of the statement too. A message to nobody is refused.
func TestRecipientsOnWhatsApp(t *testing.T) {
	h := newChannel(t, "whatsapp-cloud", "/webhook", `{"messages":[{"id":"wamid.A"}]}`)
	send := func(to string) answer {
		return h.callService("/v23.0/106540352242922/messages?access_token=EAAG", `{"messaging_product":"whatsapp",`+to+`"type":"text","text":{"body":"Hi"}}`)
	}
	all := []string{`"to":"4915112345678",`, `"to":"+4915112345678",`, `"to":"+49 (151) 1234-5678",`, `"to":4915112345678,`, `"recipient":"US.13491208655302741918",`}
	var sent []string
	for _, to := range all {
		if got := send(to); got.status != 200 {
			t.Errorf("%s: %d %s", to, got.status, got.body)
		}
		sent = append(sent, `{"messaging_product":"whatsapp",`+to+`"type":"text","text":{"body":"Hi"}}`)
	}
	nobody, other := send(""), send(`"to":"Ada, 030 901820",`)
	if nobody.header.Get("Chaperone-Refusal") != "sidecar.body_shape" || other.header.Get("Chaperone-Refusal") != "sidecar.signed_personal" {
		t.Errorf("to nobody %d %s, to a text %d %s", nobody.status, nobody.body, other.status, other.body)
	}
	var got []string
	for _, r := range h.listReceived() {
		if r.URI != "/v23.0/106540352242922/messages?access_token=EAAG" {
			t.Errorf("WhatsApp is called at %s", r.URI)
		}
		got = append(got, r.Body)
	}
	const statement = `"text":{"body":"You are chatting with an AI system."}`
	want := append([]string{`{"messaging_product":"whatsapp",` + statement + `,"to":"4915112345678","type":"text"}`}, sent[:4]...)
	want = append(want, `{"messaging_product":"whatsapp","recipient":"US.13491208655302741918",`+statement+`,"type":"text"}`, sent[4])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("WhatsApp received (-want +got):\n%s", diff)
	}
}

// TestNamesOfOneChannel: a message to a person on Slack goes to a channel, which the answer names.
func TestNamesOfOneChannel(t *testing.T) {
	h := newChannel(t, "slack", "/slack/events", `{"ok":true,"channel":"D7","ts":"1.2"}`)
	for _, channel := range []string{"U7", "D7"} {
		h.callService("/api/chat.postMessage", `{"channel":"`+channel+`","text":"Hi"}`)
	}
	if got := len(h.listReceived()); got != 3 {
		t.Errorf("Slack received %q", h.takeBodies())
	}
}

// TestNumbersOfContacts: the place says that a text or number is a telephone number, whatever its form. The organisation's own number stays, and
// so does every number where telephone numbers are not replaced.
func TestNumbersOfContacts(t *testing.T) {
	for name, tc := range map[string]struct{ number, want string }{
		"digits": {`"4930901820"`, `"[redacted:phone]"`}, "plus": {`"+49 30 901820"`, `"[redacted:phone]"`}, "a number": {`4930901820`, `"[redacted:phone]"`},
		"other digits": {`"٤٩٣٠٩٠١٨٢٠"`, `"[redacted:phone]"`}, "few digits": {`"110"`, `"[redacted:phone]"`}, "none": {`null`, `null`}, "no digits": {`"hidden"`, `"hidden"`},
		"an address": {`"joe@shop.example"`, `"[redacted:email]"`}, "the shop": {`"4989636482018"`, `"4989636482018"`},
	} {
		for _, detectors := range [][]string{{"email", "phone"}, {"email"}} {
			h := newTelegram(t, acceptTelegram, func(c *sidecarconfig.Config) { c.Redact, c.Contacts = detectors, []string{"+49 89 636482018"} })
			h.send("POST", "http://"+h.address(listen)+"/webhook", `{"message":{"chat":{"id":5},"contact":{"phone_number":`+tc.number+`}}}`)
			want := tc.want
			if len(detectors) == 1 {
				want = strings.ReplaceAll(want, `"[redacted:phone]"`, tc.number)
			}
			if sent := h.listSent(); len(sent) != 1 || !strings.Contains(sent[0], `"phone_number":`+want+`}`) {
				t.Errorf("%s, %v: the bot receives %q", name, detectors, sent)
			}
		}
	}
}

// TestNumbersOfContactsAnywhere: a contact stands in the message that a person answers, in what a button belongs to, and in what a bot polls
// or sends.
func TestNumbersOfContactsAnywhere(t *testing.T) {
	const contact, want = `"contact":{"phone_number":"4930901820"}`, `"phone_number":"[redacted:phone]"`
	h := newTelegram(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/getUpdates") {
			answerWith(http.StatusOK, "application/json", `{"ok":true,"result":[{"edited_message":{"reply_to_message":{`+contact+`}}}]}`)(w, r)
			return
		}
		acceptTelegram(w, r)
	}, nil)
	for _, kind := range []string{"message", "edited_message", "business_message", "edited_business_message", "channel_post", "guest_message"} {
		for _, inside := range []string{"reply_to_message", "external_reply", "pinned_message"} {
			h.send("POST", "http://"+h.address(listen)+"/webhook", `{"`+kind+`":{"chat":{"id":5},"`+inside+`":{`+contact+`}}}`)
		}
	}
	h.send("POST", "http://"+h.address(listen)+"/webhook", `{"callback_query":{"id":"1","message":{"chat":{"id":5},`+contact+`}}}`)
	h.callTelegram("sendContact", `{"chat_id":5,"phone_number":"4930901820"}`)
	for _, sent := range h.listSent() {
		if !strings.Contains(sent, want) && !strings.Contains(sent, "AI system") {
			t.Errorf("somebody receives %s", sent)
		}
	}
	if got := h.callTelegram("getUpdates", `{}`); !strings.Contains(got.body, want) {
		t.Errorf("the bot polls %s", got.body)
	}
}

// TestReadReceiptsOfWhatsApp: what says that a message was read is no message itself.
func TestReadReceiptsOfWhatsApp(t *testing.T) {
	h := newChannel(t, "whatsapp-cloud", "/webhook", `{"success":true}`)
	for members, want := range map[string]string{
		`"message_id":"wamid.A"`: "", `"message_id":"wamid.A","typing_indicator":{"type":"text"}`: "", `"message_id":"wamid.A","to":null`: "",
		`"message_id":"wamid.A","to":"4915112345678","type":"text","text":{"body":"Hi"}`: "sidecar.body_shape",
		`"recipient":"US.1","text":{"body":"Hi"}`:                                        "sidecar.body_shape",
		`"type":"template","template":{"name":"order"}`:                                  "sidecar.body_shape",
	} {
		got := h.callService("/v23.0/106540352242922/messages", `{"messaging_product":"whatsapp","status":"read",`+members+`}`)
		if rule := got.header.Get("Chaperone-Refusal"); rule != want {
			t.Errorf("%s: %d %s", members, got.status, got.body)
		}
	}
}
