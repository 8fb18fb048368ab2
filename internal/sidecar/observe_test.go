package sidecar_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// observations returns what the admin port says, once the copies of n exchanges are read.
func (h *harness) observations(n int64) observe.Summary {
	h.t.Helper()
	for {
		var got observe.Summary
		if err := json.Unmarshal([]byte(h.get("/observations").body), &got); err != nil {
			h.t.Fatal(err)
		}
		seen := int64(0)
		for _, r := range got.Routes {
			seen += r.Exchanges
		}
		if seen >= n {
			return got
		}
		if h.t.Context().Err() != nil {
			h.t.Fatalf("only %d exchanges were observed", seen)
		}
	}
}

func TestObservationsSayWhatGoverningWouldDo(t *testing.T) {
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/api/"):
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<p>")
		case strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			_, _ = io.WriteString(zip, `{"choices":[{"index":0,"message":{"role":"assistant","content":"Write to eve@shop.example"}}]}`)
			_ = zip.Close()
		default:
			streamTexts("Call +49 30 12345678 or eve@", "shop.example")(w, r)
		}
	})
	h.ask(chat("I am ada@shop.example"), "Accept-Encoding", "gzip")
	h.ask(helloStreamed)
	h.ask(`{"no":"chat"}`)
	h.send(http.MethodGet, h.url()+"/api/users/ada@shop.example/4711?mail=ada@shop.example", "")
	h.send(http.MethodGet, h.url()+"/api/users/ada%40shop.example/4712", "")
	got := h.observations(5)
	want := []observe.RouteCounts{
		{
			Route:     observe.Route{Direction: "ingress", Port: "http", Method: "GET", Pattern: "/api/users/*/*", Request: "application/json", Answer: "text/html"},
			Exchanges: 2, Skipped: 2, Refused: map[string]int64{"sidecar.path_unknown": 1, "sidecar.path_ambiguous": 1},
		},
		{
			Route:     observe.Route{Direction: "ingress", Port: "http", Method: "POST", Pattern: chatPath, Request: "application/json", Answer: "text/event-stream"},
			Exchanges: 2, Read: 1, Unknown: 1, Fits: map[string]int64{"openai-chat": 1}, Refused: map[string]int64{"sidecar.body_shape": 1}, Disclosed: 1,
			FoundInAnswers: map[string]int64{"phone": 1, "email": 1},
		},
		{
			Route:     observe.Route{Direction: "ingress", Port: "http", Method: "POST", Pattern: chatPath, Request: "application/json", Answer: "application/json"},
			Exchanges: 1, Read: 1, Fits: map[string]int64{"openai-chat": 1}, Disclosed: 1,
			FoundInRequests: map[string]int64{"email": 1}, FoundInAnswers: map[string]int64{"email": 1},
		},
	}
	if diff := cmp.Diff(want, got.Routes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Mode != sidecarconfig.ModeObserve {
		t.Errorf("mode %q", got.Mode)
	}
	page := h.get("/metrics").body
	for _, line := range []string{
		`chaperone_passed_exchanges_total{direction="ingress",result="read"} 2`,
		`chaperone_would_refuse_total{rule="sidecar.path_unknown"} 1`,
		`chaperone_would_redact_total{kind="email",leg="answer"} 2`,
		`chaperone_would_disclose_total 2`,
	} {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("metrics lack %s", line)
		}
	}
	observations := h.get("/observations").body
	h.stop() // Then all records are written.
	records := h.audit.String()
	if want := `"observed":{"read":"read","wouldDisclose":true,"found":{"request":{"email":1},"answer":{"email":1}}}`; !strings.Contains(records, want) {
		t.Errorf("records lack %s: %s", want, records)
	}
	for _, text := range []string{"shop.example", "/4711", "ada%40"} {
		if strings.Contains(observations+page+records+h.log.String(), text) {
			t.Errorf("%q of an exchange is told", text)
		}
	}
}

