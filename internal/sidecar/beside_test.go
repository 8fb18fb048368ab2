package sidecar_test

import (
	"strings"
	"testing"
)

// TestParametersBesideMessages: what a service could read in place of the message, or as another conversation, is refused in the query.
func TestParametersBesideMessages(t *testing.T) {
	slack := newChannel(t, "slack", "/slack/events", `{"ok":true,"ts":"1503435956.000247"}`)
	twilio := newChannel(t, "twilio-messaging", "/sms", `{"sid":"SM1","status":"queued"}`)
	for name, got := range map[string]answer{
		"Slack, another channel": slack.callService("/api/chat.postMessage?channel=C5", `{"channel":"C1","text":"Hello"}`),
		"Slack, another text":    slack.callService("/api/chat.postMessage?text=Hi", `{"channel":"C1","text":"Hello"}`),
		"Twilio, another person": twilio.callForm("/2010-04-01/Accounts/AC1/Messages.json?To=x", "To=%2B14158675309&Body=Hello"),
		"Twilio, another text":   twilio.callForm("/2010-04-01/Accounts/AC1/Messages.json?Body=Hi", "To=%2B14158675309&Body=Hello"),
	} {
		if got.status/100 != 4 || got.header.Get("Chaperone-Refusal") == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := slack.callService("/api/chat.postMessage?pretty=1", `{"channel":"C1","text":"Hello"}`); got.status != 200 {
		t.Errorf("another parameter: %d %s", got.status, got.body)
	}
	for _, sent := range slack.takeBodies() {
		if strings.Contains(sent, "AI system") && strings.Contains(sent, "?") {
			t.Errorf("the statement was sent to %s", sent)
		}
	}
}
