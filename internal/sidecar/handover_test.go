package sidecar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/test/sampledesk/desk"
)

// handoff is the member `handoff` of an audit record.
type handoff struct {
	ID      string  `json:"id"`
	Reason  string  `json:"reason"`
	Result  string  `json:"result"`
	Seconds float64 `json:"seconds"`
	Late    bool    `json:"late"`
}

// posted is a request that the desk got.
type posted struct {
	Path, Key string
	Body      struct {
		Chatbot, ID, Conversation, Reason, Language string
		MaxWaitSeconds                              int
		Transcript                                  []struct{ From, Text string }
		Text                                        string
	}
}

// deskServer is a real desk, in front of which requests are kept.
type deskServer struct {
	*httptest.Server
	t *testing.T

	mu   sync.Mutex
	seen []posted
}

// newDesk starts a desk. before runs before each request that is not one of its humans, and reports whether the desk gets it.
func newDesk(t *testing.T, before func(w http.ResponseWriter, r *http.Request) bool) *deskServer {
	t.Helper()
	d, taken := &deskServer{t: t}, desk.Handler(desk.DefaultKeep)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			got := posted{Path: r.URL.Path, Key: r.Header.Get("Idempotency-Key")}
			if err := json.Unmarshal(body, &got.Body); err != nil {
				t.Errorf("the desk got %q: %v", body, err)
			}
			d.mu.Lock()
			d.seen = append(d.seen, got)
			d.mu.Unlock()
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		if before == nil || r.Method == http.MethodPut || before(w, r) {
			taken.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *deskServer) list() []posted {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen)
}

// act has a human at the desk do something with the first handoff.
func (d *deskServer) act(what, text string) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPut, d.URL+desk.ListPath+"/handoff-1/"+what, strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		d.t.Fatal(err, res)
	}
	_ = res.Body.Close()
}

// newDeskHarness starts a sidecar in front of the app, with the desk at the address, "" for none.
func newDeskHarness(t *testing.T, app http.HandlerFunc, address string, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	return newHarnessWith(t, app, func(c *sidecarconfig.Config) {
		c.Handoff = &sidecarconfig.Handoff{Mode: "on-request", MaxWaitSeconds: 180, Contact: "+44 20 7946 0000"}
		if address != "" {
			c.Handoff.URL = address + desk.Path
		}
		c.Oversight = &sidecarconfig.Oversight{CrisisContact: "988"}
		if change != nil {
			change(c)
		}
	}, dialLocally)
}

