package sidecar_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// channelSecret is what the messaging service and the bot share, and publicURL is where the service finds the bot.
const (
	channelSecret = "the secret of the channel"
	publicURL     = "https://bot.shop.example"
)

// newChannel starts a sidecar with the shape on both sides of a bot, which answers its webhook with nothing. The messaging service answers
// with accepted.
func newChannel(t *testing.T, shape, webhook, accepted string) *harness {
	t.Helper()
	return newChannelWith(t, shape, webhook, accepted, func(http.ResponseWriter, *http.Request) {})
}

// newChannelWith has bot answer the webhook.
func newChannelWith(t *testing.T, shape, webhook, accepted string, bot http.HandlerFunc, changes ...func(*sidecarconfig.Config)) *harness {
	t.Helper()
	folder := t.TempDir()
	writeSecret(t, filepath.Join(folder, "http"), channelSecret)
	return newHarnessWith(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == webhook {
			bot(w, r)
			return
		}
		answerWith(http.StatusOK, "application/json", accepted)(w, r)
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Egress[0].Shape = shape, shape
		c.Egress[0].Upstream = c.Ports[0].Upstream
		c.Ports[0].Signature = &sidecarconfig.Signature{Secret: "channel/secret", URL: publicURL}
		for _, change := range changes {
			change(c)
		}
	}, func(o *sidecar.Options) { o.SignatureFolder = folder })
}

// takeBodies returns the bodies that reached the bot or the messaging service, each after its path.
func (h *harness) takeBodies() (all []string) {
	for _, r := range h.listReceived() {
		all = append(all, r.URI+" "+r.Body)
	}
	return all
}

// serviceURL is where the bot calls the messaging service.
func (h *harness) serviceURL() string {
	return "http://" + h.address(contract.SidecarEgressAddress) + "/" + h.config.Egress[0].Name
}

func (h *harness) callService(path, body string, header ...string) answer {
	h.t.Helper()
	return h.send(http.MethodPost, h.serviceURL()+path, body, header...)
}

