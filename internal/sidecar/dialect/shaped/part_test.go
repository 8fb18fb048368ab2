package shaped_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// write returns the events of a message with the parts, each of which comes in pieces.
func (p *partedStream) write(parts [][]string) (events []string) {
	texts := make([]string, len(parts))
	for i, pieces := range parts {
		texts[i] = strings.Join(pieces, "")
		events = append(events, p.begin(i)...)
		for _, piece := range pieces {
			events = append(events, p.piece(i, piece))
		}
		events = append(events, p.end(i, texts[i])...)
	}
	return append(events, p.last(texts)...)
}

// rewrite passes events through the sidecar and returns those that clients get.
func (p *partedStream) rewrite(t *testing.T, c codec, events []string) []string {
	t.Helper()
	framing := framings[findStream(t, p.preset, p.preset).Stream.Framing]
	if p.pass != nil {
		return framing.read(t, p.pass(events))
	}
	out, err := rewriteWith(c, "", framing.write(events))
	if err != nil {
		t.Fatal(err)
	}
	return framing.read(t, out)
}

// checkParts passes a message through the sidecar and compares what clients put together of its parts with the text that people must see.
// What events say again must be what the pieces say.
func (p *partedStream) checkParts(t *testing.T, c codec, parts [][]string, want string) {
	t.Helper()
	var all strings.Builder
	pieces, again := map[any]string{}, map[any]string{}
	for _, data := range p.rewrite(t, c, p.write(parts)) {
		var event map[string]any
		if data == "[DONE]" {
			continue
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatal(err)
		}
		if part, piece, ok := p.read(event); ok {
			all.WriteString(piece)
			pieces[part] += piece
		} else if p.again != nil {
			for part, text := range p.again(event) {
				if again[part] = text; text != pieces[part] {
					t.Fatalf("%q: part %v is %q, and said again it is %q", parts, part, pieces[part], text)
				}
			}
		}
	}
	if diff := cmp.Diff(want, all.String()); diff != "" {
		t.Fatalf("%q (-want +got):\n%s", parts, diff)
	}
	if p.again != nil && len(again) != len(parts) {
		t.Fatalf("%q: %d parts are said again, and there are %d", parts, len(again), len(parts))
	}
}

const (
	partedText     = "Ask joe@shop.example, pay 4111 1111 1111 1111 now. "
	partedRedacted = "Ask [redacted:email], pay [redacted:payment-card] now. "
)

// TestPartsForEveryCut: wherever a text is cut into parts of one message, and these into pieces, what clients put together is its redaction.
func TestPartsForEveryCut(t *testing.T) {
	characters := strings.Split(partedText, "")
	for _, p := range partedStreams {
		t.Run(p.preset, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, p.preset, p.preset))
			for cut := range len(partedText) {
				p.checkParts(t, c, [][]string{characters[:cut], characters[cut:]}, partedRedacted)
				for second := cut; second < len(partedText); second += 3 {
					p.checkParts(t, c, [][]string{{partedText[:cut]}, {partedText[cut:second]}, {partedText[second:]}}, partedRedacted)
				}
			}
		})
	}
}

// TestWholePartsForEveryCut: so are parts that events say as a whole and never in pieces, each in events of its own or all in the last ones.
func TestWholePartsForEveryCut(t *testing.T) {
	for _, p := range partedStreams {
		if p.again == nil {
			continue
		}
		t.Run(p.preset, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, p.preset, p.preset))
			for cut := range len(partedText) {
				for second := cut; second < len(partedText); second += 5 {
					texts := []string{partedText[:cut], partedText[cut:second], partedText[second:]}
					var ends []string
					for part, text := range texts {
						ends = append(ends, p.end(part, text)...)
					}
					p.checkWhole(t, c, slices.Concat(ends, p.last(texts)))
					p.checkWhole(t, c, p.last(texts))
				}
			}
		})
	}
}

// checkWhole passes events without pieces through the sidecar. What each of them says of a part must be what all others say.
func (p *partedStream) checkWhole(t *testing.T, c codec, events []string) {
	t.Helper()
	said := map[any]string{}
	for _, data := range p.rewrite(t, c, events) {
		var event map[string]any
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatal(err)
		}
		for part, text := range p.again(event) {
			if known, isKnown := said[part]; isKnown && known != text {
				t.Fatalf("%q: part %v is %q and %q", events, part, known, text)
			}
			said[part] = text
		}
	}
	if diff := cmp.Diff(partedRedacted, said[0.0]+said[1.0]+said[2.0]); diff != "" {
		t.Fatalf("%q (-want +got):\n%s", events, diff)
	}
}

// TestPartsWithAStatement: the statement stands in the first part only, also if the end of that part waits.
func TestPartsWithAStatement(t *testing.T) {
	text := func(index int, text string) string { return textDelta(index, text) + block(index, "stop", "") }
	start := block(1, "start", `,"content_block":{"type":"text","text":""}`)
	got, err := rewriteFor(t, "anthropic-messages", "AI.", text(0, "joe@")+start+text(1, "shop.example or")+text(2, " not"))
	want := textDelta(0, "AI.\n\n") + textDelta(0, "[redacted:email]") + block(0, "stop", "") + start + textDelta(1, " ") + textDelta(1, "or") +
		block(1, "stop", "") + textDelta(2, " ") + textDelta(2, "not") + block(2, "stop", "")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
	}
}

