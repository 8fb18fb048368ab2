package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// graphEvent makes an event of the Agent Server of LangGraph.
func graphEvent(name, data string) string {
	return "event: " + name + "\ndata: " + data + "\nid: 7\n\n"
}

func graphPiece(id, content string) string {
	return graphEvent("messages", `[{"content":`+content+`,"id":"`+id+`","type":"ai"},{"langgraph_node":"a","tags":["t"]}]`)
}

func graphSoFar(name, id, content string) string {
	return graphEvent(name, `[{"content":`+content+`,"id":"`+id+`","type":"ai"}]`)
}

func graphCall(text string) string {
	return graphEvent("messages", `[{"id":"m","type":"ai","content":"","tool_call_chunks":[{"index":1,"args":`+quote(text)+`}]},{}]`)
}

// readGraph puts together what clients of LangGraph know of the message m: the pieces, the arguments of its call, and what the latest event
// says of the whole message.
func readGraph(t *testing.T, stream string) (pieces, arguments, whole string) {
	t.Helper()
	var s sse.NamedSplitter
	take := func(document []byte) error {
		var event struct {
			Event string
			Data  json.RawMessage
		}
		if err := json.Unmarshal(document, &event); err != nil || !strings.HasPrefix(event.Event, "messages") {
			return err
		}
		var messages []struct {
			ID             string
			Content        any
			ToolCallChunks []struct{ Args string } `json:"tool_call_chunks"`
		}
		if err := json.Unmarshal(event.Data, &messages); err != nil {
			return err
		}
		m := messages[0]
		text := strings.Join(contentTexts(m.Content), "|")
		switch {
		case m.ID != "m":
		case event.Event == "messages":
			pieces += text
			for _, chunk := range m.ToolCallChunks {
				arguments += chunk.Args
			}
		default:
			whole = text
		}
		return nil
	}
	if err := errors.Join(s.Write([]byte(stream), take), s.Close(take)); err != nil {
		t.Fatal(err)
	}
	return pieces, arguments, whole
}

// contentTexts returns the texts of a content, which is a text or a list of parts.
func contentTexts(content any) (texts []string) {
	switch content := content.(type) {
	case string:
		return []string{content}
	case []any:
		for _, part := range content {
			members, _ := part.(map[string]any)
			text, _ := members["text"].(string)
			texts = append(texts, text)
		}
	}
	return texts
}

func graphPart(text string) string { return `[{"type":"text","index":0,"text":` + quote(text) + `}]` }

// TestGraphEventsForEveryCutOfTheText: however a text is cut, and in each form that a stream mode has, clients know its redaction.
func TestGraphEventsForEveryCutOfTheText(t *testing.T) {
	type form struct {
		stream func(a, b string) string
		// read returns the text out of what readGraph returns.
		read func(pieces, arguments, whole string) string
	}
	pieces := func(pieces, _, _ string) string { return pieces }
	arguments := func(_, arguments, _ string) string { return arguments }
	whole := func(_, _, whole string) string { return whole }
	const partial, complete = "messages/partial", "messages/complete"
	forms := map[string]form{
		"pieces": {func(a, b string) string { return graphPiece("m", quote(a)) + graphPiece("m", quote(b)) }, pieces},
		"pieces of two messages": {func(a, b string) string {
			return graphPiece("m", quote(a)) + graphPiece("n", quote("joe@")) + graphPiece("m", quote(b))
		}, pieces},
		"pieces and the state": {func(a, b string) string {
			return graphPiece("m", quote(a)) + graphEvent("values", `{"messages":[{"id":"n","content":"Hi"}]}`) + graphPiece("m", quote(b))
		}, pieces},
		"pieces in parts":    {func(a, b string) string { return graphPiece("m", graphPart(a)) + graphPiece("m", graphPart(b)) }, pieces},
		"a text, then parts": {func(a, b string) string { return graphPiece("m", quote(a)) + graphPiece("m", graphPart(b)) }, pieces},
		"parts, then a text": {func(a, b string) string { return graphPiece("m", graphPart(a)) + graphPiece("m", quote(b)) }, pieces},
		"a text so far, then parts": {func(a, b string) string {
			return graphSoFar(partial, "m", quote(a)) + graphSoFar(partial, "m", graphPart(a+b))
		}, whole},
		"parts so far, then a text": {func(a, b string) string {
			return graphSoFar(partial, "m", graphPart(a)) + graphSoFar(complete, "m", quote(a+b))
		}, whole},
		"arguments of a call": {func(a, b string) string { return graphCall(a) + graphCall(b) }, arguments},
		"text so far": {func(a, b string) string {
			return graphSoFar(partial, "m", quote(a)) + graphSoFar(partial, "m", quote(a+b))
		}, whole},
		"text so far, and complete": {func(a, b string) string {
			return graphSoFar(partial, "m", quote(a)) + graphSoFar(complete, "n", quote("joe@")) + graphSoFar(complete, "m", quote(a+b))
		}, whole},
		"parts so far": {func(a, b string) string {
			return graphSoFar(partial, "m", graphPart(a)) + graphSoFar(partial, "m", graphPart(a+b))
		}, whole},
	}
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			characters := strings.Split(answerText, "")
			for cut := range characters {
				first, second := strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")
				out, err := rewriteFor(t, "langgraph-runs", "", f.stream(first, second))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(answerRedacted, f.read(readGraph(t, out))); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s\nof\n%s", cut, diff, out)
				}
			}
		})
	}
}

