package sidecar_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	english = "You are chatting with an AI system.\n\n"
	german  = "Sie chatten mit einem KI-System.\n\n"

	answered = `{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"You are chatting with an AI system.\n\nb"},{"role":"user","content":"c"}]}`
)

func withPlacements(placements ...string) func(*sidecarconfig.Config) {
	return func(c *sidecarconfig.Config) { c.Disclose.Placements = placements }
}

func TestDisclosurePlacements(t *testing.T) {
	cases := map[string]struct {
		placement, body string
		answer, header  string
	}{
		"first message, new conversation":  {"first-message", hello, english + "Hi", ""},
		"first message, later":             {"first-message", answered, "Hi", ""},
		"every message, later":             {"every-message", answered, english + "Hi", ""},
		"header only":                      {"header", hello, "Hi", "You are chatting with an AI system."},
		"before the first message, new":    {"before-first-message", hello, english + "Hi", "You are chatting with an AI system."},
		"before the first message, later":  {"before-first-message", answered, "Hi", "You are chatting with an AI system."},
		"first message, after a tool call": {"first-message", `{"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c"}]},{"role":"tool","content":"x"}]}`, english + "Hi", ""},
		"first message, after a greeting":  {"first-message", `{"messages":[{"role":"assistant","content":"Hi! How can I help?"},{"role":"user","content":"a"}]}`, english + "Hi", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), withPlacements(tc.placement))
			got := h.ask(tc.body)
			if diff := cmp.Diff([]string{tc.answer, tc.header}, []string{readText(t, got.body), got.header.Get("Chaperone-Disclosure")}); diff != "" {
				t.Errorf("answer and header (-want +got):\n%s", diff)
			}
			if r := h.takeRecord(); r.Disclosed != strings.Contains(tc.answer, "AI") {
				t.Errorf("record says disclosed %t", r.Disclosed)
			}
		})
	}
}

// TestGeneratedContentIsMarked: in both forms, whatever the app says, and on no refusal.
func TestGeneratedContentIsMarked(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("AI-Disclosure", "mode=none")
		answerText("Hi")(w, r)
	}, nil)
	read := func(got answer) []string {
		return append(got.header["Chaperone-Marking"], got.header["Ai-Disclosure"]...)
	}
	if diff := cmp.Diff([]string{"ai-generated", "mode=machine-generated"}, read(h.ask(hello))); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if got := read(h.ask("no JSON")); got != nil {
		t.Errorf("header of a refusal: %q", got)
	}
}

