package sidecar_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// sayRefusals makes the port say refusals as answers.
func sayRefusals(c *sidecarconfig.Config) { c.Ports[0].Refusals = sidecarconfig.RefusalsAsAnswers }

// suspendAndSay also suspends the chatbot.
func suspendAndSay(c *sidecarconfig.Config) {
	sayRefusals(c)
	c.Suspended = true
}

const (
	saidSuspended = "The chat assistant is switched off at the moment. You can reach a human here: https://desk.shop.example/handoff"
	imagePart     = `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://shop.example/i.png"}}]}]`
)

func TestRefusalsThatPeopleRead(t *testing.T) {
	cases := map[string]struct {
		change       func(*sidecarconfig.Config)
		body         string
		header       []string
		contentType  string
		text, rule   string
		languageWant string
	}{
		"a suspended chatbot": {change: suspendAndSay, body: hello, text: saidSuspended, rule: "sidecar.suspended"},
		"a suspended chatbot, streamed": {
			change: suspendAndSay, body: helloStreamed, text: saidSuspended, rule: "sidecar.suspended", contentType: "text/event-stream",
		},
		"a suspended chatbot, streamed, the member at the end": {
			change: suspendAndSay, body: `{"messages":[{"role":"user","content":"Hello"}],"stream":true}`, text: saidSuspended,
			rule: "sidecar.suspended", contentType: "text/event-stream",
		},
		"a suspended chatbot, another language": {
			change: suspendAndSay, body: hello, header: []string{"Accept-Language", "de-AT"}, languageWant: "de", rule: "sidecar.suspended",
			text: "Der Chat-Assistent ist zurzeit abgeschaltet. Einen Menschen erreichen Sie hier: https://desk.shop.example/handoff",
		},
		"a suspended chatbot that is sent an image": {
			change: suspendAndSay, body: "{" + imagePart + "}", text: saidSuspended, rule: "sidecar.suspended",
		},
		"an image": {
			change: sayRefusals, body: "{" + imagePart + "}", rule: "sidecar.part_unreadable",
			text: "The chat assistant can read text only. Please send your message without images, sound or files.",
		},
		"an image, streamed": {
			change: sayRefusals, body: "{" + imagePart + `,"stream":true}`, rule: "sidecar.part_unreadable", contentType: "text/event-stream",
			text: "The chat assistant can read text only. Please send your message without images, sound or files.",
		},
		"a name with personal data": {
			change: sayRefusals, body: `{"messages":[{"role":"user","content":"a","joe@shop.example":1}]}`, rule: "sidecar.name_personal",
			text: "Your message contains personal data in a place from which it cannot be removed, so it was not sent. Please write it without personal data.",
		},
		"a long message": {
			change: sayRefusals, body: chat(strings.Repeat("a", 1<<20)), rule: "sidecar.body_too_large",
			text: "Your message is too long. Please shorten it and send it again.",
		},
		"a long message of a client that reads streams": {
			change: sayRefusals, body: chat(strings.Repeat("a", 1<<20)), rule: "sidecar.body_too_large",
			header: []string{"Accept", "text/event-stream"}, contentType: "text/event-stream",
			text: "Your message is too long. Please shorten it and send it again.",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), tc.change)
			got := h.ask(tc.body, tc.header...)
			if text := readText(t, got.body); text != tc.text || got.status != http.StatusOK {
				t.Errorf("status %d, text %q, want %q", got.status, text, tc.text)
			}
			want := []string{
				tc.rule, withDefault(tc.contentType, "application/json"), withDefault(tc.languageWant, "en"), "no-store", "",
			}
			var have []string
			for _, name := range []string{"Chaperone-Refusal", "Content-Type", "Content-Language", "Cache-Control", "Chaperone-Marking"} {
				have = append(have, got.header.Get(name))
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if len(h.listReceived()) > 0 {
				t.Error("the refused request went upstream")
			}
			r := h.takeRecord()
			isStreamed := tc.contentType != ""
			if diff := cmp.Diff([]any{"refused", tc.rule, 200, isStreamed, false}, []any{r.Outcome, r.Rule, r.Status, r.Streamed, r.Disclosed}); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRefusalsForDevelopersStayErrors also where the port says refusals.
func TestRefusalsForDevelopersStayErrors(t *testing.T) {
	const schema = `{"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"Hello"}]}`
	cases := map[string]struct {
		change     func(*sidecarconfig.Config)
		path, body string
		header     []string
		status     int
		rule       string
	}{
		"another path":             {change: sayRefusals, path: "/v1/models", status: 404, rule: "sidecar.path_unknown"},
		"another path, suspended":  {change: suspendAndSay, path: "/v1/models", status: 503, rule: "sidecar.suspended"},
		"not JSON":                 {change: sayRefusals, body: "hello", status: 400, rule: "sidecar.body_malformed"},
		"a form":                   {change: sayRefusals, header: []string{"Content-Type", "text/plain"}, status: 415, rule: "sidecar.content_type"},
		"structured output wanted": {change: suspendAndSay, body: schema, status: 503, rule: "sidecar.suspended"},
		"a long body for another path": {
			change: sayRefusals, path: "/v1/models", body: chat(strings.Repeat("a", 1<<20)), status: 413, rule: "sidecar.body_too_large",
		},
		"the port wants errors": {
			change: func(c *sidecarconfig.Config) {
				c.Suspended = true
				c.Ports[0].Refusals = sidecarconfig.RefusalsAsErrors
			},
			status: 503, rule: "sidecar.suspended",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), tc.change)
			got := h.sendRaw("POST", withDefault(tc.path, chatPath), withDefault(tc.body, hello), tc.header...)
			if name := got.header.Get("Chaperone-Refusal"); name != tc.rule {
				t.Errorf("header names %q, want %q", name, tc.rule)
			}
			h.checkRefusal(got, tc.status, tc.rule, 0)
		})
	}
}

// TestFormatDecidesHowRefusalsAreSaid: the toy says refusals as answers, unless the port wants errors.
func TestFormatDecidesHowRefusalsAreSaid(t *testing.T) {
	for refusals, status := range map[string]int{"": 200, sidecarconfig.RefusalsAsErrors: 503} {
		h := newToyHarness(t, nil)
		h.config.Suspended, h.config.Ports[0].Refusals = true, refusals
		if err := h.server.Apply(t.Context(), h.file()); err != nil {
			t.Fatal(err)
		}
		if got := h.askToy("me|Hello\n"); got.status != status {
			t.Errorf("refusals %q: status %d, want %d: %s", refusals, got.status, status, got.body)
		}
	}
}

// TestModelsGetErrors: the app reads the responses of its model services.
func TestModelsGetErrors(t *testing.T) {
	h := newHarness(t, answerText("Hi"), suspendAndSay)
	got := h.send("POST", "http://"+h.address(contract.SidecarEgressAddress)+"/vendor"+chatPath, hello)
	h.checkRefusal(got, 503, "sidecar.suspended", 0)
}
