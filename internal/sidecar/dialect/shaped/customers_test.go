package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// part makes an event of the UI message stream.
func part(kind, members string) string { return `data: {"type":"` + kind + `",` + members + "}\n\n" }

func partDelta(id, text string) string {
	return part("text-delta", `"id":"`+id+`","delta":`+quote(text))
}

func partStart(id string) string { return part("text-start", `"id":"`+id+`"`) }

func partEnd(id string) string { return part("text-end", `"id":"`+id+`"`) }

// joinParts puts together what the reader of the package `ai` puts together: the deltas between the start and the end of a part.
func joinParts(t *testing.T, stream string) []string {
	t.Helper()
	var texts []string
	open := map[string]int{}
	for _, data := range splitEvents(t, "vercel-ui-message-stream", stream) {
		var event struct{ Type, ID, ToolCallID, Delta, InputTextDelta string }
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			if data == "[DONE]" {
				continue
			}
			t.Fatalf("event %s: %v", data, err)
		}
		id := event.ID + event.ToolCallID
		switch event.Type {
		case "text-start", "reasoning-start", "tool-input-start":
			open[id] = len(texts)
			texts = append(texts, "")
		case "text-delta", "reasoning-delta", "tool-input-delta":
			place, isOpen := open[id]
			if !isOpen {
				t.Fatalf("event %s adds to no part", data)
			}
			texts[place] += event.Delta + event.InputTextDelta
		case "text-end", "reasoning-end":
			delete(open, id)
		}
	}
	return texts
}

// uiCuts are streams with one text in two pieces, which is the last one that starts.
var uiCuts = map[string]func(a, b string) string{
	"one part": func(a, b string) string { return partStart("0") + partDelta("0", a) + partDelta("0", b) + partEnd("0") },
	"an identifier that is used again": func(a, b string) string {
		return partStart("0") + partDelta("0", "joe@") + partEnd("0") + partStart("0") + partDelta("0", a) + partDelta("0", b) + partEnd("0")
	},
	"parts at the same time": func(a, b string) string {
		return partStart("0") + partStart("x") + partDelta("x", a) + partDelta("0", "joe@") + partDelta("x", b) + partEnd("x") + partEnd("0")
	},
	"a part that does not end": func(a, b string) string {
		return partStart("0") + partDelta("0", a) + partDelta("0", b) + "data: [DONE]\n\n"
	},
	"reasoning": func(a, b string) string {
		return part("reasoning-start", `"id":"r"`) + part("reasoning-delta", `"id":"r","delta":`+quote(a)) +
			part("reasoning-delta", `"id":"r","delta":`+quote(b)) + part("reasoning-end", `"id":"r"`)
	},
	"input of a tool": func(a, b string) string {
		return part("tool-input-start", `"toolCallId":"t","toolName":"f"`) + part("tool-input-delta", `"toolCallId":"t","inputTextDelta":`+quote(a)) +
			part("tool-input-delta", `"toolCallId":"t","inputTextDelta":`+quote(b)) + part("tool-input-available", `"toolCallId":"t","input":{}`)
	},
	"type and identifier behind the text": func(a, b string) string {
		form := "data: {\"delta\":%s,\"id\":\"0\",\"type\":\"text-delta\"}\n\n"
		return partStart("0") + fmt.Sprintf(form, quote(a)) + fmt.Sprintf(form, quote(b)) + partEnd("0")
	},
}

