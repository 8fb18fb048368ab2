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