// TestPartsThatStandForThemselves: a text is read by itself if a tool call, reasoning or the end of an item stands before it.
func TestPartsThatStandForThemselves(t *testing.T) {
	text := func(index int, text string) string { return textDelta(index, text) + block(index, "stop", "") }
	item := func(index int, text string) string {
		return responsesEvent("output_text.delta", outputText(index, "delta", text)) + responsesEvent("output_text.done", outputText(index, "text", text))
	}
	for name, tc := range map[string]struct{ preset, stream string }{
		"tool call": {"anthropic-messages", text(0, "joe@") + block(1, "start", `,"content_block":{"type":"tool_use","id":"t","name":"find","input":{}}`) +
			block(1, "delta", `,"delta":{"type":"input_json_delta","partial_json":""}`) + block(1, "stop", "") + text(2, "shop.example")},
		"thinking": {"anthropic-messages", text(0, "joe@") + block(1, "delta", `,"delta":{"type":"thinking_delta","thinking":"Hm. "}`) +
			block(1, "stop", "") + text(2, "shop.example")},
		"two items": {"openai-responses", item(0, "joe@") + item(1, "shop.example")},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := rewriteFor(t, tc.preset, "", tc.stream); err != nil || strings.Contains(got, "redacted") {
				t.Errorf("error is %v, stream:\n%s", err, got)
			}
		})
	}
}

// TestContactsInParts: a contact of the organisation stays, whatever the next part begins with.
func TestContactsInParts(t *testing.T) {
	set, err := redact.NewSet([]string{"email"}, "help@shop.example")
	if err != nil {
		t.Fatal(err)
	}
	c := newCodecFor(t, "anthropic-messages")
	c.Transform = transform.New(set)
	out, err := rewriteWith(c, "", textDelta(0, "Write to help@shop.example")+block(0, "stop", "")+textDelta(1, "Our shop is open. ")+block(1, "stop", ""))
	if err != nil || !strings.Contains(out, `"help@shop.example"`) || strings.Contains(out, "redacted") {
		t.Errorf("error is %v, stream:\n%s", err, out)
	}
}

// TestWaitingForPartsIsBounded: the end of a part waits no longer when too much waits with it, and nothing is lost.
func TestWaitingForPartsIsBounded(t *testing.T) {
	starts := strings.Repeat(block(1, "start", `,"content_block":{"type":"text","citations":["`+strings.Repeat("a ", 15<<10)+`"]}`), 7)
	stream := textDelta(0, "joe@") + block(0, "stop", "") + starts
	s := newCodecFor(t, "anthropic-messages").Stream("", new(redact.Counts))
	out, err := s.Write(nil, []byte(stream))
	if err != nil || !strings.Contains(string(out), `"text":"joe@"`) || !strings.HasSuffix(string(out), starts) {
		t.Errorf("error is %v, and %d bytes of %d leave", err, len(out), len(stream))
	}
}

// TestPartsAreNotDelayed: a part whose text cannot go on ends at once, and so does one after which the message ends or something else comes.
func TestPartsAreNotDelayed(t *testing.T) {
	others := map[string]string{
		"openai-responses":         `{"type":"response.output_item.added","output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"find","arguments":""}}`,
		"openai-realtime":          `{"type":"response.output_item.added","output_index":1,"item":{"id":"f","type":"function_call","arguments":""}}`,
		"anthropic-messages":       `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}`,
		"bedrock-converse":         `{"contentBlockDelta":{"contentBlockIndex":1,"delta":{"toolUse":{"input":""}}}}`,
		"cohere-chat":              `{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","type":"function","function":{"name":"find","arguments":""}}}}}`,
		"vercel-ui-message-stream": `{"type":"tool-input-start","toolCallId":"c","toolName":"find"}`,
	}
	for _, p := range partedStreams {
		t.Run(p.preset, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, p.preset, p.preset))
			part := func(text string) []string {
				return slices.Concat(p.begin(0), []string{p.piece(0, text)}, p.end(0, text))
			}
			count := func(events []string) int { return len(p.rewriteOpen(t, c, events)) }
			if got, want := count(part("Hello! ")), len(part("")); got != want {
				t.Errorf("a part that cannot go on: %d events leave, want %d", got, want)
			}
			for _, sentence := range []string{"Let me check.", "Ich prüfe die Größe."} {
				// What the window holds back is in an event of its own.
				if got, want := count(part(sentence)), len(part(""))+1; got != want {
					t.Errorf("a part that ends a sentence: %d events leave, want %d", got, want)
				}
			}
			if got, want := count(part("Write to joe@shop.")), len(part("")); got >= want {
				t.Errorf("a part that ends within an address: %d events leave, want less than %d", got, want)
			}
			if got, want := count(part("Write to joe@")), len(part("")); got >= want {
				t.Errorf("a part that can go on: %d events leave, want less than %d", got, want)
			}
			if got, want := count(append(part("Write to joe@"), others[p.preset])), len(part(""))+2; got != want {
				t.Errorf("something else follows: %d events leave, want %d", got, want)
			}
		})
	}
}

// rewriteOpen is rewrite for a stream that has not ended.
func (p *partedStream) rewriteOpen(t *testing.T, c codec, events []string) []string {
	t.Helper()
	framing := framings[findStream(t, p.preset, p.preset).Stream.Framing]
	out, err := c.Stream("", new(redact.Counts)).Write(nil, []byte(framing.write(events)))
	if err != nil {
		t.Fatal(err)
	}
	return framing.read(t, string(out))
}
