package sidecar_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newAsking starts a sidecar that asks for consent in front of an app with the shape.
func newAsking(t *testing.T, shape string) *harness {
	t.Helper()
	return newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}, func(c *sidecarconfig.Config) {
		askForConsent(c)
		c.Ports[0].Shape = shape
	})
}

// TestNoTextPassesBeforeConsent, wherever it stands in a request: an app can read each of its members.
func TestNoTextPassesBeforeConsent(t *testing.T) {
	const runs, invoke, batch = "/threads/t1/runs/wait", "/chain/invoke", "/chain/batch"
	for shape, requests := range map[string][][2]string{
		"langgraph-runs": {
			{runs, `{"assistant_id":"a","input":{"messages":"I am ill"}}`},
			{runs, `{"assistant_id":"a","input":{"messages":{"role":"user","content":"I am ill"}}}`},
			{runs, `{"assistant_id":"a","input":{"messages":["I am ill"]}}`},
			{runs, `{"assistant_id":"a","input":{"messages":[["human","I am ill"]]}}`},
			{runs, `{"assistant_id":"a","input":{"question":"I am ill"}}`},
			{runs, `{"assistant_id":"a","command":{"update":{"messages":[{"role":"user","content":"I am ill"}]}}}`},
			{runs, `{"assistant_id":"a","command":{"resume":{"type":"response","args":"I am ill"}}}`},
			{runs, `{"assistant_id":"I am ill","input":null}`},
			{"/runs/wait", `{"assistant_id":"a","input":{"question":"I am ill"}}`},
			{"/threads/t1/state", `{"values":{"messages":[{"type":"human","content":"I am ill"}]}}`},
			{"/threads", `{"supersteps":[{"updates":[{"values":{"messages":[{"type":"human","content":"I am ill"}]},"as_node":"__start__"}]}]}`},
		},
		"langserve": {
			{invoke, `{"input":[["human","I am ill"]]}`},
			{invoke, `{"input":{"messages":[["human","I am ill"]]}}`},
			{invoke, `{"input":{"a":{"question":"I am ill"}}}`},
			{invoke, `{"input":{},"kwargs":{"q":"I am ill"}}`},
			{invoke, `{"input":{},"config":{"configurable":{"q":"I am ill"}}}`},
			{batch, `{"inputs":[[{"type":"human","content":"I am ill"}]]}`},
			{"/chain/feedback", `{"run_id":"r1","key":"k","comment":"I am ill"}`},
		},
		"vercel-ui-message-stream": {
			{"/api/chat", `{"id":"c1","messages":[{"role":"user","content":"I am ill"}]}`},
			{"/api/chat", `{"id":"c1","messages":[{"role":"user","parts":[{"type":"data-x","data":"I am ill"}]}]}`},
			{"/api/chat", `{"id":"c1","messages":[{"role":"user","parts":[]}],"note":"I am ill"}`},
		},
		"openai-chat": {
			{"/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":null,"name":"I am ill"}]}`},
			{"/v1/chat/completions", `{"model":"m","messages":[{"role":"assistant","content":null,"refusal":"I am ill"}]}`},
		},
		"gemini": {
			{"/v1beta/models/m:generateContent", `{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":"I am ill"}}}]}]}`},
		},
		"ag-ui": {
			{"/agent", `{"threadId":"t1","runId":"r1","messages":[{"id":"m1","role":"user","content":""}],"state":{"note":"I am ill"},"tools":[],"context":[],"forwardedProps":{}}`},
		},
		"n8n-chat": {
			{"/webhook/1/chat", `{"action":"sendMessage","sessionId":"s1","chatInput":"","metadata":{"note":"I am ill"}}`},
			{"/webhook/1/chat", `{"action":"loadPreviousSession","sessionId":"s1","chatInput":"I am ill"}`},
		},
	} {
		t.Run(shape, func(t *testing.T) {
			h := newAsking(t, shape)
			for _, request := range requests {
				got := h.send(http.MethodPost, "http://"+h.address(listen)+request[0], request[1])
				if rule := got.header.Get("Chaperone-Refusal"); rule != "sidecar.consent_missing" && rule != "sidecar.consent_unknown" {
					t.Errorf("%s %s: status %d, rule %q", request[0], request[1], got.status, rule)
				}
			}
			if seen := h.listReceived(); len(seen) > 0 {
				t.Errorf("the app received %+v", seen)
			}
		})
	}
}