// TestObservingIsBounded: what is not read is still passed and counted.
func TestObservingIsBounded(t *testing.T) {
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 1<<10 {
			streamTexts("Hi")(w, r)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	large := strings.Repeat("x", 300<<10)
	const times = 12
	for range times {
		if got := h.ask(large); got.body != large {
			t.Fatalf("a body of %d bytes comes back with %d", len(large), len(got.body))
		}
	}
	got := h.observations(times)
	if r := got.Routes[0]; r.Unknown == 0 || r.Skipped == 0 || r.Unknown+r.Skipped != times {
		t.Errorf("want some that are too large and some beyond the budget, got %+v", r)
	}
	// The budget grows with the time. Up to 16 exchanges of 512 KiB are copied before it shrinks, which is what two minutes give.
	h.clock.add(3 * time.Minute)
	h.ask(helloStreamed)
	if got := h.observations(times + 1); len(got.Routes) != 2 || got.Routes[1].Fits["openai-chat"] == 0 {
		t.Errorf("a later exchange is not read: %+v", got.Routes)
	}
}

// TestObservingNamesTheShapeOfBothDirections: what reads requests and not their answers would refuse every answer.
func TestObservingNamesTheShapeOfBothDirections(t *testing.T) {
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Vercel-Ai-Ui-Message-Stream", "v1")
		_, _ = io.WriteString(w, `data: {"type":"start"}`+"\n\n"+`data: {"type":"text-start","id":"1"}`+"\n\n"+`data: {"type":"text-delta","id":"1","delta":"Hi"}`+"\n\n"+
			`data: {"type":"text-end","id":"1"}`+"\n\n"+`data: {"type":"finish"}`+"\n\ndata: [DONE]\n\n")
	})
	h.ask(`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"Hello"}]}],"trigger":"submit-message"}`)
	r := h.observations(1).Routes[0]
	if want := map[string]int64{"vercel-ui-message-stream": 1}; cmp.Diff(want, r.Fits) != "" || r.Unknown != 1 {
		t.Errorf("want an exchange that is not read, and that fits %v: %+v", want, r)
	}
}

// TestModesChangeWithoutARestart: the same connection is served as each configuration says.
func TestModesChangeWithoutARestart(t *testing.T) {
	h := newHarness(t, answerText("Write to eve@shop.example"), nil)
	const other = "/other/page"
	ask := func(path string) answer { return h.send(http.MethodPost, h.url()+path, chat("Hello")) }
	for _, step := range []struct {
		mode                   string
		chatPasses, pagePasses bool
	}{
		{"", false, false},
		{sidecarconfig.ModeObserve, true, true},
		{sidecarconfig.ModePassUndeclared, false, true},
		{"", false, false},
		{sidecarconfig.ModeObserve, true, true},
	} {
		h.config.Mode = step.mode
		if err := h.server.Apply(t.Context(), h.file()); err != nil {
			t.Fatal(err)
		}
		if passes := strings.Contains(ask(chatPath).body, "eve@shop.example"); passes != step.chatPasses {
			t.Errorf("mode %q: the chat passes unchanged: want %t, got %t", step.mode, step.chatPasses, passes)
		}
		if passes := ask(other).status == http.StatusOK; passes != step.pagePasses {
			t.Errorf("mode %q: another path passes: want %t, got %t", step.mode, step.pagePasses, passes)
		}
	}
}

// TestCountsBelongToAConfiguration: what was counted under another mode or shape says nothing of what the active configuration does.
func TestCountsBelongToAConfiguration(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModeObserve })
	started := h.clock.Now()
	apply := func(change func(*sidecarconfig.Config)) {
		t.Helper()
		change(&h.config)
		h.clock.add(time.Hour)
		if err := h.server.Apply(t.Context(), h.file()); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int {
		n := 0
		for _, r := range h.observations(0).Routes {
			n += int(r.Exchanges)
		}
		return n
	}
	h.ask(hello)
	h.observations(1)
	apply(func(c *sidecarconfig.Config) { c.Contacts = []string{"help@shop.example"} })
	if got := h.observations(1); got.Since != started || got.Earlier != nil {
		t.Errorf("a change of a contact begins a count: since %v, earlier %v", got.Since, got.Earlier)
	}
	apply(func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModePassUndeclared })
	got := h.observations(0)
	if n := count(); n != 0 || got.Mode != sidecarconfig.ModePassUndeclared || got.Since != started.Add(2*time.Hour) {
		t.Errorf("after a change of the mode, %d exchanges count for %q since %v", n, got.Mode, got.Since)
	}
	if e := got.Earlier; e == nil || e.Mode != sidecarconfig.ModeObserve || len(e.Routes) != 1 || e.Routes[0].Read != 1 {
		t.Errorf("what was counted before is lost: %+v", e)
	}
	h.send(http.MethodGet, h.url()+"/page", "")
	h.observations(1)
	apply(func(c *sidecarconfig.Config) { c.Ports[0].Shape = "vercel-ui-message-stream" })
	if n := count(); n != 0 {
		t.Errorf("after a change of the shape, %d exchanges count", n)
	}
	// Nothing is counted between two changes, such as those of one declaration that take two steps.
	apply(func(c *sidecarconfig.Config) { c.Mode = "" })
	if e := h.observations(0).Earlier; e == nil || e.Mode != sidecarconfig.ModePassUndeclared || len(e.Routes) != 1 {
		t.Errorf("what was counted two changes ago is lost: %+v", e)
	}
	h.stop()
	if n := len(h.records()); n != 2 {
		t.Errorf("%d records of 2 exchanges", n)
	}
}

