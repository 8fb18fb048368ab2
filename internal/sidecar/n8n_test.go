package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPageOfN8n: the page of n8n's chat loads, also while the chatbot is suspended, and nothing goes on of the editor and of messages in a query.
func TestPageOfN8n(t *testing.T) {
	for _, name := range []string{"n8n-chat", "n8n-chat-stream"} {
		for _, isSuspended := range []bool{false, true} {
			h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = io.WriteString(w, "<body>")
			}, func(c *sidecarconfig.Config) {
				c.Ports[0].Shape, c.Suspended = name, isSuspended
			})
			page := h.send(http.MethodGet, "http://"+h.address(listen)+"/webhook/shop/chat", "")
			editor := h.send(http.MethodGet, "http://"+h.address(listen)+"/", "")
			asked := h.send(http.MethodGet, "http://"+h.address(listen)+"/webhook/shop/chat?chatInput=Hi", "")
			if asked.status < 400 {
				t.Errorf("%s, suspended %t: a message in a query is answered with %d", name, isSuspended, asked.status)
			}
			if page.status != http.StatusOK || page.body != "<body>" || editor.status < 400 || strings.Contains(editor.body, "<body>") {
				t.Errorf("%s, suspended %t: the page is %d %q, the editor %d %q", name, isSuspended, page.status, page.body, editor.status, editor.body)
			}
		}
	}
}

// TestStatementStandsOnceInAChatOfN8n: its page keeps the first answer on the screen.
func TestStatementStandsOnceInAChatOfN8n(t *testing.T) {
	status := http.StatusInternalServerError
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"output":"Hi"}`)
	}, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "n8n-chat" })
	const disclosed, plain = `{"output":"You are chatting with an AI system.\n\nHi"}`, `{"output":"Hi"}`
	for i, step := range []struct {
		after         time.Duration
		path, session string
		status        int
		want          string
	}{
		{0, "shop", "s1", http.StatusInternalServerError, plain}, // the page does not show the body of an error
		{0, "shop", "s1", http.StatusOK, disclosed},
		{time.Hour, "shop", "s1", http.StatusOK, plain},
		{0, "shop", "s2", http.StatusOK, disclosed},
		{0, "desk", "s1", http.StatusOK, disclosed}, // browsers have one identifier for all chatbots of an origin
		{0, "shop", "", http.StatusOK, disclosed},
		{0, "shop", "", http.StatusOK, disclosed},
		{22 * time.Hour, "shop", "s1", http.StatusOK, plain},
		{time.Hour, "shop", "s1", http.StatusOK, disclosed},
	} {
		h.clock.add(step.after)
		status = step.status
		got := h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook/"+step.path+"/chat", `{"chatInput":"Hello","sessionId":"`+step.session+`"}`)
		if diff := cmp.Diff(step.want, got.body); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestPastOfN8n: the statement stands before the first message of the chatbot, and not before that of the person.
func TestPastOfN8n(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":[`+pastOfN8n("HumanMessage", "I am joe@shop.example")+","+pastOfN8n("AIMessage", "Hi")+","+pastOfN8n("AIMessage", "So?")+"]}")
	}, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "n8n-chat" })
	got := h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook/shop/chat", `{"action":"loadPreviousSession","sessionId":"s1"}`)
	want := `{"data":[` + pastOfN8n("HumanMessage", "I am [redacted:email]") + "," + pastOfN8n("AIMessage", `You are chatting with an AI system.\n\nHi`) + "," +
		pastOfN8n("AIMessage", "So?") + "]}"
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("past (-want +got):\n%s", diff)
	}
}

// pastOfN8n returns a message as n8n remembers it.
func pastOfN8n(class, text string) string {
	return `{"lc":1,"type":"constructor","id":["langchain_core","messages","` + class + `"],"kwargs":{"content":"` + text + `","additional_kwargs":{}}}`
}

// TestObserveCountsStatementsOfN8n: one for each conversation.
func TestObserveCountsStatementsOfN8n(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"output":"Hi"}`)
	}, func(c *sidecarconfig.Config) { c.Ports[0].Shape, c.Mode = "n8n-chat", sidecarconfig.ModeObserve })
	for i, session := range []string{"s1", "s1", "s2"} {
		h.send(http.MethodPost, "http://"+h.address(listen)+"/webhook/shop/chat", `{"chatInput":"Hello","sessionId":"`+session+`"}`)
		h.await(i + 1)
	}
	var disclosed []any
	for _, r := range h.records() {
		disclosed = append(disclosed, r.Observed["wouldDisclose"])
	}
	if diff := cmp.Diff([]any{true, false, true}, disclosed); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
