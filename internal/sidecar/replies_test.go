package sidecar_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilesOnSlack: files that the bot shows in a channel are a message, which the statement precedes, and whose comment is redacted.
func TestFilesOnSlack(t *testing.T) {
	h := newChannel(t, "slack", "/slack/events", `{"ok":true,"ts":"1503435956.000247"}`)
	const path = "/api/files.completeUploadExternal"
	h.callService(path, `{"files":[{"id":"F1"}],"channel_id":"C1","thread_ts":"1.1","initial_comment":"Write to ada@shop.example"}`)
	h.callForm(path, url.Values{"files": {`[{"id":"F1"}]`}, "channel_id": {"C2"}, "initial_comment": {"Hello"}}.Encode())
	list := h.callService(path, `{"files":[{"id":"F1"}],"channel_id":"C3","channels":"C3,C4"}`)
	private := h.callService(path, `{"files":[{"id":"F1"}]}`)
	query := h.send(http.MethodGet, h.serviceURL()+path+"?channel_id=C5&initial_comment=Hello", "")
	for name, got := range map[string]answer{"a list of channels": list, "no channel": private, "a query": query} {
		if got.status/100 != 4 || got.header.Get("Chaperone-Refusal") == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	want := []string{
		`/api/chat.postMessage {"channel":"C1","text":"You are chatting with an AI system.","thread_ts":"1.1"}`,
		path + ` {"files":[{"id":"F1"}],"channel_id":"C1","thread_ts":"1.1","initial_comment":"Write to [redacted:email]"}`,
		"/api/chat.postMessage channel=C2&text=You+are+chatting+with+an+AI+system.",
		path + " channel_id=C2&files=%5B%7B%22id%22%3A%22F1%22%7D%5D&initial_comment=Hello",
	}
	if diff := cmp.Diff(want, h.takeBodies()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestLongAnswerToStatement: Slack answers with the message and what it knows of the bot, which can be long.
func TestLongAnswerToStatement(t *testing.T) {
	long := `{"blob":"` + strings.Repeat("x", 100<<10) + `","ok":true,"ts":"1503435956.000247"}`
	h := newChannel(t, "slack", "/slack/events", long)
	sent := h.callService("/api/chat.postMessage", `{"channel":"C1","text":"Hello"}`)
	if got := h.takeBodies(); sent.status != http.StatusOK || len(got) != 2 {
		t.Errorf("status %d, received %q", sent.status, got)
	}
	h = newChannelWith(t, "slack", "/slack/events", strings.Replace(long, "ts", "no", 1), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "") })
	if sent = h.callService("/api/chat.postMessage", `{"channel":"C1","text":"Hello"}`); !strings.Contains(sent.body, `"no":"1503435956`) || len(h.takeBodies()) != 1 {
		t.Errorf("the answer to a statement that is not accepted has %d bytes", len(sent.body))
	}
	h = newChannel(t, "slack", "/slack/events", `{"blob":"`+strings.Repeat("x", 9<<20)+`","ok":true,"ts":"1503435956.000247"}`)
	if sent = h.callService("/api/chat.postMessage", `{"channel":"C1","text":"Hello"}`); sent.header.Get("Chaperone-Refusal") != "sidecar.answer_too_large" {
		t.Errorf("status %d, %.200s", sent.status, sent.body)
	}
}

// TestNumbersAsPeopleWriteThem: Twilio takes numbers with spaces and signs between the digits, and a question by number in the query.
func TestNumbersAsPeopleWriteThem(t *testing.T) {
	h := newChannel(t, "twilio-messaging", "/sms", `{"sid":"SM1","status":"queued"}`)
	const messages = "/2010-04-01/Accounts/AC1/Messages"
	for _, number := range []string{"+1 (415) 867-5309", " 14158675310", "415.867.5311", "whatsapp:+49 151 12345678"} {
		body := url.Values{"To": {number}, "Body": {"Hello"}}.Encode()
		if sent := h.callForm(messages+".json", body); sent.status != http.StatusOK {
			t.Errorf("%s: %d %s", number, sent.status, sent.body)
		}
		if got := h.takeBodies(); got[len(got)-1] != messages+".json Body=Hello&To="+url.QueryEscape(number) {
			t.Errorf("%s: received %q", number, got)
		}
	}
	if sent := h.callForm(messages+".json", url.Values{"To": {"Joe Smith, 415 867 5309"}, "Body": {"Hello"}}.Encode()); sent.status != http.StatusUnprocessableEntity {
		t.Errorf("a name and a number: %d %s", sent.status, sent.body)
	}
	list := h.send(http.MethodGet, h.serviceURL()+messages+".json?To=%2B14158675309&PageSize=50", "")
	if got := h.takeBodies(); list.status != http.StatusOK || got[len(got)-1] != messages+".json?To=%2B14158675309&PageSize=50 " {
		t.Errorf("a question: %d %s, received %q", list.status, list.body, got[len(got)-1])
	}
	if one := h.send(http.MethodGet, h.serviceURL()+messages+"/SM1.json", ""); one.status != http.StatusOK {
		t.Errorf("a message: %d %s", one.status, one.body)
	}
	if slash := h.callForm(messages+"/", url.Values{"To": {"+14158675309"}, "Body": {"Hello"}}.Encode()); slash.header.Get("Chaperone-Refusal") == "" {
		t.Errorf("with a slash at its end: %d %s", slash.status, slash.body)
	}
}