// dialLocally lets the sidecar reach a desk on this machine.
func dialLocally(o *sidecar.Options) {
	o.DialDesk = func(ctx context.Context, network, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// langgraph makes the port one whose requests name the conversation.
func langgraph(c *sidecarconfig.Config) { c.Ports[0].Shape = "langgraph-runs" }

// answerThread answers as an app of langgraph.
func answerThread(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"messages":[{"type":"ai","content":"hello"}]}`)
}

// saysIn sends a message in a thread of langgraph.
func (h *harness) saysIn(thread, text string) answer {
	h.t.Helper()
	content, _ := json.Marshal(text)
	return h.send(http.MethodPost, "http://"+h.address(listen)+"/threads/"+thread+"/runs/wait",
		`{"assistant_id":"a","input":{"messages":[{"type":"human","content":`+string(content)+`}]}}`)
}

func (h *harness) listHandoffs() []handoff {
	h.t.Helper()
	var all []handoff
	for _, r := range h.records() {
		if r.Handoff != nil {
			all = append(all, handoff{Reason: r.Handoff.Reason, Result: r.Handoff.Result, Late: r.Handoff.Late})
		}
	}
	return all
}

const (
	// contactText follows every text that says how to reach a human.
	contactText   = "You can reach a human here: +44 20 7946 0000"
	takenText     = "A human takes over: your request has been passed on."
	elsewhereText = "A human answers you outside of this chat."
	waitText      = "The longest wait is 3 min."
)

// TestPersonReachesHuman in a chat whose requests repeat the conversation: nothing names it, so that the human answers elsewhere.
func TestPersonReachesHuman(t *testing.T) {
	for name, body := range map[string]string{
		"plain":    `{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"I am jane@shop.example"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Can I talk to a human?"}]}`,
		"streamed": `{"model":"m","stream":true,"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"I am jane@shop.example"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Can I talk to a human?"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			h := newDeskHarness(t, answerText("hello"), d.URL, nil)
			got := h.ask(body)
			want := strings.Join([]string{takenText, elsewhereText, waitText, contactText}, " ")
			if text := readText(t, got.body); got.status != http.StatusOK || text != want {
				t.Errorf("answer is %d %q, want %q", got.status, text, want)
			}
			if seen := h.listReceived(); len(seen) > 0 {
				t.Errorf("the app received %+v", seen)
			}
			seen := d.list()
			if len(seen) != 1 || seen[0].Body.ID == "" || seen[0].Key != `"`+seen[0].Body.ID+`"` {
				t.Fatalf("the desk got %+v", seen)
			}
			b := seen[0].Body
			if diff := cmp.Diff([]any{"shop/support", "request", "en", 180, ""}, []any{b.Chatbot, b.Reason, b.Language, b.MaxWaitSeconds, b.Conversation}); diff != "" {
				t.Errorf("handoff (-want +got):\n%s", diff)
			}
			if text := fmt.Sprint(b.Transcript); text != "[{person I am [redacted:email]} {chatbot Hello} {person Can I talk to a human?}]" {
				t.Errorf("transcript is %s", text)
			}
			r := h.takeRecord()
			if r.Rule != "sidecar.handed_over" || r.Handoff == nil || r.Handoff.ID != b.ID || r.Handoff.Result != "requested" {
				t.Errorf("record is %+v with handoff %+v", r, r.Handoff)
			}
		})
	}
}

// TestHumanAnswersInTheChat where requests name the conversation, until the desk gives it back.
func TestHumanAnswersInTheChat(t *testing.T) {
	d := newDesk(t, nil)
	h := newDeskHarness(t, answerThread, d.URL, langgraph)
	steps := []struct {
		act, text string
		says      string
		want      []string
	}{
		{says: "Ich möchte mit einem Menschen sprechen", want: []string{"Ein Mensch übernimmt: Ihr Anliegen wurde weitergegeben. Sie warten höchstens 3 Min."}},
		{says: "It is about order 5, mail jane@shop.example", want: []string{"Your message has been passed on to the human."}},
		{act: "accept"},
		{act: "say", text: "This is Ann. How can I help? Write to bob@shop.example"},
		{act: "say", text: "I look at it."},
		{says: "Hello?", want: []string{"This is Ann. How can I help? Write to [redacted:email]", "I look at it."}},
		{says: "Thanks", want: []string{"Your message has been passed on to the human."}},
		{act: "end"},
		{says: "Bye", want: []string{"passed on to the human."}},
	}
	for _, step := range steps {
		if step.act != "" {
			d.act(step.act, step.text)
			continue
		}
		got := h.saysIn("t1", step.says)
		for _, want := range step.want {
			if got.status != http.StatusOK || !strings.Contains(got.body, want) {
				t.Errorf("%q: answer is %d %s, want %q", step.says, got.status, got.body, want)
			}
		}
	}
	if seen := h.listReceived(); len(seen) > 0 {
		t.Errorf("the app received %+v", seen)
	}
	if got := h.saysIn("t1", "Hello"); len(h.listReceived()) != 1 {
		t.Errorf("the chatbot does not answer again: %d %s", got.status, got.body)
	}
	if got := h.saysIn("t2", "Hello"); len(h.listReceived()) != 2 {
		t.Errorf("the chatbot does not answer another person: %d %s", got.status, got.body)
	}
	seen := d.list()
	if len(seen) != 5 || seen[0].Body.Conversation != "t1" || seen[0].Body.Language != "de" {
		t.Fatalf("the desk got %+v", seen)
	}
	if text := seen[1].Body.Text; text != "It is about order 5, mail [redacted:email]" || seen[1].Path != "/handoffs/handoff-1" {
		t.Errorf("the desk got %q at %s", text, seen[1].Path)
	}
}

// TestNobodyAnswersAtTheDesk: the person learns the contact in time, whatever is at the address.
func TestNobodyAnswersAtTheDesk(t *testing.T) {
	for name, before := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"fails":     func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return false },
		"hangs":     func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return false },
		"is a page": func(w http.ResponseWriter, _ *http.Request) bool { _, _ = io.WriteString(w, "<html>"); return false },
		"leads elsewhere": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "http://other.example/")
			w.WriteHeader(202)
			return false
		},
		"redirects": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "/handoff")
			w.WriteHeader(307)
			return false
		},
		"answers endlessly": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, strings.Repeat(" ", 1<<17)+"{}")
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, before)
			h := newDeskHarness(t, answerText("hello"), d.URL, nil)
			begun := time.Now()
			got := h.ask(chat("Let me speak to a real person please"))
			want := "Your request could not be passed on to a human at the moment. " + contactText
			if text := readText(t, got.body); text != want || time.Since(begun) > 8*time.Second {
				t.Errorf("after %s, answer is %d %q", time.Since(begun), got.status, text)
			}
			if diff := cmp.Diff([]handoff{{Reason: "request", Result: "failed"}}, h.listHandoffs()); diff != "" {
				t.Errorf("handoffs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeskIsNotThePod: the name of a desk that leads to the pod itself is not called.
func TestDeskIsNotThePod(t *testing.T) {
	d := newDesk(t, nil)
	h := newHarness(t, answerText("hello"), func(c *sidecarconfig.Config) {
		c.Handoff = &sidecarconfig.Handoff{URL: d.URL + desk.Path, Mode: "on-request", Contact: "+44 20 7946 0000"}
	})
	if text := readText(t, h.ask(chat("operator")).body); !strings.HasPrefix(text, "Your request could not be passed on") || len(d.list()) > 0 {
		t.Errorf("answer is %q, and the desk got %+v", text, d.list())
	}
}

// TestLevelsOfHandoff say who gets what. A program that asks for JSON and an app that hands over by itself get what people write.
func TestLevelsOfHandoff(t *testing.T) {
	const structured = `{"model":"m","response_format":{"type":"json_object"},"messages":[{"role":"user","content":"Can I talk to a human?"}]}`
	for name, tc := range map[string]struct {
		change func(*sidecarconfig.Config)
		body   string
		want   string
		posts  int
	}{
		"no human":                     {func(c *sidecarconfig.Config) { c.Handoff.Mode = "none" }, "", "hello", 0},
		"contact":                      {func(c *sidecarconfig.Config) { c.Handoff.Mode = "contact-offered" }, "", "You asked for a human. " + contactText, 0},
		"at any time":                  {func(c *sidecarconfig.Config) { c.Handoff.Mode = "on-request-any-time" }, "", takenText, 1},
		"without a desk":               {func(c *sidecarconfig.Config) { c.Handoff.URL = "" }, "", "You asked for a human. " + contactText, 0},
		"without anything":             {func(c *sidecarconfig.Config) { c.Handoff.URL, c.Handoff.Contact = "", "" }, "", "hello", 0},
		"desk that is down":            {func(c *sidecarconfig.Config) { c.Handoff.Unavailable = true }, "", "You asked for a human. " + contactText, 0},
		"the app does it":              {func(c *sidecarconfig.Config) { c.Oversight.HandoffByApp = true }, "", "hello", 0},
		"structured output":            {func(*sidecarconfig.Config) {}, structured, "hello", 0},
		"language that is not spoken":  {func(*sidecarconfig.Config) {}, chat("Quiero hablar con una persona"), "hello", 0},
		"in another spoken language":   {func(*sidecarconfig.Config) {}, chat("Je voudrais parler à un conseiller"), "Une personne prend le relais", 1},
		"earlier in the conversation":  {func(*sidecarconfig.Config) {}, `{"model":"m","messages":[{"role":"user","content":"a human please"},{"role":"assistant","content":"x"},{"role":"user","content":"Hello"}]}`, "hello", 0},
		"in what the chatbot has said": {func(*sidecarconfig.Config) {}, `{"model":"m","messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"I want to talk to a human"}]}`, "hello", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			h := newDeskHarness(t, answerText("hello"), d.URL, tc.change)
			if tc.body == "" {
				tc.body = chat("Can I talk to a human?")
			}
			got := h.ask(tc.body)
			if text := readText(t, got.body); !strings.Contains(text, tc.want) || len(d.list()) != tc.posts {
				t.Errorf("answer is %d %q, want %q; the desk got %+v", got.status, text, tc.want, d.list())
			}
		})
	}
}

