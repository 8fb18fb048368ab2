package sidecar_test

import (
	"testing"
)

// TestAnswersOfOtherRoutesAreOneText: what clients put together from pieces, or decode, is refused outside of turns.
func TestAnswersOfOtherRoutesAreOneText(t *testing.T) {
	const stop = "/api/chats/7/stop"
	for name, tc := range map[string]struct{ mediaType, body, rule string }{
		"events":            {"text/event-stream", "data: {\"t\":\"joe@\"}\n\ndata: {\"t\":\"shop.example\"}\n\n", "sidecar.answer_type"},
		"components":        {"text/x-component", "0:\"joe@\"\n1:\"shop.example\"\n", "sidecar.answer_type"},
		"script":            {"text/javascript", `answer("joe\x40shop.example")`, "sidecar.answer_type"},
		"numbered lines":    {"text/plain", "0:\"joe@\"\n0:\"shop.example\"\n", "sidecar.answer_unreadable"},
		"lines of JSON":     {"text/plain", "{\"t\":\"joe@\"}\n{\"t\":\"shop.example\"}\n", "sidecar.answer_unreadable"},
		"events as a text":  {"text/plain", "event: a\ndata: joe@\n\ndata: shop.example\n\n", "sidecar.answer_unreadable"},
		"plain text":        {"text/plain; charset=utf-8", "It is stopped.\nid: 7\n\"Goodbye\"", ""},
		"JSON as text":      {"text/plain", "{\"stopped\":true}\n", ""},
		"Markdown":          {"text/markdown", "# Stopped\n\n[1]: it is\n", ""},
		"table":             {"text/csv", "a,b\n\"1\",2\n", ""},
		"page":              {"text/html", "<p>Stopped</p>", ""},
		"document as XML":   {"text/xml", "<p>Stopped</p>", ""},
		"JSON of the route": {"application/json", `{"stopped":true}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newAppHarness(t, nil, map[string]appFile{stop: {mediaType: tc.mediaType, text: tc.body}})
			got := h.sendRaw("POST", stop, `{}`)
			switch {
			case tc.rule != "":
				h.checkRefusal(got, 502, tc.rule, 1)
			case got.status != 200 || got.body != tc.body:
				t.Errorf("answer is %d %s", got.status, got.body)
			}
		})
	}
}

// TestStreamsOfOtherRoutesAreRefusedAtOnce: the sidecar does not wait for the end of a stream that it does not read.
func TestStreamsOfOtherRoutesAreRefusedAtOnce(t *testing.T) {
	endless := beginAndWait("text/event-stream", "data: {}\n\n", func() {})
	h := newRoutesHarness(t, endless, nil, theirRoute, appRoutes)
	h.checkRefusal(h.sendRaw("POST", "/api/chats/7/stop", `{}`), 502, "sidecar.answer_type", 1)
}
