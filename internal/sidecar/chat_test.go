package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const personal = "joe@shop.example, +49 30 901820, 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00"

const redacted = "[redacted:email], [redacted:phone], [redacted:payment-card], [redacted:iban]"

func TestChatIsRedactedBothWaysAndDisclosed(t *testing.T) {
	h := newHarness(t, answerText("I know "+personal), nil)
	got := h.ask(chat("I am "+personal), "Accept-Language", "de-AT, en;q=0.5", "Authorization", "Bearer k")
	if got.status != http.StatusOK {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if diff := cmp.Diff("Sie chatten mit einem KI-System.\n\nI know "+redacted, readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	seen := h.listReceived()
	if len(seen) != 1 {
		t.Fatalf("the upstream saw %d requests", len(seen))
	}
	if diff := cmp.Diff(chat("I am "+redacted), seen[0].Body); diff != "" {
		t.Errorf("request upstream (-want +got):\n%s", diff)
	}
	wantHeader := map[string]string{
		"Chaperone-Disclosure": "Sie chatten mit einem KI-System.", "Chaperone-Marking": "ai-generated", "Content-Type": "application/json",
		"Link": `<https://shop.example/privacy>; rel="privacy-policy"`,
	}
	for name, want := range wantHeader {
		if diff := cmp.Diff(want, got.header.Get(name)); diff != "" {
			t.Errorf("header %s (-want +got):\n%s", name, diff)
		}
	}
	if seen[0].Header.Get("Authorization") != "Bearer k" || seen[0].Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("header upstream is %v", seen[0].Header)
	}
	r := h.takeRecord()
	if r.Exchange != got.header.Get("Chaperone-Exchange") || len(r.Exchange) != 32 {
		t.Errorf("exchange is %q in the record, %q in the header", r.Exchange, got.header.Get("Chaperone-Exchange"))
	}
	each := map[string]int{"email": 1, "phone": 1, "payment-card": 1, "iban": 1}
	want := record{
		Time: "2026-11-23T10:00:00Z", Exchange: r.Exchange, Chatbot: "shop/support", Direction: "ingress", Port: "http",
		Shape: "openai-chat", ShapeRevision: revisionOf(t, "openai-chat"), Route: "turn", Use: "turn", Outcome: "answered", Status: 200, Disclosed: true,
		Redacted:     map[string]map[string]int{"request": each, "answer": each},
		RequestBytes: len(chat("I am " + personal)), AnswerBytes: len(got.body),
		ConfigHash: sidecarconfig.Hash(h.file()), Revision: "rev1",
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// TestRecordsNameThePod so that they lead to the images that ran.
func TestRecordsNameThePod(t *testing.T) {
	h := newHarnessWith(t, answerText("Hi"), nil, func(o *sidecar.Options) { o.Pod = "support-7d9c6b5f4d-x2x7q" })
	h.ask(hello)
	if r := h.takeRecord(); r.Pod != "support-7d9c6b5f4d-x2x7q" {
		t.Errorf("the record names pod %q", r.Pod)
	}
}

func TestReservedHeadersAreDeleted(t *testing.T) {
	upstream := func(w http.ResponseWriter, r *http.Request) {
		w.Header()["chaperone_disclosure"] = []string{"human"}
		w.Header()["CHAPERONE-Marking"] = []string{"human"}
		w.Header().Set("X-Kept", "yes")
		answerText("Hi")(w, r)
	}
	h := newHarness(t, upstream, nil)
	got := h.ask(hello, "Chaperone-Exchange", "x", "chaperone_exchange", "x", "CHAPERONE-suspended", "x", "Chaperone-Conversation", "c1",
		"Te", "trailers", "Connection", "X-Hop", "X-Hop", "1", "X-Mine", "1")
	for name := range got.header {
		if strings.Contains(strings.ToLower(name), "chaperone") && got.header.Get(name) == "human" || strings.Contains(name, "_") {
			t.Errorf("header %s came through", name)
		}
	}
	if diff := cmp.Diff([]string{"ai-generated"}, got.header["Chaperone-Marking"]); diff != "" {
		t.Errorf("marking (-want +got):\n%s", diff)
	}
	if got.header.Get("X-Kept") != "yes" {
		t.Error("an ordinary header is lost")
	}
	seen := h.listReceived()[0].Header
	for name := range seen {
		if strings.HasPrefix(strings.ToLower(strings.ReplaceAll(name, "_", "-")), "chaperone-") {
			t.Errorf("header %s went upstream", name)
		}
	}
	if seen.Get("X-Mine") != "1" || seen.Get("X-Hop") != "" || seen.Get("Te") != "" {
		t.Errorf("header upstream is %v", seen)
	}
}

func TestPersonalDataInTheHeaderOfAnAnswer(t *testing.T) {
	for name, upstream := range map[string]http.HandlerFunc{"plain": answerText("Hi"), "streamed": streamTexts("Hi"), "error": failWith(429)} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/users/joe%40shop.example")
				w.Header().Set("X-User", "joe@shop.example")
				w.Header().Set("X-Request-Id", "req_1")
				upstream(w, r)
			}, nil)
			raw := h.rawAnswer(hello)
			if strings.Contains(raw, "joe") || strings.Contains(raw, "Location") || !strings.Contains(raw, "\r\nX-Request-Id: req_1\r\n") {
				t.Errorf("answer is %s", raw)
			}
			if r := h.takeRecord(); r.Redacted["answer"]["email"] != 2 || r.Outcome != "answered" {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// failWith answers with a status and an error in JSON.
func failWith(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"error":{"message":"slow down"}}`)
	}
}

func TestQueryIsEncodedAgain(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	got := h.send(http.MethodPost, "http://"+h.address(listen)+chatPath+"?b=%7E1&a=x%20y&a", hello)
	if got.status != http.StatusOK {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if diff := cmp.Diff(chatPath+"?a=x+y&a=&b=~1", h.listReceived()[0].URI); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
}

func TestErrorsOfTheUpstreamAreRedactedToo(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"error":{"message":"too many requests of joe@shop.example"}}`)
	}, nil)
	got := h.ask(hello)
	if got.status != http.StatusTooManyRequests {
		t.Errorf("status is %d", got.status)
	}
	if diff := cmp.Diff(`{"error":{"message":"too many requests of [redacted:email]"}}`, got.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if r := h.takeRecord(); r.Outcome != "answered" || r.Status != http.StatusTooManyRequests {
		t.Errorf("record is %+v", r)
	}
}