func TestDisclosureLanguage(t *testing.T) {
	cases := map[string]struct{ accept, want string }{
		"none":                   {"", "You are chatting with an AI system."},
		"exact":                  {"de", "Sie chatten mit einem KI-System."},
		"region":                 {"de-CH", "Sie chatten mit einem KI-System."},
		"best of several":        {"ja, de;q=0.3, en;q=0.2", "Sie chatten mit einem KI-System."},
		"not declared":           {"ja", "You are chatting with an AI system."},
		"malformed":              {"de;q=x;;", "You are chatting with an AI system."},
		"too long":               {strings.Repeat("de,", 200), "You are chatting with an AI system."},
		"statement beyond ASCII": {"fr-CA", "UTF-8'fr'Vous%20parlez%20%C3%A0%20une%20IA."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			got := h.ask(hello, "Accept-Language", tc.accept)
			if diff := cmp.Diff(tc.want, got.header.Get("Chaperone-Disclosure")); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDisclosureIsRepeatedByTheClock(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Disclose.RepeatHours = 3 })
	steps := []struct {
		after        time.Duration
		conversation string
		body, want   string
	}{
		{0, "one", hello, english + "Hi"},
		{time.Hour, "one", answered, "Hi"},
		{2*time.Hour - time.Second, "one", answered, "Hi"},
		{0, "two", answered, english + "Hi"},
		{time.Second, "one", answered, english + "Hi"},
		{0, "one", hello, english + "Hi"},
		{time.Hour, "one", answered, "Hi"},
		{0, "", answered, "Hi"},
		{0, strings.Repeat("x", 200), answered, "Hi"},
	}
	for i, step := range steps {
		h.clock.add(step.after)
		var header []string
		if step.conversation != "" {
			header = []string{"Chaperone-Conversation", step.conversation}
		}
		if diff := cmp.Diff(step.want, readText(t, h.ask(step.body, header...).body)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestDisclosureIsRepeatedWithoutAnID: the history up to the statement stands for an ID.
func TestDisclosureIsRepeatedWithoutAnID(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Disclose.RepeatHours = 3 })
	longer := strings.Replace(answered, `{"role":"user","content":"c"}`, `{"role":"user","content":"c"},{"role":"assistant","content":"Hi"},{"role":"user","content":"d"}`, 1)
	repeated := strings.Replace(longer, `"content":"Hi"`, `"content":"You are chatting with an AI system.\n\nHi"`, 1)
	other := strings.Replace(answered, `"content":"a"`, `"content":"x"`, 1)
	steps := []struct {
		after      time.Duration
		body, want string
	}{
		{0, answered, "Hi"},
		{3*time.Hour - time.Second, longer, "Hi"},
		{time.Second, longer, english + "Hi"},
		{0, longer, english + "Hi"}, // The history shows that the last one was not seen.
		{0, repeated, "Hi"},
		{0, other, "Hi"},
		{3*time.Hour - time.Second, repeated, "Hi"},
		{time.Second, repeated, english + "Hi"},
	}
	for i, step := range steps {
		h.clock.add(step.after)
		if diff := cmp.Diff(step.want, readText(t, h.ask(step.body).body)); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestDisclosureDocument(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	got := h.send(http.MethodGet, "http://"+h.address(listen)+"/.well-known/chaperone/disclosure", "", "Accept-Language", "de")
	var document struct {
		Language, Statement string
		Links               map[string]string
		Suspended           bool
	}
	if err := json.Unmarshal([]byte(got.body), &document); err != nil || got.status != http.StatusOK {
		t.Fatalf("status %d, %s (%v)", got.status, got.body, err)
	}
	if diff := cmp.Diff("Sie chatten mit einem KI-System.", document.Statement); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"privacy-policy": "https://shop.example/privacy", "terms-of-service": "https://shop.example/terms",
		"https://chaperone.dev/rel/handoff": "https://desk.shop.example/handoff",
	}
	if diff := cmp.Diff(want, document.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if document.Language != "de" || got.header.Get("Content-Language") != "de" || got.header.Get("Vary") != "Accept-Language" {
		t.Errorf("language is %q, header %v", document.Language, got.header)
	}
	if r := h.takeRecord(); r.Shape != "disclosure" || r.Outcome != "answered" || !r.Disclosed || len(h.listReceived()) != 0 {
		t.Errorf("record is %+v", r)
	}
}

func TestWithoutADisclosureThereIsNone(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Disclose = nil })
	got := h.ask(hello)
	if readText(t, got.body) != "Hi" || got.header.Get("Chaperone-Disclosure") != "" || got.header.Get("Chaperone-Marking") != "" {
		t.Errorf("header %v, body %s", got.header, got.body)
	}
	if h.takeRecord().Disclosed {
		t.Error("the record says disclosed")
	}
}

func TestNoticeLinks(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", `</style.css>; rel="preload"`)
		answerText("Hi")(w, r)
	}, nil)
	want := []string{
		`<https://shop.example/privacy>; rel="privacy-policy"`, `<https://shop.example/terms>; rel="terms-of-service"`,
		`<https://desk.shop.example/handoff>; rel="https://chaperone.dev/rel/handoff"`, `</style.css>; rel="preload"`,
	}
	for range 2 {
		if diff := cmp.Diff(want, h.ask(hello).header["Link"]); diff != "" {
			t.Errorf("links (-want +got):\n%s", diff)
		}
	}
}

func TestSuspended(t *testing.T) {
	suspended := func(c *sidecarconfig.Config) { c.Suspended = true }
	cases := map[string]struct{ port, path, body string }{
		"plain":     {listen, chatPath, hello},
		"streamed":  {listen, chatPath, helloStreamed},
		"malformed": {listen, chatPath, "hello"},
		"egress":    {"127.0.0.1:23081", "/vendor" + chatPath, hello},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), suspended)
			got := h.send(http.MethodPost, "http://"+h.address(tc.port)+tc.path, tc.body)
			var body struct {
				Error struct{ Handoff sidecarconfig.Handoff }
			}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*h.config.Handoff, body.Error.Handoff); diff != "" {
				t.Errorf("handoff (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.body, "only humans answer now") {
				t.Errorf("body is %s", got.body)
			}
			h.checkRefusal(got, 503, "sidecar.suspended", 0)
		})
	}
}