// TestRequestsWithoutTextPassBeforeConsent: clients send them before the person has written anything.
func TestRequestsWithoutTextPassBeforeConsent(t *testing.T) {
	for shape, requests := range map[string][][3]string{
		"langgraph-runs": {
			{"POST", "/threads", `{}`},
			{"POST", "/threads", `{"metadata":{"graph_id":"agent"},"thread_id":"t1","if_exists":"do_nothing"}`},
			{"POST", "/threads/search", `{"metadata":{"graph_id":"agent"},"limit":10,"offset":0,"status":"idle","sort_by":"created_at","sort_order":"desc"}`},
			{"POST", "/threads/t1/history", `{"limit":10,"before":{"configurable":{"checkpoint_id":"c1"}}}`},
			{"POST", "/threads/t1/state/checkpoint", `{"checkpoint":{"thread_id":"t1","checkpoint_ns":"","checkpoint_id":"c1","checkpoint_map":{}},"subgraphs":false}`},
			{"POST", "/assistants/search", `{"graph_id":"agent","limit":10,"offset":0,"sort_by":"created_at","sort_order":"desc"}`},
			{"POST", "/threads/t1/runs/r1/cancel?wait=0&action=interrupt", ``},
			{"POST", "/threads/t1/runs/wait", `{"assistant_id":"agent","input":null,"stream_mode":["values"],"config":{"configurable":{"thread_id":"t1","user_id":"u1"}}}`},
			{"GET", "/threads/t1/state", ``},
		},
		"langserve": {
			{"POST", "/chain/invoke", `{"input":{},"config":{"configurable":{"session_id":"s1","user_id":"u1"}},"kwargs":{}}`},
			{"GET", "/chain/input_schema", ``},
			{"POST", "/chain/feedback", `{"run_id":"r1","key":"score","score":1}`},
		},
		"vercel-ui-message-stream": {
			{"POST", "/api/chat", `{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":""}]}],"trigger":"submit-message","messageId":"m1"}`},
		},
		"ag-ui": {
			{"POST", "/agent", `{"threadId":"t1","runId":"r1","parentRunId":"r0","messages":[{"id":"m1","role":"user","content":""}],"state":{},"tools":[],"context":[],"forwardedProps":{}}`},
		},
		"n8n-chat":  {{"POST", "/webhook/1/chat", `{"action":"loadPreviousSession","sessionId":"s1"}`}},
		"dify-chat": {{"POST", "/v1/chat-messages/t1/stop", `{"user":"u1"}`}, {"POST", "/v1/messages/m1/feedbacks", `{"rating":"like","user":"u1"}`}},
		"flowise-prediction": {
			{"PUT", "/api/v1/chatmessage/abort/f1/c1", ``},
			{"POST", "/api/v1/feedback", `{"chatflowid":"f1","chatId":"c1","messageId":"m1","rating":"THUMBS_UP"}`},
		},
		"typebot-chat": {{"POST", "/api/v1/typebots/b1/startChat", `{"isStreamEnabled":true,"textBubbleContentFormat":"richText","resultId":"r1"}`}},
	} {
		t.Run(shape, func(t *testing.T) {
			h := newAsking(t, shape)
			for _, request := range requests {
				before := len(h.listReceived())
				got := h.send(request[0], "http://"+h.address(listen)+request[1], request[2])
				if len(h.listReceived()) != before+1 {
					t.Errorf("%s: the app did not receive it; status %d %s", request, got.status, got.body)
				}
			}
		})
	}
}

// TestNamesThatStandTwiceAreTexts: an app that takes the first or the last of them reads a message.
func TestNamesThatStandTwiceAreTexts(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"reply":"Hi"}`))
	}, func(c *sidecarconfig.Config) {
		askForConsent(c)
		c.Ports[0].Shape, c.Ports[0].Revision, c.Ports[0].Document = "inline.http", 1, json.RawMessage(`{
			"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
			"request": {"fields": "form", "places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.q", "is": "prose"}, {"at": "$.s", "is": "session"}]},
			"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]},
			"say": {"refusals": "answers", "body": "{\"reply\":${text}}"}}`)
	})
	for _, body := range []string{"q=secret&q=yes&s=s4", "q=secret&q=yes&s=s4", "q=&q=yes&s=s4"} {
		got, err := client.Post("http://"+h.address(listen)+"/ask", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		if rule := got.Header.Get("Chaperone-Refusal"); rule != "sidecar.consent_missing" || len(h.listReceived()) > 0 {
			t.Errorf("%s: status %d, rule %q", body, got.StatusCode, rule)
		}
	}
}
