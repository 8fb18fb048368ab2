package sidecar_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// directLineAnswers are the frames of a chatbot: what the person said, a part of an answer, and two messages.
var directLineAnswers = []string{
	`{"activities":[{"type":"message","id":"c1|0","from":{"id":"u1","name":"Joe","role":"user"},"text":"Whom?"}],"watermark":"0"}`,
	``,
	`{"activities":[{"type":"typing","id":"c1|1","from":{"id":"b1","role":"bot"},"text":"Write to ada@shop.exam"}],"watermark":"1"}`,
	`{"activities":[{"type":"message","id":"c1|2","from":{"id":"b1","role":"bot"},"text":"Write to ada@shop.example"},` +
		`{"type":"message","id":"c1|3","from":{"id":"b1","role":"bot"},"text":"Bye"}],"watermark":"3"}`,
}

// directLine is a server of Direct Line at the address of the sidecar. It answers after the person has said something.
type directLine struct {
	address string
	asked   chan struct{}
}

func (d *directLine) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	const conversation = "/v3/directline/conversations/c1"
	switch r.Method + " " + r.URL.Path {
	case "POST /v3/directline/conversations":
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"conversationId":"c1","token":"t1","expires_in":1800,"streamUrl":"ws://`+d.address+conversation+`/stream?watermark=-&t=t1"}`)
	case "POST " + conversation + "/activities":
		d.asked <- struct{}{}
		_, _ = io.WriteString(w, `{"id":"c1|0"}`)
	case "GET " + conversation + "/activities":
		answer := `{"activities":[],"watermark":"0"}`
		select {
		case <-d.asked:
			answer = directLineAnswers[3]
		default:
		}
		_, _ = io.WriteString(w, answer)
	case "GET " + conversation + "/stream":
		d.stream(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// stream sends the frames once the person has said something.
func (d *directLine) stream(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	<-d.asked
	for _, frame := range directLineAnswers {
		_ = c.Write(r.Context(), websocket.MessageText, []byte(frame))
	}
	_, _, _ = c.Read(r.Context())
}

// newDirectLine starts a sidecar in front of a server of Direct Line.
func newDirectLine(t *testing.T, change func(*sidecarconfig.Config)) *harness {
	t.Helper()
	server := &directLine{asked: make(chan struct{}, 1)}
	h := newHarness(t, server.serve, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape = "direct-line"
		if change != nil {
			change(c)
		}
	})
	server.address = h.address(listen)
	return h
}

// TestClientOfDirectLine: by WebSocket the statement is a message of its own, and by polling the first message of the chatbot begins with it.
func TestClientOfDirectLine(t *testing.T) {
	for webSocket, want := range map[string][]string{
		"true":  {"bot: You are chatting with an AI system.", "user: Whom?", "bot: Write to [redacted:email]", "bot: Bye"},
		"false": {"bot: You are chatting with an AI system.\n\nWrite to [redacted:email]", "bot: Bye"},
	} {
		t.Run("websocket "+webSocket, func(t *testing.T) {
			h := newDirectLine(t, nil)
			var got chainAnswers
			runNode(t, &got, "direct-line-client.mjs", "http://"+h.address(listen)+"/v3/directline", "I am joe@shop.example", webSocket)
			if diff := cmp.Diff(chainAnswers{Seen: want, Errors: []string{}}, got); diff != "" {
				t.Errorf("the person sees (-want +got):\n%s", diff)
			}
			isSent := func(r received) bool { return strings.Contains(r.Body, `"text":"I am [redacted:email]"`) }
			if all := h.listReceived(); !hasReceived(all, isSent) {
				t.Errorf("the app received %+v", all)
			}
		})
	}
}

// hasReceived reports whether one of the requests is as wanted.
func hasReceived(all []received, isWanted func(received) bool) bool {
	for _, r := range all {
		if isWanted(r) {
			return true
		}
	}
	return false
}

// TestClientOfDirectLineIsRefused: the client learns that the message was not sent.
func TestClientOfDirectLineIsRefused(t *testing.T) {
	h := newDirectLine(t, nil)
	url := "http://" + h.address(listen) + "/v3/directline/conversations/c1/"
	for body, want := range map[string]int{
		`{"type":"message","text":"See","attachments":[{"contentType":"image/png","contentUrl":"data:image/png;base64,aGk="}]}`: http.StatusUnprocessableEntity,
		`{"type":"message","text":7}`: http.StatusBadRequest,
	} {
		res, err := http.Post(url+"activities", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want || !strings.HasPrefix(string(answer), `{"error":{"code":"sidecar.`) {
			t.Errorf("%s: status %d, answer %s", body, res.StatusCode, answer)
		}
	}
	if all := h.listReceived(); len(all) > 0 {
		t.Errorf("the app received %+v", all)
	}
}

// TestFilesOfDirectLineAreRefused in whatever member of an attachment they stand.
func TestFilesOfDirectLineAreRefused(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}, func(c *sidecarconfig.Config) { c.Ports[0].Shape = "direct-line" })
	const file = `"data:text/plain;base64,am9lQHNob3AuZXhhbXBsZQ=="`
	for _, kind := range []string{"message", "event"} {
		for attachment, status := range map[string]int{
			`"contentUrl":` + file: http.StatusUnprocessableEntity, `"thumbnailUrl":` + file: http.StatusUnprocessableEntity,
			`"content":` + file: http.StatusUnprocessableEntity, `"content":{"images":[{"url":` + file + `}]}`: http.StatusUnprocessableEntity,
			`"contentUrl":"https://shop.example/f","content":{"title":"x"}`: http.StatusOK,
		} {
			body := `{"type":"` + kind + `","text":"Hi","attachments":[{` + attachment + `}]}`
			got := h.send(http.MethodPost, "http://"+h.address(listen)+"/v3/directline/conversations/c1/activities", body)
			if got.status != status {
				t.Errorf("%s is answered with %d %s, want %d", body, got.status, got.body, status)
			}
		}
	}
}
