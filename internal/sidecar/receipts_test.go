package sidecar_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	receiptHeader = "Chaperone-Consent-Receipt"
	receiptSecret = "0123456789abcdef0123456789abcdef"
)

// newReplica starts a sidecar that signs receipts with the secret, in front of an app that speaks as OpenAI's API does.
func newReplica(t *testing.T, secret string, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	folder := t.TempDir()
	writeSecret(t, filepath.Join(folder, contract.SidecarReceiptKey), secret)
	return newHarnessWith(t, answerText("Hi"), func(c *sidecarconfig.Config) {
		askForConsent(c)
		c.Consent.ReceiptKey = "consent/key"
		if change != nil {
			change(c)
		}
	}, func(o *sidecar.Options) { o.SignatureFolder = folder })
}

// conversation is the header of a conversation, and a receipt if there is one.
func conversation(id string, receipts ...string) []string {
	header := []string{"Chaperone-Conversation", id}
	for _, receipt := range receipts {
		header = append(header, receiptHeader, receipt)
	}
	return header
}

// obtain returns the receipt that a client gets when the person agrees in the conversation c1.
func obtain(t *testing.T, h *harness) string {
	t.Helper()
	got := h.ask(talk("Hello", question, "yes"), conversation("c1")...)
	if got.status != http.StatusOK || got.header.Get(receiptHeader) == "" {
		t.Fatalf("status %d, header %v", got.status, got.header)
	}
	return got.header.Get(receiptHeader)
}

// TestReceiptsAreTakenByOtherReplicas, and by the same one after a restart: the client need not repeat the question and the answer.
func TestReceiptsAreTakenByOtherReplicas(t *testing.T) {
	first := newReplica(t, receiptSecret, nil)
	token := obtain(t, first)
	second := newReplica(t, receiptSecret, nil)
	for range 3 {
		second.clock.add(10 * time.Minute)
		first.clock.add(10 * time.Minute)
		got := second.ask(hello, conversation("c1", token)...)
		if got.status != http.StatusOK || readText(t, got.body) == question || got.header.Get("Chaperone-Refusal") != "" {
			t.Fatalf("status %d, text %q", got.status, got.body)
		}
		if renewed := got.header.Get(receiptHeader); renewed == "" || renewed == token {
			t.Fatalf("the receipt was not renewed: %q", renewed)
		}
		token = got.header.Get(receiptHeader)
	}
	for _, r := range second.listReceived() {
		if r.Header.Get(receiptHeader) != "" {
			t.Error("the app got the receipt")
		}
	}
	second.stop()
	for _, line := range strings.Split(strings.TrimSpace(second.audit.String()), "\n") {
		if !strings.Contains(line, `"consent":"given","consentReceipt":"`) || strings.Contains(line, token) {
			t.Errorf("record: %s", line)
		}
	}
}