// TestModelsWithoutCallsAreTold: a chatbot that answers people and never calls its model through the sidecar calls it in another way.
func TestModelsWithoutCallsAreTold(t *testing.T) {
	for _, mode := range []string{sidecarconfig.ModeObserve, sidecarconfig.ModePassUndeclared, ""} {
		h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) {
			c.Mode = mode
			c.Egress[0].Upstream = "https://api.model.example/v1"
			c.Egress = append(c.Egress, sidecarconfig.Egress{Name: "tools", Shape: "mcp", Upstream: "http://tools.example"})
		})
		h.ask(hello)
		h.ask(hello)
		h.ask(`{"no":"chat"}`) // is refused, and has no text of a person under Audit
		h.send(http.MethodOptions, h.url()+chatPath, "", "Origin", "https://shop.example", "Access-Control-Request-Method", "POST")
		got := h.observations(0)
		want := []observe.Model{{Name: "vendor", Host: "api.model.example"}}
		if diff := cmp.Diff(want, got.Models); diff != "" || got.Turns != 2 {
			t.Errorf("mode %q: %d turns, models (-want +got):\n%s", mode, got.Turns, diff)
		}
		h.send(http.MethodGet, "http://"+h.address(contract.SidecarEgressAddress)+"/vendor/unknown", "")
		if got := h.observations(0).Models[0].Calls; got != 1 {
			t.Errorf("mode %q: %d calls of the model after one", mode, got)
		}
	}
}

// TestRefusedExchangesShowNoStatement: what governing would refuse, it would not disclose.
func TestRefusedExchangesShowNoStatement(t *testing.T) {
	h, _ := newPassing(t, answerText("Hi"))
	h.send(http.MethodPost, h.url()+"/faq/chat", hello)
	r := h.observations(1).Routes[0]
	if r.Refused["sidecar.path_unknown"] != 1 || r.Fits["openai-chat"] != 1 || r.Disclosed != 0 {
		t.Errorf("want a refusal and no statement: %+v", r)
	}
}

func TestUndeclaredPathsPassAndSpellingsOfTheDeclaredOneDoNot(t *testing.T) {
	h := newHarness(t, answerText("Write to eve@shop.example"), func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModePassUndeclared })
	for path, status := range map[string]int{
		"/": http.StatusOK, "/v1/models": http.StatusOK, chatPath + "/tools": http.StatusOK,
		"/v1/chat//completions": http.StatusBadRequest, "/v1/chat/completions/": http.StatusNotFound, "/V1/chat/Completions": http.StatusNotFound,
		"/v1/chat/%63ompletions": http.StatusBadRequest, "/v1/x/../chat/completions": http.StatusBadRequest, "/v1/chat/completions;x": http.StatusBadRequest,
		"/.well-known/chaperone/disclosure": http.StatusNotFound, // with POST
	} {
		if got := h.send(http.MethodPost, h.url()+path, chat("Hello")); got.status != status {
			t.Errorf("%s: status %d, want %d: %s", path, got.status, status, got.body)
		}
	}
	got := h.ask(chat("Hello"))
	if !strings.Contains(got.body, "[redacted:email]") || !strings.Contains(got.body, "You are chatting with an AI system.") {
		t.Errorf("the declared path is not governed: %s", got.body)
	}
}

// TestChecksOfObservedRequestsChangeNothing: governing encodes queries again, and deletes offers of other protocols.
func TestChecksOfObservedRequestsChangeNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		query  string
		header []string
	}{
		"a query":                   {query: "?b=%41&a=1"},
		"an empty query":            {query: "?"},
		"settings of HTTP/2":        {header: []string{"Http2-Settings", "AAMAAABk"}},
		"an offer of HTTP/2":        {header: []string{"Connection", "Upgrade", "Upgrade", "h2c"}},
		"a list with such an offer": {header: []string{"Connection", "Upgrade", "Upgrade", "foo, h2c"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModeObserve })
			h.send("POST", "http://"+h.address(listen)+chatPath+tc.query, hello, tc.header...)
			got := h.listReceived()
			if len(got) != 1 || got[0].URI != chatPath+tc.query {
				t.Fatalf("the app received %+v", got)
			}
			for i := 0; i < len(tc.header); i += 2 {
				if value := got[0].Header.Get(tc.header[i]); value != tc.header[i+1] {
					t.Errorf("%s is %q, want %q", tc.header[i], value, tc.header[i+1])
				}
			}
		})
	}
}
