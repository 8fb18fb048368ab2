package sidecar_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const withdrawn = "You have withdrawn your consent to the recording. Your message was not passed on, and no other is until you agree again. " +
	"The withdrawal does not change what was recorded before it. You can reach a human here: https://desk.shop.example/handoff"

// TestConsentIsWithdrawnInTheChat where only the app knows the conversation.
func TestConsentIsWithdrawnInTheChat(t *testing.T) {
	h := newN8n(t)
	var got, want []string
	for _, step := range [][2]string{
		{"Stop recording!", question}, {"Stop recording!", "Your message was not passed on, because you do not agree to the recording. You can write a new message at any time. You can reach a human here: https://desk.shop.example/handoff"},
		{"Hello", question}, {"yes", "Hi"}, {"What does \"stop recording\" mean?", "Hi"}, {"I do not withdraw my consent.", "Hi"},
		{"Thanks. Please stop recording.", withdrawn}, {"And my order?", question}, {"yes", "Hi"}, {"Again", "Hi"},
	} {
		got, want = append(got, h.sendN8n("s1", step[0])), append(want, step[1])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if sent := len(h.listReceived()); sent != 5 {
		t.Errorf("the app received %d messages", sent)
	}
	h.stop()
	if r := h.records()[6]; r.Consent != "withdrawn" || r.Rule != "sidecar.consent_withdrawn" || r.Outcome != "refused" {
		t.Errorf("record %+v", r)
	}
}

// TestConsentIsWithdrawnInTheHistory where requests repeat the conversation, and receipts from before end with it.
func TestConsentIsWithdrawnInTheHistory(t *testing.T) {
	h := newReplica(t, receiptSecret, nil)
	const passed, missing, rule = "", "sidecar.consent_missing", "sidecar.consent_withdrawn"
	receipt := obtain(t, h)
	for _, tc := range []struct {
		texts []string
		want  string
	}{
		{[]string{"Hello", question, "yes", "Hi", "I withdraw my complaint"}, passed},
		{[]string{"Hello", question, "yes", "Hi", "I withdraw my consent"}, rule},
		{[]string{"Hello", question, "yes", "Hi", "I withdraw my consent", withdrawn, "Hello?"}, missing},
		{[]string{"Hello", question, "yes", "Hi", "I withdraw my consent", withdrawn, "Hello?", question, "yes"}, passed},
		{[]string{"Hello", question, "yes", "I withdraw my consent", "Said the chatbot?"}, passed},
		{[]string{"I withdraw my consent"}, missing},
		{[]string{"Hello", question, "I withdraw my consent"}, "sidecar.consent_refused"},
	} {
		got := h.ask(talk(tc.texts...))
		if have := got.header.Get("Chaperone-Refusal"); have != tc.want || got.status != http.StatusOK {
			t.Errorf("%q: rule %q, want %q", tc.texts, have, tc.want)
		}
	}
	h.clock.add(time.Second)
	if got := h.ask(talk("Hello", "Hi", "Stop recording"), conversation("c1", receipt)...); got.header.Get("Chaperone-Refusal") != rule || got.header.Get(receiptHeader) != "" {
		t.Errorf("with a receipt: header %v", got.header)
	}
	if got := h.ask(talk("Hello"), conversation("c1", receipt)...); got.header.Get("Chaperone-Refusal") != missing {
		t.Errorf("replayed: header %v", got.header)
	}
}