// TestDanger is answered at once, with the contact for it first, whatever else holds.
func TestDanger(t *testing.T) {
	const crisis = "If you or someone else is in danger, please get help at once: 988."
	for name, tc := range map[string]struct {
		change func(*sidecarconfig.Config)
		want   string
		posts  int
	}{
		"with a desk":            {func(*sidecarconfig.Config) {}, crisis + " " + takenText, 1},
		"without a human":        {func(c *sidecarconfig.Config) { c.Handoff = nil }, crisis, 0},
		"before consent":         {func(c *sidecarconfig.Config) { c.Consent = &sidecarconfig.Consent{} }, crisis + " " + takenText, 1},
		"suspended":              {suspend, crisis + " The chat assistant is switched off at the moment. " + takenText, 1},
		"while the desk is down": {func(c *sidecarconfig.Config) { c.Handoff.Unavailable = true }, crisis + " You asked for a human.", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			h := newDeskHarness(t, answerText("hello"), d.URL, func(c *sidecarconfig.Config) { tc.change(c); sayRefusals(c) })
			got := h.ask(chat("I want to kill myself"))
			if text := readText(t, got.body); !strings.HasPrefix(text, tc.want) || len(h.listReceived()) > 0 {
				t.Errorf("answer is %d %q, want %q", got.status, text, tc.want)
			}
			seen := d.list()
			if len(seen) != tc.posts || tc.posts > 0 && seen[0].Body.Reason != "danger" {
				t.Errorf("the desk got %+v", seen)
			}
			if name == "before consent" && len(seen[0].Body.Transcript) > 0 {
				t.Errorf("the desk got texts without consent: %+v", seen)
			}
		})
	}
}