// signMeta returns what X-Hub-Signature-256 has for a body.
func signMeta(body string) string {
	mac := hmac.New(sha256.New, []byte(channelSecret))
	_, _ = mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// TestBotOnWhatsApp: the bot gets a redacted message with a signature that fits it, and the person gets the statement before the first
// message. The telephone number of the person arrives on both ways and stands in no record.
func TestBotOnWhatsApp(t *testing.T) {
	const number = "5516992318222"
	h := newChannel(t, "whatsapp-cloud", "/webhook", `{"messaging_product":"whatsapp","messages":[{"id":"wamid.A"}]}`)
	event := `{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"value":{"messages":[{"from":"` + number +
		`","id":"wamid.A","timestamp":"1750857384","type":"text","text":{"body":"I am joe@shop.example"}}]},"field":"messages"}]}]}`
	heard := h.hear(event, "X-Hub-Signature-256", signMeta(event))
	forged := h.hear(event, "X-Hub-Signature-256", signMeta(event+" "))
	message := `{"messaging_product":"whatsapp","to":"` + number + `","type":"text","text":{"body":"Write to ada@shop.example"}}`
	first, second := h.callService("/v23.0/106540352242922/messages", message), h.callService("/v23.0/106540352242922/messages", message)
	read := h.callService("/v23.0/106540352242922/messages", `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.A"}`)
	check := h.send(http.MethodGet, "http://"+h.address(listen)+"/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x", "")
	if diff := cmp.Diff([]int{200, 401, 200, 200, 200, 200}, []int{heard.status, forged.status, first.status, second.status, read.status, check.status}); diff != "" {
		t.Errorf("statuses (-want +got):\n%s\n%s %s", diff, heard.body, first.body)
	}
	said := `{"messaging_product":"whatsapp","to":"` + number + `","type":"text","text":{"body":"Write to [redacted:email]"}}`
	want := []string{
		"/webhook " + strings.Replace(event, "joe@shop.example", "[redacted:email]", 1),
		`/v23.0/106540352242922/messages {"messaging_product":"whatsapp","text":{"body":"You are chatting with an AI system."},"to":"` + number + `","type":"text"}`,
		"/v23.0/106540352242922/messages " + said, "/v23.0/106540352242922/messages " + said,
		`/v23.0/106540352242922/messages {"messaging_product":"whatsapp","status":"read","message_id":"wamid.A"}`,
		"/webhook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x ",
	}
	if diff := cmp.Diff(want, h.takeBodies()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	got := h.listReceived()[0]
	if signed := got.Header.Get("X-Hub-Signature-256"); signed != signMeta(got.Body) {
		t.Errorf("the bot gets the signature %s", signed)
	}
	h.stop()
	if text := h.audit.String() + h.log.String(); strings.Contains(text, number) || strings.Contains(text, channelSecret) {
		t.Errorf("a record or log holds the number or the secret: %s", text)
	}
}

// signTwilio returns what X-Twilio-Signature has for a form that the path gets.
func signTwilio(path string, fields url.Values) string {
	mac := hmac.New(sha1.New, []byte(channelSecret))
	_, _ = mac.Write([]byte(publicURL + path))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		_, _ = mac.Write([]byte(name + fields.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// TestBotOnTwilio: the signature covers the public URL and the fields, and fits the redacted message. A number with a service before it
// arrives too.
func TestBotOnTwilio(t *testing.T) {
	h := newChannel(t, "twilio-messaging", "/sms", `{"sid":"SM1","status":"queued"}`)
	message := url.Values{"AccountSid": {"AC1"}, "Body": {"I am joe@shop.example"}, "From": {"whatsapp:+4915112345678"}, "To": {"whatsapp:+18005551212"}}
	hear := func(signature string) answer {
		return h.sendForm("/sms?b=2&a=1", message.Encode(), "X-Twilio-Signature", signature)
	}
	heard, forged := hear(signTwilio("/sms?b=2&a=1", message)), hear(signTwilio("/sms?a=1&b=2", message))
	reply := url.Values{"To": {"whatsapp:+4915112345678"}, "From": {"whatsapp:+18005551212"}, "Body": {"Write to ada@shop.example"}}
	sent := h.callForm("/2010-04-01/Accounts/AC1/Messages.json", reply.Encode())
	if diff := cmp.Diff([]int{200, 401, 200}, []int{heard.status, forged.status, sent.status}); diff != "" {
		t.Fatalf("statuses (-want +got):\n%s\n%s %s", diff, heard.body, sent.body)
	}
	var bodies []string
	for _, r := range h.listReceived() {
		fields, err := url.ParseQuery(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, fields.Get("From")+" > "+fields.Get("To")+": "+fields.Get("Body"))
	}
	want := []string{
		"whatsapp:+4915112345678 > whatsapp:+18005551212: I am [redacted:email]",
		"whatsapp:+18005551212 > whatsapp:+4915112345678: You are chatting with an AI system.",
		"whatsapp:+18005551212 > whatsapp:+4915112345678: Write to [redacted:email]",
	}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	message.Set("Body", "I am [redacted:email]")
	got := h.listReceived()[0]
	if signed := got.Header.Get("X-Twilio-Signature"); signed != signTwilio(got.URI, message) {
		t.Errorf("the bot gets the signature %s at %s", signed, got.URI)
	}
}

// sendForm sends a form to the port, and callForm to the messaging service.
func (h *harness) sendForm(path, body string, header ...string) answer {
	h.t.Helper()
	return h.post("http://"+h.address(listen)+path, body, header...)
}

func (h *harness) callForm(path, body string) answer {
	h.t.Helper()
	return h.post(h.serviceURL()+path, body)
}

func (h *harness) post(address, body string, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return h.do(req)
}

// signSlack returns the headers that Slack sends with a body.
func signSlack(h *harness, body string) []string {
	timestamp := strconv.FormatInt(h.clock.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(channelSecret))
	_, _ = mac.Write([]byte("v0:" + timestamp + ":" + body))
	return []string{"X-Slack-Request-Timestamp", timestamp, "X-Slack-Signature", "v0=" + hex.EncodeToString(mac.Sum(nil))}
}

// TestBotOnSlack: events and slash commands are checked, redacted and signed again; streams of messages are refused with a way out.
func TestBotOnSlack(t *testing.T) {
	h := newChannel(t, "slack", "/slack/events", `{"ok":true,"channel":"C1","ts":"1503435956.000247"}`)
	event := `{"type":"event_callback","event":{"type":"message","channel":"C1","text":"I am joe@shop.example","ts":"1355517523.000005"}}`
	const command = "command=%2Fhelp&channel_id=C1&text=joe%40shop.example"
	to := "http://" + h.address(listen) + "/slack/events"
	heard := h.send(http.MethodPost, to, event, signSlack(h, event)...)
	check := h.send(http.MethodPost, to, `{"type":"url_verification","challenge":"abc"}`, signSlack(h, `{"type":"url_verification","challenge":"abc"}`)...)
	forged := h.send(http.MethodPost, to, `{"type":"url_verification","challenge":"abc"}`, signSlack(h, event)...)
	commanded, unsigned := h.sendForm("/slack/events", command, signSlack(h, command)...), h.sendForm("/slack/commands", command)
	said := h.callService("/api/chat.postMessage", `{"channel":"C1","text":"Write to ada@shop.example"}`)
	stream := h.callService("/api/chat.appendStream", `{"channel":"C1","ts":"1","markdown_text":"ada@"}`)
	statuses := []int{heard.status, check.status, forged.status, commanded.status, unsigned.status, said.status, stream.status}
	if diff := cmp.Diff([]int{200, 200, 401, 200, 401, 200, 403}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s\n%s %s %s", diff, heard.body, commanded.body, said.body)
	}
	if !strings.Contains(stream.body, "chat.postMessage") || stream.header.Get("Chaperone-Refusal") != "sidecar.route_refused" {
		t.Errorf("a stream: %s", stream.body)
	}
	want := []string{
		"/slack/events " + strings.Replace(event, "joe@shop.example", "[redacted:email]", 1),
		`/slack/events {"type":"url_verification","challenge":"abc"}`,
		"/slack/events command=%2Fhelp&channel_id=C1&text=%5Bredacted%3Aemail%5D",
		`/api/chat.postMessage {"channel":"C1","text":"You are chatting with an AI system."}`,
		`/api/chat.postMessage {"channel":"C1","text":"Write to [redacted:email]"}`,
	}
	if diff := cmp.Diff(want, h.takeBodies()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	for _, got := range h.listReceived()[:3] {
		if signed := got.Header.Get("X-Slack-Signature"); signed != signSlack(h, got.Body)[3] {
			t.Errorf("the bot gets the signature %s of %s", signed, got.Body)
		}
	}
}

// TestNumbersOfServicesAreKept: accounts and media of WhatsApp, and queries of Telegram, have numbers of which some look like a payment
// card.
func TestNumbersOfServicesAreKept(t *testing.T) {
	const card = "4111016613186091"
	whatsapp := newChannel(t, "whatsapp-cloud", "/webhook", `{"url":"https://lookaside.example/a","id":"`+card+`"}`)
	image := `{"messaging_product":"whatsapp","to":"4915112345678","type":"image","image":{"id":"` + card + `"}}`
	if sent := whatsapp.callService("/v23.0/"+card+"/messages", image); sent.status != http.StatusOK {
		t.Errorf("WhatsApp gets no image: %d %s", sent.status, sent.body)
	}
	media := whatsapp.send(http.MethodGet, whatsapp.serviceURL()+"/v23.0/"+card, "")
	if !strings.Contains(media.body, card) {
		t.Errorf("media is answered with %d %s", media.status, media.body)
	}
	for _, path := range []string{"/v23.0/106540352242922/messages?to=4915112345678&text=Hi", "/106540352242922/messages"} {
		other := whatsapp.callService(path, "to=4915112345678", "Content-Type", "application/x-www-form-urlencoded")
		if got := other.header.Get("Chaperone-Refusal"); got != "sidecar.route_refused" {
			t.Errorf("%s: status %d, rule %q", path, other.status, got)
		}
	}
	telegram := newTelegram(t, acceptTelegram, nil)
	telegram.callTelegram("answerCallbackQuery", `{"callback_query_id":"`+card+`","text":"Write to ada@shop.example"}`)
	if diff := cmp.Diff([]string{`answerCallbackQuery {"callback_query_id":"` + card + `","text":"Write to [redacted:email]"}`}, telegram.listSent()); diff != "" {
		t.Errorf("Telegram received (-want +got):\n%s", diff)
	}
}

// TestServicesHaveNoRoutesOnPorts: whatever the app has at a path of a service's API stays unreachable, because nothing there is signed.
func TestServicesHaveNoRoutesOnPorts(t *testing.T) {
	for shape, paths := range map[string][]string{
		"telegram-bot": {"/bot1/chat", "/bot1/getUpdates"}, "whatsapp-cloud": {"/api/chat", "/v23.0/1/media"}, "slack": {"/api/chat"},
		"twilio-messaging": {"/2010-04-01/Accounts/AC1/Messages/SM1.json"}, "bot-framework": {"/v3/conversations/1/members", "/v3/conversations"},
		"chatwoot-agent-bot": {"/api/v1/accounts/1/conversations/7/messages", "/api/v1/accounts/1/contacts/3"},
	} {
		h := newHarness(t, answerWith(http.StatusOK, "application/json", `{}`), func(c *sidecarconfig.Config) { c.Ports[0].Shape = shape })
		for _, path := range paths {
			got := h.send(http.MethodPost, "http://"+h.address(listen)+path, `{"text":"Hi"}`)
			if rule := got.header.Get("Chaperone-Refusal"); rule != "sidecar.path_unknown" {
				t.Errorf("%s: %s: status %d, rule %q", shape, path, got.status, rule)
			}
		}
		if seen := h.listReceived(); len(seen) > 0 {
			t.Errorf("%s: the app received %+v", shape, seen)
		}
	}
}
