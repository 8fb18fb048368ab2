package sidecar_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestChatUI: the question is a form with a JSON document, and the answer has padded tokens and ends with blanks.
func TestChatUI(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jsonl")
		_, _ = io.WriteString(w, `{"type":"stream","token":"Write to joe@\u0000\u0000"}`+"\n"+`{"type":"stream","token":"shop.example\u0000"}`+"\n"+
			`{"type":"finalAnswer","text":"Write to joe@shop.example","interrupted":false}`+"\n"+strings.Repeat(" ", 4096))
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Disclose.Placements = "hf-chat-ui", []string{sidecarconfig.PlaceFirstMessage}
	})
	const form = "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"base64;a.txt\"\r\nContent-Type: text/plain\r\n\r\nYQ==\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{\"inputs\":\"My number is 4111 1111 1111 1111\",\"id\":\"6f0c1d0e-1f2a-4b3c-8d4e-5f6a7b8c9d0e\"}\r\n--b--\r\n"
	got := h.sendRaw(http.MethodPost, "/conversation/66b0f0a1c2d3e4f5a6b7c8d9", form, "Content-Type", "multipart/form-data; boundary=b")
	want := `{"type":"stream","token":"` + statement + `\n\nWrite to "}` + "\n" + `{"type":"stream","token":""}` + "\n" + `{"type":"stream","token":"[redacted:email]"}` + "\n" +
		`{"type":"finalAnswer","text":"` + statement + `\n\nWrite to [redacted:email]","interrupted":false}` + "\n"
	if got.status != http.StatusOK || strings.TrimRight(got.body, " \n")+"\n" != want {
		t.Errorf("the answer is %d %q, want %q", got.status, got.body, want)
	}
	if body := h.listReceived()[0].Body; !strings.Contains(body, `{"inputs":"My number is [redacted:payment-card]","id":"6f0c1d0e-1f2a-4b3c-8d4e-5f6a7b8c9d0e"}`) {
		t.Errorf("the app got %s", body)
	}
}