// TestHumanAfterFailures of the app in a row, and not after fewer, in another conversation, or after an answer in between.
func TestHumanAfterFailures(t *testing.T) {
	d := newDesk(t, nil)
	var mu sync.Mutex
	fails := true
	h := newDeskHarness(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if fails {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		answerThread(w, r)
	}, d.URL, func(c *sidecarconfig.Config) { langgraph(c); c.Oversight.AfterFailures = 2 })
	set := func(to bool) {
		mu.Lock()
		defer mu.Unlock()
		fails = to
	}
	h.saysIn("t1", "Hello")
	set(false)
	h.saysIn("t1", "Hello")
	set(true)
	h.saysIn("t1", "Hello")
	h.saysIn("t2", "Hello")
	h.saysIn("t1", "Hello")
	if seen := d.list(); len(seen) > 0 {
		t.Errorf("the desk got %+v too early", seen)
	}
	if got := h.saysIn("t1", "Hello"); !strings.Contains(got.body, takenText) {
		t.Errorf("answer is %d %s", got.status, got.body)
	}
	if seen := d.list(); len(seen) != 1 || seen[0].Body.Reason != "failures" {
		t.Errorf("the desk got %+v", seen)
	}
}

// TestSuspendedConversationsGoToTheDesk once each.
func TestSuspendedConversationsGoToTheDesk(t *testing.T) {
	d := newDesk(t, nil)
	h := newDeskHarness(t, answerThread, d.URL, func(c *sidecarconfig.Config) { langgraph(c); suspend(c); sayRefusals(c) })
	for _, want := range []string{"The chat assistant is switched off at the moment. " + takenText, "Your message has been passed on to the human."} {
		if got := h.saysIn("t1", "Hello"); got.status != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("answer is %d %s, want %q", got.status, got.body, want)
		}
	}
	if diff := cmp.Diff([]handoff{{Reason: "suspended", Result: "requested"}, {Reason: "suspended", Result: "continued"}}, h.listHandoffs()); diff != "" {
		t.Errorf("handoffs (-want +got):\n%s", diff)
	}
}

