package sidecar_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	webhookSecret = "the secret of Chatwoot"
	said          = `{"event":"message_created","content":"I am joe@shop.example"}`
	saidRedacted  = `{"event":"message_created","content":"I am [redacted:email]"}`
)

// signChatwoot returns the headers with which Chatwoot signs a webhook, as names and values in turn.
func signChatwoot(h *harness, secret, body string) []string {
	timestamp := strconv.FormatInt(h.clock.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(timestamp + "." + body))
	return []string{"X-Chatwoot-Timestamp", timestamp, "X-Chatwoot-Signature", "sha256=" + hex.EncodeToString(mac.Sum(nil))}
}

// newSigned starts a sidecar that checks the webhooks of Chatwoot with the secret in the file that it returns.
func newSigned(t *testing.T, change func(*sidecarconfig.Config)) (*harness, string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "http")
	writeSecret(t, file, webhookSecret)
	h := newHarnessWith(t, func(http.ResponseWriter, *http.Request) {}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Ports[0].Signature = "chatwoot-agent-bot", &sidecarconfig.Signature{Secret: "chatwoot/webhook"}
		if change != nil {
			change(c)
		}
	}, func(o *sidecar.Options) { o.SignatureFolder = folder })
	return h, file
}

func writeSecret(t *testing.T, file, secret string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hear sends a webhook.
func (h *harness) hear(body string, header ...string) answer {
	h.t.Helper()
	return h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook", body, header...)
}

// TestSignatureIsRenewed: the app gets a signature that fits what redaction has left, with the time of the messaging service. A message that
// redaction does not change keeps its signature. What is signed is the body as it was sent, compressed too.
func TestSignatureIsRenewed(t *testing.T) {
	const plain = `{"event":"message_created","content":"Hello"}`
	compressed := compress(t, "gzip", said)
	for name, tc := range map[string]struct {
		sent, arrives string
		header        []string
	}{
		"with personal data":    {sent: said, arrives: saidRedacted},
		"without personal data": {sent: plain, arrives: plain},
		"compressed":            {sent: compressed, arrives: saidRedacted, header: []string{"Content-Encoding", "gzip"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newSigned(t, nil)
			sent := signChatwoot(h, webhookSecret, tc.sent)
			if got := h.hear(tc.sent, append(tc.header, sent...)...); got.status != http.StatusOK {
				t.Fatalf("status is %d: %s", got.status, got.body)
			}
			all := h.listReceived()
			if len(all) != 1 || all[0].Body != tc.arrives {
				t.Fatalf("the app received %v", all)
			}
			want := signChatwoot(h, webhookSecret, tc.arrives)
			got := []string{"X-Chatwoot-Timestamp", all[0].Header.Get("X-Chatwoot-Timestamp"), "X-Chatwoot-Signature", all[0].Header.Get("X-Chatwoot-Signature")}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("signature for the app (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMessagesThatNobodySigned: a message without a fitting signature is refused before anything reads it, and nothing of it reaches the
// app.
func TestMessagesThatNobodySigned(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*sidecarconfig.Config)
		// later is how long after the signature the message arrives.
		later  time.Duration
		body   string
		header func(h *harness) []string
		status int
		rule   string
	}{
		"no signature":      {body: said, header: func(*harness) []string { return nil }, status: 401, rule: "sidecar.signature_invalid"},
		"another secret":    {body: said, header: func(h *harness) []string { return signChatwoot(h, "x", said) }, status: 401, rule: "sidecar.signature_invalid"},
		"another body":      {body: said, header: func(h *harness) []string { return signChatwoot(h, webhookSecret, saidRedacted) }, status: 401, rule: "sidecar.signature_invalid"},
		"the body redacted": {body: saidRedacted, header: func(h *harness) []string { return signChatwoot(h, webhookSecret, said) }, status: 401, rule: "sidecar.signature_invalid"},
		"no JSON, unsigned": {body: "{", header: func(*harness) []string { return nil }, status: 401, rule: "sidecar.signature_invalid"},
		"no JSON, signed":   {body: "{", header: func(h *harness) []string { return signChatwoot(h, webhookSecret, "{") }, status: 400, rule: "sidecar.body_malformed"},
		"sent again later": {
			body: said, header: func(h *harness) []string { return signChatwoot(h, webhookSecret, said) }, later: 301 * time.Second,
			status: 401, rule: "sidecar.signature_invalid",
		},
		"suspended, unsigned": {
			change: suspend, body: said, header: func(*harness) []string { return nil }, status: 401, rule: "sidecar.signature_invalid",
		},
		"too long": {
			change: func(c *sidecarconfig.Config) { c.Limits.RequestBytes = 1024 }, body: strings.Repeat(" ", 1025),
			header: func(*harness) []string { return nil }, status: 413, rule: "sidecar.body_too_large",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newSigned(t, tc.change)
			header := tc.header(h)
			h.clock.add(tc.later)
			got := h.hear(tc.body, header...)
			if got.status != tc.status || got.header.Get("Chaperone-Refusal") != tc.rule {
				t.Errorf("status is %d, rule %s: %s", got.status, got.header.Get("Chaperone-Refusal"), got.body)
			}
			if all := h.listReceived(); len(all) > 0 {
				t.Errorf("the app received %v", all)
			}
			if r := h.takeRecord(); r.Rule != tc.rule || r.Status != tc.status {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// TestSecretThatCannotBeRead: without the file nothing passes; once it is there, messages pass without a restart.
func TestSecretThatCannotBeRead(t *testing.T) {
	h, file := newSigned(t, nil)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := h.hear(said, signChatwoot(h, webhookSecret, said)...); got.status != 503 || got.header.Get("Chaperone-Refusal") != "sidecar.signature_unchecked" {
		t.Errorf("without the file: %d, %s", got.status, got.body)
	}
	writeSecret(t, file, webhookSecret)
	if got := h.hear(said, signChatwoot(h, webhookSecret, said)...); got.status != http.StatusOK {
		t.Errorf("with the file: %d, %s", got.status, got.body)
	}
	if text := h.log.String() + h.audit.String(); strings.Contains(text, webhookSecret) {
		t.Errorf("a log holds the secret: %s", text)
	}
}

// TestSecretIsReplaced: after a change of the secret both hold for a while, and the app gets the signature of the one that the messaging
// service used. A reload of the configuration forgets nothing.
func TestSecretIsReplaced(t *testing.T) {
	const next = "the next secret"
	h, file := newSigned(t, nil)
	h.hear(said, signChatwoot(h, webhookSecret, said)...)
	writeSecret(t, file, next)
	h.hear(said, signChatwoot(h, next, said)...)
	h.config.Revision = "rev2"
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	h.hear(said, signChatwoot(h, webhookSecret, said)...)
	all := h.listReceived()
	if len(all) != 3 {
		t.Fatalf("the app received %d messages", len(all))
	}
	for i, secret := range []string{webhookSecret, next, webhookSecret} {
		if want := signChatwoot(h, secret, saidRedacted)[3]; all[i].Header.Get("X-Chatwoot-Signature") != want {
			t.Errorf("message %d is signed with another secret than %q", i, secret)
		}
	}
	h.clock.add(10*time.Minute + time.Second)
	if got := h.hear(said, signChatwoot(h, webhookSecret, said)...); got.status != http.StatusUnauthorized {
		t.Errorf("with the secret before, after the grace time: %d", got.status)
	}
}

// TestSecretIsReplacedWithoutMessages: the grace time begins when the file changes, also without a message, and the secret before is known although
// no message came with it.
func TestSecretIsReplacedWithoutMessages(t *testing.T) {
	const next = "the next secret"
	h, file := newSigned(t, nil)
	_, look := h.watch()
	hear := func(secret string) int { return h.hear(said, signChatwoot(h, secret, said)...).status }
	writeSecret(t, file, next)
	if got := hear(webhookSecret); got != http.StatusOK {
		t.Errorf("with the secret before, right after the change: %d", got)
	}
	writeSecret(t, file, "the last secret")
	look()
	h.clock.add(10*time.Minute + time.Second)
	if got := hear(next); got != http.StatusUnauthorized {
		t.Errorf("with the secret before, after the grace time without messages: %d", got)
	}
	if got := hear("the last secret"); got != http.StatusOK {
		t.Errorf("with the last secret: %d", got)
	}
}

// TestSignatureThatNothingChecks: without a declared secret, messages pass, and the signature, which redaction breaks, goes.
func TestSignatureThatNothingChecks(t *testing.T) {
	h, _ := newSigned(t, func(c *sidecarconfig.Config) { c.Ports[0].Signature = nil })
	if got := h.hear(said, signChatwoot(h, webhookSecret, said)...); got.status != http.StatusOK {
		t.Fatalf("status is %d: %s", got.status, got.body)
	}
	all := h.listReceived()
	if len(all) != 1 || all[0].Body != saidRedacted || all[0].Header["X-Chatwoot-Signature"] != nil {
		t.Errorf("the app received %v", all)
	}
}

// TestOnlySignedRoutesAreChecked: what the app itself sends, and observed messages, need no signature and keep the one that they have.
func TestOnlySignedRoutesAreChecked(t *testing.T) {
	h, _ := newSigned(t, func(c *sidecarconfig.Config) { c.Egress[0].Shape = "chatwoot-agent-bot" })
	api := "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name
	if got := h.send(http.MethodPost, api+"/webhook", said, "X-Chatwoot-Signature", "sha256=1"); got.status != http.StatusOK {
		t.Errorf("a call of the app: %d, %s", got.status, got.body)
	}
	h.config.Mode = sidecarconfig.ModeObserve
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Fatal(err)
	}
	if got := h.hear(said, "X-Chatwoot-Signature", "sha256=2"); got.status != http.StatusOK {
		t.Errorf("observed: %d, %s", got.status, got.body)
	}
	all := h.listReceived()
	if len(all) != 2 || all[0].Header.Get("X-Chatwoot-Signature") != "sha256=1" || all[1].Header.Get("X-Chatwoot-Signature") != "sha256=2" || all[1].Body != said {
		t.Errorf("received %v", all)
	}
}

// TestSignedRouteIsChosenByTheBody: a route that the body chooses cannot be one that is signed, unless the route before it is signed too.
func TestSignedRouteIsChosenByTheBody(t *testing.T) {
	const document = `{"routes":[
		{"name":"ping","method":"POST","path":"/webhook","use":"control","when":{"at":"$.event","in":"ping"}},
		{"name":"event","method":"POST","path":"/webhook","use":"control","signed":true}],
		"signature":{"form":"body-hmac-sha256","header":"X-Chatwoot-Signature"},
		"request":{"places":[{"at":"$","is":"message","author":"user"}]},"answer":{"places":[{"at":"$","is":"message","author":"assistant"}]}}`
	h, _ := newSigned(t, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Ports[0].Document = "inline.http", []byte(document) })
	if got := h.hear(`{"event":"ping"}`); got.status != http.StatusOK {
		t.Errorf("an unsigned route: %d, %s", got.status, got.body)
	}
	if got := h.hear(said); got.status != http.StatusBadRequest || len(h.listReceived()) != 1 {
		t.Errorf("a signed route: %d, %s", got.status, got.body)
	}
}