func TestEgressIsRedactedBothWaysWithoutDisclosure(t *testing.T) {
	h := newHarness(t, answerText("I know "+personal), nil)
	got := h.send(http.MethodPost, "http://"+h.address("127.0.0.1:23081")+"/vendor"+chatPath, chat("I am "+personal), "Authorization", "Bearer k")
	if diff := cmp.Diff("I know "+redacted, readText(t, got.body)); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	seen := h.listReceived()[0]
	if diff := cmp.Diff([]string{"/base" + chatPath, chat("I am " + redacted), "Bearer k"}, []string{seen.URI, seen.Body, seen.Header.Get("Authorization")}); diff != "" {
		t.Errorf("request upstream (-want +got):\n%s", diff)
	}
	if !strings.Contains(h.config.Egress[0].Upstream, seen.Host) {
		t.Errorf("host upstream is %q, want that of %s", seen.Host, h.config.Egress[0].Upstream)
	}
	if got.header.Get("Chaperone-Disclosure") != "" || got.header.Get("Link") != "" {
		t.Errorf("header is %v, want no disclosure", got.header)
	}
	if r := h.takeRecord(); r.Direction != "egress" || r.Port != "vendor" || r.Disclosed || r.Redacted["request"]["iban"] != 1 {
		t.Errorf("record is %+v", r)
	}
}

func TestNothingOfATextLeavesTheExchange(t *testing.T) {
	const canary = "canary-7f3a"
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"`+canary)
	}, nil)
	answers := []answer{
		h.ask(chat(canary)),
		h.ask(`{"` + canary),
		h.ask(`{"messages":[{"role":"` + canary + `","content":[{"type":"` + canary + `"}]}]}`),
		h.ask(hello, "Content-Encoding", canary),
		h.send(http.MethodPost, "http://"+h.address(listen)+"/"+canary, hello),
	}
	metrics := h.get("/metrics").body
	h.stop()
	for _, a := range answers {
		if a.status < 400 || strings.Contains(a.body, canary) {
			t.Errorf("status %d, body %s", a.status, a.body)
		}
	}
	for name, text := range map[string]string{"audit": h.audit.String(), "log": h.log.String(), "metrics": metrics} {
		if strings.Contains(text, canary) {
			t.Errorf("%s holds text of an exchange: %s", name, text)
		}
	}
	if n := strings.Count(h.audit.String(), "\n"); n != len(answers) {
		t.Errorf("%d records of %d exchanges", n, len(answers))
	}
}

func TestContactsOfTheOrganisationStay(t *testing.T) {
	const text = "Write to privacy@shop.example or ring 030 901820, not joe@shop.example"
	const want = "Write to privacy@shop.example or ring 030 901820, not [redacted:email]"
	for name, upstream := range map[string]http.HandlerFunc{"plain": answerText(text), "streamed": streamTexts("Write to priv", "acy@shop.ex", "ample or ring 030 90", "1820, not joe@shop", ".example")} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, upstream, func(c *sidecarconfig.Config) {
				c.Disclose, c.Contacts = nil, []string{"+49 30 901820", "privacy@shop.example"}
			})
			got := h.ask(chat(text))
			if diff := cmp.Diff([]string{want, chat(want)}, []string{readText(t, got.body), h.listReceived()[0].Body}); diff != "" {
				t.Errorf("answer and request upstream (-want +got):\n%s", diff)
			}
			r := h.takeRecord()
			each := map[string]int{"email": 1}
			if diff := cmp.Diff(map[string]map[string]int{"request": each, "answer": each}, r.Redacted); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}