// TestTimeToHuman is measured and judged by the promise.
func TestTimeToHuman(t *testing.T) {
	d := newDesk(t, nil)
	h := newDeskHarness(t, answerThread, d.URL, func(c *sidecarconfig.Config) { langgraph(c); c.Handoff.MaxWaitSeconds = 60 })
	h.saysIn("t1", "Can I talk to a human?")
	h.clock.add(90 * time.Second)
	h.awaitMetric(`chaperone_handoffs_total{reason="request",result="late"} 1`)
	if got := h.saysIn("t1", "Hello?"); !strings.Contains(got.body, "It is taking longer than promised. "+contactText) {
		t.Errorf("answer is %s", got.body)
	}
	d.act("accept", "")
	h.clock.add(10 * time.Second)
	h.awaitMetric(`chaperone_handoffs_total{reason="request",result="accepted"} 1`)
	want := []handoff{
		{Reason: "request", Result: "requested"}, {Reason: "request", Result: "late", Late: true},
		{Reason: "request", Result: "continued"}, {Reason: "request", Result: "accepted", Late: true},
	}
	if diff := cmp.Diff(want, h.listHandoffs()); diff != "" {
		t.Errorf("handoffs (-want +got):\n%s", diff)
	}
}

// awaitMetric waits until the metrics have a line.
func (h *harness) awaitMetric(line string) {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(h.get("/metrics").body, line) {
			return
		}
	}
	h.t.Fatalf("no metric %s", line)
}

// TestHumanOnSockets: a connection is a conversation.
func TestHumanOnSockets(t *testing.T) {
	d := newDesk(t, nil)
	h, app := newSocketWith(t, plainName, func(c *sidecarconfig.Config) {
		c.Handoff = &sidecarconfig.Handoff{URL: d.URL + desk.Path, Mode: "on-request"}
	}, dialLocally)
	client, server, _ := h.dial(app, "/chat")
	say(t, client, `{"say":"Can I talk to a human?"}`)
	hear(t, client, `{"type":"piece","text":"`+takenText+`"}`)
	hear(t, client, `{"type":"done"}`)
	d.act("say", "This is Ann.")
	say(t, client, `{"say":"Hello"}`)
	hear(t, client, `{"type":"piece","text":"This is Ann."}`)
	hear(t, client, `{"type":"done"}`)
	d.act("end", "")
	say(t, client, `{"say":"Bye"}`)
	hear(t, client, `{"type":"piece","text":"Your message has been passed on to the human."}`)
	hear(t, client, `{"type":"done"}`)
	say(t, client, `{"say":"Hello"}`)
	hear(t, server, `{"say":"Hello"}`)
}

// TestSuspendedSocketsGoToTheDesk once for each connection, and what the person says next goes to the human.
func TestSuspendedSocketsGoToTheDesk(t *testing.T) {
	d := newDesk(t, nil)
	h, _ := newSocketWith(t, plainName, func(c *sidecarconfig.Config) {
		suspend(c)
		c.Handoff = &sidecarconfig.Handoff{URL: d.URL + desk.Path, Mode: "on-request"}
	}, dialLocally)
	client := h.dialAlone("/chat")
	say(t, client, `{"say":"Hello"}`)
	hear(t, client, `{"type":"piece","text":"The chat assistant is switched off at the moment. `+takenText+`"}`)
	hear(t, client, `{"type":"done"}`)
	d.act("say", "This is Ann.")
	say(t, client, `{"say":"Hello?"}`)
	hear(t, client, `{"type":"piece","text":"This is Ann."}`)
	hear(t, client, `{"type":"done"}`)
	if seen := d.list(); len(seen) != 2 || seen[0].Body.Reason != "suspended" {
		t.Errorf("the desk got %+v", seen)
	}
}
