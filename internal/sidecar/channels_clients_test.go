package sidecar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newChannelBot starts a sidecar with the shape on both sides of a bot in Node.js, which checks signatures by the clock of the machine. The
// messaging service answers with accepted.
func newChannelBot(t *testing.T, shape, webhook, accepted, program string) *harness {
	t.Helper()
	var bot lateUpstream
	h := newChannelWith(t, shape, webhook, accepted, bot.serve)
	bot.start(t, program, channelSecret, h.serviceURL(), publicURL)
	h.clock.add(time.Since(h.clock.Now()))
	return h
}

// takeCalls returns the path of each call of the messaging service with two of its fields. No request may hold an e-mail address.
func (h *harness) takeCalls(webhook, to, text string) (all []string) {
	h.t.Helper()
	for _, r := range h.listReceived() {
		fields, err := url.ParseQuery(r.Body)
		if strings.Contains(r.Body, "shop.example") {
			h.t.Errorf("received %s", r.Body)
		}
		switch {
		case strings.HasPrefix(r.URI, webhook):
		case err != nil:
			h.t.Errorf("a call is no form: %s", r.Body)
		default:
			all = append(all, r.URI+" "+fields.Get(to)+": "+fields.Get(text))
		}
	}
	return all
}

// TestClientOfBolt: the library of Slack accepts the signature that the sidecar has renewed, and its messages leave with the statement
// before the first.
func TestClientOfBolt(t *testing.T) {
	const webhook = "/slack/events"
	h := newChannelBot(t, "slack", webhook, `{"ok":true,"channel":"C1","ts":"1503435956.000247"}`, "slack-bot.mjs")
	event := `{"type":"event_callback","team_id":"T1","event":{"type":"message","channel":"C1","user":"U1","text":"I am joe@shop.example","ts":"1355517523.000005"}}`
	const command = "command=%2Fhelp&channel_id=C1&user_id=U1&text=joe%40shop.example"
	heard := h.send(http.MethodPost, "http://"+h.address(listen)+webhook, event, signSlack(h, event)...)
	commanded := h.sendForm(webhook, command, signSlack(h, command)...)
	const spoken = "command=%2Fsay&channel_id=C2&user_id=U1&text=joe%40shop.example"
	said := h.sendForm(webhook, spoken, signSlack(h, spoken)...)
	if heard.status != http.StatusOK || commanded.status != http.StatusOK || said.status != http.StatusOK {
		t.Fatalf("statuses are %d, %d and %d: %s %s %s", heard.status, commanded.status, said.status, heard.body, commanded.body, said.body)
	}
	if want := "You are chatting with an AI system.\n\nYou asked: [redacted:email] Write to [redacted:email]"; said.body != want {
		t.Errorf("the answer in plain text is %q, want %q", said.body, want)
	}
	if want := "You asked: [redacted:email] Write to [redacted:email]"; !strings.Contains(commanded.body, want) {
		t.Errorf("the answer to the command is %q, want %q", commanded.body, want)
	}
	want := []string{
		"/api/chat.postMessage C1: You are chatting with an AI system.",
		"/api/chat.postMessage C1: You said: I am [redacted:email] Write to [redacted:email]",
	}
	if diff := cmp.Diff(want, h.takeCalls(webhook, "channel", "text")); diff != "" {
		t.Errorf("Slack received (-want +got):\n%s", diff)
	}
}

// TestClientOfTwilio: the library of Twilio accepts the signature that the sidecar has renewed, and its messages leave with the statement
// before the first.
func TestClientOfTwilio(t *testing.T) {
	const webhook, person = "/sms", "whatsapp:+4915112345678"
	h := newChannelBot(t, "twilio-messaging", webhook, `{"sid":"SM1","status":"queued"}`, "twilio-bot.mjs")
	message := url.Values{"Body": {"I am joe@shop.example"}, "From": {person}, "To": {"whatsapp:+18005551212"}}
	heard := h.sendForm("/sms?b=2&a=1", message.Encode(), "X-Twilio-Signature", signTwilio("/sms?b=2&a=1", message))
	if heard.status != http.StatusNoContent {
		t.Fatalf("status is %d: %s", heard.status, heard.body)
	}
	message.Set("From", "whatsapp:+4915112345679")
	answered := h.sendForm("/sms?twiml=1", message.Encode(), "X-Twilio-Signature", signTwilio("/sms?twiml=1", message))
	if want := `<?xml version="1.0" encoding="UTF-8"?><Response><Message>You are chatting with an AI system.</Message>` +
		`<Message>You said: I am [redacted:email] Write to [redacted:email]</Message></Response>`; answered.body != want {
		t.Errorf("the answer in TwiML is %d %s\nwant %s", answered.status, answered.body, want)
	}
	const path = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json "
	want := []string{
		path + person + ": You are chatting with an AI system.",
		path + person + ": You said: I am [redacted:email] Write to [redacted:email]",
	}
	if diff := cmp.Diff(want, h.takeCalls(webhook, "To", "Body")); diff != "" {
		t.Errorf("Twilio received (-want +got):\n%s", diff)
	}
}