// TestEventsSayNoMoreThanBefore: an event with the text up to then has no part of personal data that the next event completes, also where
// the message is a list of parts that grow at the same time.
func TestEventsSayNoMoreThanBefore(t *testing.T) {
	const both = `[{"type":"text","text":%s},{"type":"text","text":%s}]`
	stream := graphSoFar("messages/partial", "m", fmt.Sprintf(both, `"Write to joe@"`, `" Call +49 30 90"`)) +
		graphSoFar("messages/partial", "m", fmt.Sprintf(both, `"Write to joe@shop.example."`, `" Call +49 30 901820."`)) +
		graphSoFar("messages/partial", "m", fmt.Sprintf(both, `"Write to joe@shop.example. Or wait"`, `" Call +49 30 901820. Or wait"`)) +
		graphSoFar("messages/complete", "m", fmt.Sprintf(both, `"Write to joe@shop.example. Or wait"`, `" Call +49 30 901820. Or wait"`))
	var counts redact.Counts
	s := newCodecFor(t, "langgraph-runs").Stream("", &counts)
	written, err := s.Write(nil, []byte(stream))
	out := string(written)
	if err != nil {
		t.Fatal(err)
	}
	if got := counts.Total(); got != 2 {
		t.Errorf("%d replacements are counted, want 2", got)
	}
	want := graphShown("messages/partial", "Write to ", " Call ") + graphShown("messages/partial", "Write to ", " Call ") +
		graphShown("messages/partial", "Write to [redacted:email]. Or ", " Call [redacted:phone]. Or ") +
		graphShown("messages/complete", "Write to [redacted:email]. Or wait", " Call [redacted:phone]. Or wait")
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

func graphShown(name, first, second string) string {
	return "event: " + name + "\ndata: " + fmt.Sprintf(`[{"content":[{"type":"text","text":%s},{"type":"text","text":%s}],"id":"m","type":"ai"}]`, quote(first), quote(second)) + "\n\n"
}

// TestGraphEventsAreRefused: what the sidecar cannot follow ends the stream.
func TestGraphEventsAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		stream string
		want   refusal.Rule
	}{
		"subgraph":                        {graphEvent("messages|tools:1", `[{"id":"m","content":"joe@"},{}]`), refusal.AnswerUnreadable},
		"events of the library":           {graphEvent("events", `{"event":"on_chat_model_stream"}`), refusal.AnswerUnreadable},
		"piece without an identifier":     {graphEvent("messages", `[{"content":"joe@"},{}]`), refusal.AnswerMalformed},
		"picture":                         {graphPiece("m", `[{"type":"image_url","image_url":"data:image/png;base64,AAAA"}]`), refusal.AnswerUnreadable},
		"text of a complete message":      {graphSoFar("messages/complete", "m", `"joe@"`) + graphSoFar("messages/partial", "m", `"joe@shop"`), refusal.AnswerMalformed},
		"data that is no JSON":            {graphEvent("values", `joe@shop.example`), refusal.AnswerMalformed},
		"data that ends before its event": {graphEvent("values", `1},"x":{"y":1`), refusal.AnswerMalformed},
		"event without a name":            {"data: [{\"id\":\"m\",\"content\":\"joe@\"}]\n\n", refusal.AnswerMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			if out, err := rewriteFor(t, "langgraph-runs", "", tc.stream); !errors.As(err, &why) || !why.IsFor(tc.want) {
				t.Errorf("error is %v, stream:\n%s", err, out)
			}
		})
	}
}