// TestReceiptsAreRefusedElsewhere: in another conversation, for another chatbot or tenant, with another key, forged, unsigned, replayed after
// a withdrawal, too late, or for another question.
func TestReceiptsAreRefusedElsewhere(t *testing.T) {
	const invalid, asked = "sidecar.receipt_invalid", "sidecar.consent_missing"
	token := obtain(t, newReplica(t, receiptSecret, nil))
	cases := map[string]struct {
		secret string
		change func(*sidecarconfig.Config)
		header []string
		wait   time.Duration
		want   string
	}{
		"another chatbot":          {change: func(c *sidecarconfig.Config) { c.Chatbot = "shop/other" }, want: invalid},
		"another tenant":           {change: func(c *sidecarconfig.Config) { c.Chatbot = "bank/support" }, want: invalid},
		"another port":             {change: func(c *sidecarconfig.Config) { c.Ports[0].Name = "chat" }, want: invalid},
		"another key":              {secret: strings.Repeat("k", 32), want: invalid},
		"another conversation":     {header: conversation("c2", token), want: invalid},
		"no conversation":          {header: []string{receiptHeader, token}, want: invalid},
		"two receipts":             {header: conversation("c1", token, token), want: invalid},
		"a changed one":            {header: conversation("c1", token[:len(token)-4]+"AAAA"), want: invalid},
		"an unsigned token":        {header: conversation("c1", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwMSJ9."), want: invalid},
		"an empty one":             {header: conversation("c1", ""), want: invalid},
		"too late":                 {wait: 15 * time.Minute, want: asked},
		"another question":         {change: func(c *sidecarconfig.Config) { c.Consent.Purpose = "Advertising" }, want: asked},
		"another notice":           {change: func(c *sidecarconfig.Config) { c.Notice.PrivacyNoticeURL += "/2" }, want: asked},
		"without receipts":         {change: func(c *sidecarconfig.Config) { c.Consent.ReceiptKey = "" }, want: asked},
		"with a key that is short": {secret: "short", want: asked},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newReplica(t, withDefault(tc.secret, receiptSecret), tc.change)
			h.clock.add(tc.wait)
			if tc.header == nil {
				tc.header = conversation("c1", token)
			}
			got := h.ask(hello, tc.header...)
			if rule := got.header.Get("Chaperone-Refusal"); rule != tc.want || got.header.Get(receiptHeader) != "" || len(h.listReceived()) > 0 {
				t.Errorf("rule %q, want %q; status %d; the app saw %d requests", rule, tc.want, got.status, len(h.listReceived()))
			}
			if tc.want == invalid && got.status != http.StatusForbidden {
				t.Errorf("status %d", got.status)
			}
		})
	}
}

// TestReceiptsEndWithTheConsent: a no in the conversation voids those from before it, and only these.
func TestReceiptsEndWithTheConsent(t *testing.T) {
	h := newReplica(t, receiptSecret, nil)
	before := obtain(t, h)
	h.clock.add(time.Second)
	if got := h.ask(talk("Hello", question, "no"), conversation("c1", before)...); got.header.Get("Chaperone-Refusal") != "sidecar.consent_refused" || got.header.Get(receiptHeader) != "" {
		t.Fatalf("header %v", got.header)
	}
	if got := h.ask(hello, conversation("c1", before)...); got.header.Get("Chaperone-Refusal") != "sidecar.consent_missing" {
		t.Errorf("replayed after the no: header %v", got.header)
	}
	h.clock.add(time.Second)
	after := obtain(t, h)
	if got := h.ask(hello, conversation("c1", after)...); got.header.Get("Chaperone-Refusal") != "" {
		t.Errorf("agreed again: header %v", got.header)
	}
}

// TestReceiptsEndADayAfterTheAnswer, however often they are renewed.
func TestReceiptsEndADayAfterTheAnswer(t *testing.T) {
	h := newReplica(t, receiptSecret, nil)
	token, renewals := obtain(t, h), 0
	for token != "" {
		h.clock.add(10 * time.Minute)
		token, renewals = h.ask(hello, conversation("c1", token)...).header.Get(receiptHeader), renewals+1
	}
	if renewals != 24*6 {
		t.Errorf("%d renewals in steps of ten minutes", renewals)
	}
}

// TestAnswersCountForTheirQuestion: what people have agreed to in memory does not hold for other questions of a later configuration.
func TestAnswersCountForTheirQuestion(t *testing.T) {
	h := newN8n(t)
	m, look := h.watch()
	for _, step := range [][2]string{{"Hello", question}, {"yes", "Hi"}, {"And?", "Hi"}} {
		if got := h.sendN8n("s1", step[0]); got != step[1] {
			t.Fatalf("%s: %q", step[0], got)
		}
	}
	h.config.Consent.Purpose = "Advertising"
	other := strings.Replace(question, "Order questions", "Advertising", 1)
	m.write(h.file())
	look()
	for i, step := range [][2]string{{"And now?", other}, {"yes", "Hi"}} {
		if got := h.sendN8n("s1", step[0]); got != step[1] {
			t.Errorf("%s: %q", fmt.Sprint(i, step[0]), got)
		}
	}
}