// TestDisclosureIsDueUntilItIsShown follows conversations whose first turns show nothing to people.
func TestDisclosureIsDueUntilItIsShown(t *testing.T) {
	const call = `"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]`
	first := map[string]struct {
		message, want string
		disclosed     bool
		next          string
	}{
		"turn that calls a tool":          {`{"role":"assistant","content":null,` + call + `}`, "", false, english + "Hi"},
		"turn with an empty text":         {`{"role":"assistant","content":"",` + call + `}`, english, false, english + "Hi"},
		"answer that is only a refusal":   {`{"role":"assistant","content":null,"refusal":"I cannot."}`, "", true, "Hi"},
		"answer":                          {`{"role":"assistant","content":"Hi"}`, english + "Hi", true, "Hi"},
		"answer of a server with no call": {`{"role":"assistant","content":"Hi","tool_calls":[]}`, english + "Hi", true, "Hi"},
	}
	for name, tc := range first {
		for _, header := range [][]string{nil, {"Chaperone-Conversation", "one"}} {
			t.Run(name+strings.Join(header, " "), func(t *testing.T) {
				answers := []http.HandlerFunc{answerMessage(tc.message), answerText("Hi")}
				h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
					answers[0](w, r)
					answers = answers[1:]
				}, nil)
				got := h.ask(hello, header...)
				if diff := cmp.Diff(tc.want, readText(t, got.body)); diff != "" {
					t.Errorf("first answer (-want +got):\n%s", diff)
				}
				var answer struct {
					Choices []struct{ Message json.RawMessage }
				}
				if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
					t.Fatal(err)
				}
				next := h.ask(`{"messages":[{"role":"user","content":"a"},`+string(answer.Choices[0].Message)+`,{"role":"user","content":"b"}]}`, header...)
				if diff := cmp.Diff(tc.next, readText(t, next.body)); diff != "" {
					t.Errorf("second answer (-want +got):\n%s", diff)
				}
				if r := h.records(); r[0].Disclosed != tc.disclosed {
					t.Errorf("record is %+v", r[0])
				}
			})
		}
	}
}

// TestConversationIDUsedAgain: an id does not prove that the person saw the disclosure.
func TestConversationIDUsedAgain(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	for range 2 {
		if diff := cmp.Diff(english+"Hi", readText(t, h.ask(hello, "Chaperone-Conversation", "one").body)); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}
	for _, r := range h.records() {
		if !r.Disclosed {
			t.Errorf("record is %+v", r)
		}
	}
}

// TestDisclosureInAnAnswerThatFails: clients do not show the body of an error.
func TestDisclosureInAnAnswerThatFails(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"choices":[{"message":{"content":"Hi"}}]}`))
	}, nil)
	h.ask(hello)
	if r := h.takeRecord(); r.Disclosed {
		t.Errorf("record is %+v", r)
	}
}

func TestStreamedRefusalIsDisclosed(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte(`data: {"choices":[{"delta":{"role":"assistant","content":null,"refusal":""}}]}` + "\n\n" +
			`data: {"choices":[{"delta":{"refusal":"No. "}}]}` + "\n\n" + `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"))
	}, nil)
	if got := h.ask(helloStreamed); !strings.Contains(got.body, `"refusal":"You are chatting with an AI system.\n\nNo. "`) {
		t.Errorf("answer is %s", got.body)
	}
	if r := h.takeRecord(); !r.Disclosed {
		t.Errorf("record is %+v", r)
	}
}

// TestStatementInARefusedEventIsNotDisclosed: the event that carries the statement never reaches the client.
func TestStatementInARefusedEventIsNotDisclosed(t *testing.T) {
	many := ""
	for i := range 270 {
		many += fmt.Sprintf(`,"x%d":"a"`, i)
	}
	for name, event := range map[string]string{
		"personal name":    `{"choices":[{"index":0,"delta":{"content":"Hello"}}],"joe@shop.example":1}`,
		"too many texts":   `{"choices":[{"index":0,"delta":{"content":"Hello"` + many + `}}]}`,
		"sound after text": `{"choices":[{"index":0,"delta":{"content":"Hello","audio":{"data":"eA=="}}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}`+"\n\ndata: "+event+"\n\n")
			}, nil)
			got := h.ask(helloStreamed)
			if strings.Contains(got.body, "Hello") || !strings.Contains(got.body, `"rule":"sidecar.`) {
				t.Errorf("body is %s", got.body)
			}
			if r := h.takeRecord(); r.Disclosed || r.Outcome != "refused" {
				t.Errorf("record is %+v", r)
			}
		})
	}
}