func TestUIMessageStreamForEveryCutOfTheText(t *testing.T) {
	for name, form := range uiCuts {
		t.Run(name, func(t *testing.T) {
			characters := strings.Split(answerText, "")
			for cut := range characters {
				out, err := rewriteFor(t, "vercel-ui-message-stream", "", form(strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")))
				if err != nil {
					t.Fatal(err)
				}
				texts := joinParts(t, out)
				if diff := cmp.Diff(answerRedacted, texts[len(texts)-1]); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
		})
	}
}

// TestStatementsInEventsOfTheirOwn: a statement stands before the first text as a part of its own, once, and people see it although the
// answer calls a tool.
func TestStatementsInEventsOfTheirOwn(t *testing.T) {
	const statement = "You chat with an AI."
	own := partStart("chaperone-statement") + partDelta("chaperone-statement", statement) + partEnd("chaperone-statement")
	hello := partStart("0") + partDelta("0", "Hi. ") + partEnd("0")
	thought := part("reasoning-start", `"id":"0"`) + part("reasoning-delta", `"id":"0","delta":"Hm. "`) + part("reasoning-end", `"id":"0"`)
	call := part("tool-input-available", `"toolCallId":"t","toolName":"f","input":{}`)
	cases := map[string]struct {
		stream, want string
		shown        bool
	}{
		"before the first text":   {part("start", `"messageId":"m"`) + hello + hello, part("start", `"messageId":"m"`) + own + hello + hello, true},
		"behind the reasoning":    {thought + hello, thought + own + hello, true},
		"although a tool follows": {hello + call, own + hello + call, true},
		"not without a text":      {thought + call, thought + call, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newCodecFor(t, "vercel-ui-message-stream").Stream(statement, new(redact.Counts))
			out, err := s.Write(nil, []byte(tc.stream))
			if diff := cmp.Diff(tc.want, string(out)); err != nil || diff != "" {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
			if s.Shown() != tc.shown {
				t.Errorf("shown is %t", s.Shown())
			}
		})
	}
}

// TestUIMessageStreamRefuses: what the sidecar cannot follow or read ends the stream.
func TestUIMessageStreamRefuses(t *testing.T) {
	var many strings.Builder
	for i := range 2000 {
		many.WriteString(partStart(fmt.Sprint(i)))
	}
	for name, tc := range map[string]struct {
		stream string
		want   refusal.Rule
	}{
		"text of a part that has ended":  {partStart("0") + partDelta("0", "joe@") + partEnd("0") + partDelta("0", "shop.example"), refusal.AnswerMalformed},
		"identifier with personal data":  {partDelta("joe@shop.example", "Hi. "), refusal.AnswerMalformed},
		"long identifier":                {partDelta(strings.Repeat("a", 300), "Hi. "), refusal.AnswerMalformed},
		"more parts than can be counted": {many.String(), refusal.AnswerMalformed},
		"file":                           {part("file", `"url":"data:image/png;base64,AAAA","mediaType":"image/png"`), refusal.AnswerUnreadable},
		"event without a type":           {"data: {\"id\":\"0\"}\n\n", refusal.AnswerMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			if out, err := rewriteFor(t, "vercel-ui-message-stream", "", tc.stream); !errors.As(err, &why) || !why.IsFor(tc.want) {
				t.Errorf("error is %v, stream:\n%s", err, out)
			}
		})
	}
	image := `{"messages":[{"role":"user","parts":[{"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA"}]}]}`
	var why *refusal.Refusal
	_, _, err := newCodecFor(t, "vercel-ui-message-stream").Request(nil, []byte(image), new(redact.Counts))
	if !errors.As(err, &why) || !why.IsFor(refusal.PartUnreadable) {
		t.Errorf("error of a message with a file is %v", err)
	}
}

// agent makes an event of the Agent User Interaction Protocol.
func agent(kind, members string) string { return `data: {"type":"` + kind + `",` + members + "}\n\n" }

// agentCuts are streams with the text of one message, m, in two pieces.
var agentCuts = map[string]func(a, b string) string{
	"text": func(a, b string) string {
		return agent("TEXT_MESSAGE_START", `"messageId":"m"`) + agentPiece("TEXT_MESSAGE_CONTENT", "m", a) + agentPiece("TEXT_MESSAGE_CONTENT", "m", b) +
			agent("TEXT_MESSAGE_END", `"messageId":"m"`)
	},
	"chunks, which have no end": func(a, b string) string {
		return agentPiece("TEXT_MESSAGE_CHUNK", "m", a) + agentPiece("TEXT_MESSAGE_CHUNK", "m", b) + agent("RUN_FINISHED", `"runId":"r"`)
	},
	"messages at the same time": func(a, b string) string {
		return agentPiece("TEXT_MESSAGE_CONTENT", "m", a) + agentPiece("TEXT_MESSAGE_CONTENT", "n", "joe@") + agentPiece("TEXT_MESSAGE_CONTENT", "m", b)
	},
	"reasoning": func(a, b string) string {
		return agentPiece("REASONING_MESSAGE_CONTENT", "m", a) + agentPiece("REASONING_MESSAGE_CONTENT", "m", b)
	},
	"state in between": func(a, b string) string {
		return agentPiece("TEXT_MESSAGE_CONTENT", "m", a) + agent("STATE_SNAPSHOT", `"snapshot":{"who":"joe@"}`) + agentPiece("TEXT_MESSAGE_CONTENT", "m", b)
	},
}

func agentPiece(kind, message, text string) string {
	return agent(kind, `"messageId":"`+message+`","delta":`+quote(text))
}

func TestAgentEventsForEveryCutOfTheText(t *testing.T) {
	for name, form := range agentCuts {
		t.Run(name, func(t *testing.T) {
			characters := strings.Split(answerText, "")
			for cut := range characters {
				out, err := rewriteFor(t, "ag-ui", "", form(strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")))
				if err != nil {
					t.Fatal(err)
				}
				var text strings.Builder
				for _, data := range splitEvents(t, "ag-ui", out) {
					var event struct{ Type, MessageID, Delta string }
					if err := json.Unmarshal([]byte(data), &event); err != nil {
						t.Fatal(err)
					}
					if event.Delta == "" && strings.HasSuffix(event.Type, "_CONTENT") && cut > 0 {
						t.Errorf("cut at %d: an event has an empty piece", cut)
					}
					if event.MessageID == "m" {
						text.WriteString(event.Delta)
					}
				}
				if diff := cmp.Diff(answerRedacted, text.String()); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
		})
	}
}

// TestStatementsInLists: an event that restates all messages has the statement among them, if an earlier event has said it.
func TestStatementsInLists(t *testing.T) {
	const own = `{"id":"chaperone-statement","role":"assistant","content":"AI."}`
	snapshot := func(messages string) string { return agent("MESSAGES_SNAPSHOT", `"messages":[`+messages+`]`) }
	for statement, want := range map[string]string{"": snapshot("") + snapshot(`{"id":"m"}`), "AI.": snapshot(own) + snapshot(own+`,{"id":"m"}`)} {
		got, err := rewriteFor(t, "ag-ui", statement, snapshot("")+snapshot(`{"id":"m"}`))
		if err != nil || !strings.HasSuffix(got, want) || strings.Count(got, "TEXT_MESSAGE_START") != min(1, len(statement)) {
			t.Errorf("error is %v, stream:\n%s\nwant at its end:\n%s", err, got, want)
		}
	}
}

// TestPiecesWithoutAKeyAreRefused: nothing says of which text they are.
func TestPiecesWithoutAKeyAreRefused(t *testing.T) {
	var why *refusal.Refusal
	_, err := rewriteFor(t, "ag-ui", "", agent("TEXT_MESSAGE_CHUNK", `"delta":"joe@"`))
	if !errors.As(err, &why) || !why.IsFor(refusal.AnswerMalformed) {
		t.Errorf("error is %v", err)
	}
}

// TestStatementsOfDocuments: the statement is an element of the list of messages, also where the app has said nothing, or the beginning of
// the answer.
func TestStatementsOfDocuments(t *testing.T) {
	const rich = `{"id":"chaperone-statement","type":"text","content":{"type":"richText","richText":[{"type":"p","children":[{"text":"AI."}]}]}}`
	for name, tc := range map[string]struct{ preset, in, want string }{
		"list":             {"rasa-rest", `[{"text":"Hi"}]`, `[{"text":"AI."},{"text":"Hi"}]`},
		"empty list":       {"rasa-rest", `[]`, `[{"text":"AI."}]`},
		"list of a member": {"typebot-chat", `{"messages":[{"id":"m"}],"x":[1]}`, `{"messages":[` + rich + `,{"id":"m"}],"x":[1]}`},
		"text":             {"n8n-chat", `{"output":"Hi"}`, `{"output":"AI.\n\nHi"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, shown, err := newCodecFor(t, tc.preset).Answer(nil, []byte(tc.in), "AI.", new(redact.Counts))
			if err != nil || !shown || string(got) != tc.want {
				t.Errorf("answer is %s, shown is %t, error is %v, want %s", got, shown, err, tc.want)
			}
		})
	}
}

// TestConversationsStayApart: an identifier of a conversation is never redacted, which would give it to other people.
func TestConversationsStayApart(t *testing.T) {
	for preset, form := range map[string]string{
		"rasa-rest": `{"sender":%s,"message":"Hi"}`, "n8n-chat": `{"sessionId":%s,"chatInput":"Hi"}`,
		"ag-ui": `{"threadId":%s,"messages":[{"role":"user","content":"Hi"}]}`, "vercel-ui-message-stream": `{"id":%s,"messages":[{"role":"user","parts":[]}]}`,
	} {
		t.Run(preset, func(t *testing.T) {
			var why *refusal.Refusal
			_, _, err := newCodecFor(t, preset).Request(nil, fmt.Appendf(nil, form, `"joe@shop.example"`), new(redact.Counts))
			if !errors.As(err, &why) || !why.IsFor(refusal.SignedPersonal) || !strings.Contains(why.What, "conversation") {
				t.Errorf("error is %v", err)
			}
			body := fmt.Sprintf(form, `"4111111111111111"`)
			if got, _, err := newCodecFor(t, preset).Request(nil, []byte(body), new(redact.Counts)); err != nil || string(got) != body {
				t.Errorf("request is %s, error is %v", got, err)
			}
		})
	}
}

// TestMediaTypesOfStreams: some servers label streams as something else than their framing.
func TestMediaTypesOfStreams(t *testing.T) {
	for preset, want := range map[string]map[string]dialect.Form{
		"rasa-rest":       {"application/json": dialect.Document, "text/event-stream": dialect.Streamed, "application/x-ndjson": dialect.Unreadable},
		"n8n-chat-stream": {"application/json; charset=utf-8": dialect.Streamed, "application/x-ndjson": dialect.Unreadable},
		"n8n-chat":        {"application/json; charset=utf-8": dialect.Document, "text/event-stream": dialect.Unreadable},
		"langgraph-runs":  {"application/json": dialect.Document, "text/plain; charset=UTF-8": dialect.Document, "text/plain; format=flowed": dialect.Unreadable, "text/event-stream": dialect.Streamed},
		"ollama-chat":     {"application/json": dialect.Document, "application/x-ndjson": dialect.Streamed},
	} {
		for contentType, form := range want {
			if got := shapedtest.Preset(t, preset).FormOf(contentType); got != form {
				t.Errorf("%s: form of %s is %d, want %d", preset, contentType, got, form)
			}
		}
	}
}

// TestLinesOfN8NForEveryCutOfTheText: the texts of two nodes alternate.
func TestLinesOfN8NForEveryCutOfTheText(t *testing.T) {
	item := func(node, text string) string {
		return `{"type":"item","content":` + quote(text) + `,"metadata":{"nodeId":"` + node + `","runIndex":0}}` + "\n"
	}
	const ends = `{"type":"end","metadata":{"nodeId":"b","runIndex":0}}` + "\n" + `{"type":"end","metadata":{"nodeId":"a","runIndex":0}}` + "\n"
	characters := strings.Split(answerText, "")
	for cut := range characters {
		first, second := strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")
		out, err := rewriteFor(t, "n8n-chat-stream", "", item("a", first)+item("b", "joe@")+item("a", second)+item("b", "shop.example")+ends)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for line := range strings.Lines(out) {
			var event struct {
				Content  string
				Metadata struct{ NodeID string }
			}
			if err := json.Unmarshal([]byte(line), &event); err != nil {
				t.Fatal(err)
			}
			texts[event.Metadata.NodeID] += event.Content
		}
		if diff := cmp.Diff(map[string]string{"a": answerRedacted, "b": "[redacted:email]"}, texts); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

// TestRequiredMembers: a request without its message is none of the API.
func TestRequiredMembers(t *testing.T) {
	for _, preset := range []string{"rasa-rest", "n8n-chat", "n8n-chat-stream", "typebot-chat"} {
		var why *refusal.Refusal
		if _, _, err := newCodecFor(t, preset).Request(nil, []byte(`{"no":"chat"}`), new(redact.Counts)); !errors.As(err, &why) || !why.IsFor(refusal.BodyShape) {
			t.Errorf("%s: error is %v", preset, err)
		}
	}
}

// TestRequestsAskForStreams: by true, or by a text that the shape lists, wherever the answer of the sidecar needs the form.
func TestRequestsAskForStreams(t *testing.T) {
	for name, tc := range map[string]struct {
		preset, body string
		want         bool
	}{
		"text":          {"dify-chat", `{"query":"Hi","response_mode":"streaming"}`, true},
		"another text":  {"dify-chat", `{"query":"Hi","response_mode":"blocking"}`, false},
		"nothing":       {"dify-chat", `{"query":"Hi"}`, false},
		"list of modes": {"langgraph-runs", `{"assistant_id":"a","stream_mode":["values"]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			format := shapedtest.Preset(t, tc.preset)
			_, request, err := newCodecFor(t, tc.preset).Request(nil, []byte(tc.body), new(redact.Counts))
			if described := format.DescribeRequest([]byte(tc.body)).Streamed; err != nil || request.Streamed != tc.want || described != tc.want {
				t.Errorf("streamed is %t, described as %t, error is %v", request.Streamed, described, err)
			}
		})
	}
}