// TestMessagesOfChatUI: one message of the past has the statement as a conversation does, and a message of the person has none.
func TestMessagesOfChatUI(t *testing.T) {
	for message, want := range map[string]string{
		`{"id":"m2","from":"assistant","content":"Write to joe@shop.example"}`: `{"id":"m2","from":"assistant","content":"` + statement + `\n\nWrite to [redacted:email]"}`,
		`{"id":"m1","from":"user","content":"Whom?"}`:                          `{"id":"m1","from":"user","content":"Whom?"}`,
	} {
		h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"json":`+message+`}`)
		}, func(c *sidecarconfig.Config) {
			c.Ports[0].Shape, c.Disclose.Placements = "hf-chat-ui", []string{sidecarconfig.PlaceFirstMessage}
		})
		got := h.sendRaw(http.MethodGet, "/api/v2/conversations/c1/message/m1", "")
		if got.status != http.StatusOK || got.body != `{"json":`+want+`}` {
			t.Errorf("the answer is %d %s, want %s", got.status, got.body, want)
		}
	}
}

// chatUIPast is a conversation as the app knows it, with a message of each author.
const chatUIPast = `{"json":{"messages":[{"id":"m0","from":"system","content":"","ancestors":[],"children":["m1"]},` +
	`{"id":"m1","from":"user","content":"Hi","ancestors":["m0"],"children":["m2"]},` +
	`{"id":"m2","from":"assistant","content":"Hello","ancestors":["m0","m1"],"children":[]}],"title":"Shop"}}`

// newChatUI starts a sidecar before an app that knows chatUIPast, and answers each question.
func newChatUI(t *testing.T, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	return newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("Content-Type", "application/jsonl")
			_, _ = io.WriteString(w, `{"type":"stream","token":"Hello"}`+"\n"+`{"type":"finalAnswer","text":"Hello","interrupted":false}`+"\n")
		case strings.HasPrefix(r.URL.Path, "/api/"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, chatUIPast)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<p>Hi</p>")
		}
	}, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Disclose.Placements = "hf-chat-ui", []string{sidecarconfig.PlaceHeader}
		change(c)
	})
}

// askChatUI sends a question as the page does, which answers the message with the ID.
func (h *harness) askChatUI(conversation, text, id string) answer {
	return h.sendRaw(http.MethodPost, "/conversation/"+conversation, chatUIForm(text, id), "Content-Type", "multipart/form-data; boundary=b")
}

// chatUIForm is a question of the page.
func chatUIForm(text, id string) string {
	return "--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + `{"inputs":` + quote(text) + `,"id":` + quote(id) + `,"is_retry":false}` + "\r\n--b--\r\n"
}

// readChatUI loads a conversation as the page does after an answer. It returns the text that the page shows last, and what identifies the
// message, which must follow all messages of the app and not be one that the page waits for.
func (h *harness) readChatUI(conversation string) (text, id string) {
	h.t.Helper()
	got := h.sendRaw(http.MethodGet, "/api/v2/conversations/"+conversation, "")
	var past struct {
		JSON struct {
			Messages []struct {
				ID, From, Content string
				Ancestors         []string
				Updates           []struct{ Type string }
			}
		}
	}
	if err := json.Unmarshal([]byte(got.body), &past); got.status != http.StatusOK || err != nil {
		h.t.Fatalf("the conversation is %d %s", got.status, got.body)
	}
	all := past.JSON.Messages
	last := all[len(all)-1]
	if len(all) > 3 {
		isComplete := len(last.Updates) == 1 && last.Updates[0].Type == "finalAnswer"
		if diff := cmp.Diff([]string{"m0", "m1", "m2"}, last.Ancestors); diff != "" || !isComplete || last.From != "assistant" || got.header.Get("Cache-Control") != "no-store" {
			h.t.Errorf("the page shows %s", got.body)
		}
	}
	return last.Content, last.ID
}

// TestChatUIShowsTheQuestion after the page has loaded the conversation again, until the person agrees. The app gets the message that was held.
func TestChatUIShowsTheQuestion(t *testing.T) {
	h := newChatUI(t, askForConsent)
	id := "m2"
	for _, step := range []struct{ text, want string }{
		{"Hello", question}, {"Why?", question}, {"no", declined}, {"Where is my order?", question}, {"yes", "Hello"}, {"And now?", "Hello"},
	} {
		if got := h.askChatUI("c1", step.text, id); got.status != http.StatusOK || !strings.Contains(got.body, `{"type":"finalAnswer","text":`+quote(step.want)) {
			t.Errorf("%s is answered with %d %s", step.text, got.status, got.body)
		}
		if got := h.askChatUI("c2", step.text, "m2"); got.status != http.StatusOK {
			t.Errorf("%s is answered elsewhere with %d %s", step.text, got.status, got.body)
		}
		var shown string
		if shown, id = h.readChatUI("c1"); shown != step.want {
			t.Errorf("after %q the page shows %q, want %q", step.text, shown, step.want)
		}
		if shown, _ := h.readChatUI("c3"); shown != "Hello" {
			t.Errorf("after %q another conversation shows %q", step.text, shown)
		}
		if page := h.sendRaw(http.MethodGet, "/conversation/c1", ""); page.body != "<p>Hi</p>" {
			t.Errorf("after %q the page is %s", step.text, page.body)
		}
	}
	var seen []string
	for _, r := range h.listReceived() {
		if strings.HasPrefix(r.URI, "/conversation/c1") && r.Body != "" {
			seen = append(seen, r.Body)
		}
	}
	if diff := cmp.Diff([]string{chatUIForm("Where is my order?", "m2"), chatUIForm("And now?", "m2")}, seen); diff != "" {
		t.Errorf("the app received (-want +got):\n%s", diff)
	}
}

// TestChatUIAnswersAMessageOfTheApp, also where no message was held for the yes: the app does not know the question.
func TestChatUIAnswersAMessageOfTheApp(t *testing.T) {
	h := newChatUI(t, askForConsent)
	h.askChatUI("c1", "Hello", "m2")
	_, id := h.readChatUI("c1")
	h.clock.add(time.Hour)
	h.askChatUI("c1", "yes", id)
	if got := h.listReceived(); got[len(got)-1].Body != chatUIForm("yes", "m2") {
		t.Errorf("the app received %s", got[len(got)-1].Body)
	}
}

// TestChatUIShowsRefusals, which its page would lose as it would the question, and that of a suspended chatbot only while it is suspended.
func TestChatUIShowsRefusals(t *testing.T) {
	h := newChatUI(t, func(c *sidecarconfig.Config) { c.Suspended = true })
	m, look := h.watch()
	suspended := refusalOf(t, h.askChatUI("c1", "Hello", "m2"))
	if got, _ := h.readChatUI("c1"); got != suspended || got == "" {
		t.Errorf("the page of a suspended chatbot shows %q, want %q", got, suspended)
	}
	h.config.Suspended = false
	m.write(h.file())
	look()
	if got, _ := h.readChatUI("c1"); got != "Hello" {
		t.Errorf("the page of a chatbot that is no longer suspended shows %q", got)
	}
	h.config.Limits.RequestBytes = 4096
	m.write(h.file())
	look()
	long := refusalOf(t, h.askChatUI("c1", strings.Repeat("long ", 2000), "m2"))
	if got, _ := h.readChatUI("c1"); got != long || got == suspended {
		t.Errorf("after a long message the page shows %q, want %q", got, long)
	}
	h.askChatUI("c1", "Hello", "m2-chaperone")
	if got, _ := h.readChatUI("c1"); got != "Hello" {
		t.Errorf("after a message that goes on the page shows %q", got)
	}
}

// refusalOf returns the text of a refusal that the chatbot says.
func refusalOf(t *testing.T, got answer) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(got.body), "\n")
	var final struct{ Text string }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &final); err != nil || got.status != http.StatusOK || final.Text == "" {
		t.Fatalf("the refusal is %d %s", got.status, got.body)
	}
	return final.Text
}
