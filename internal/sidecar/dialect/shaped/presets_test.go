package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/ndjson"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// splitter splits streams into events.
type splitter interface {
	Write(piece []byte, handle func(data []byte) error) error
	Close(handle func(data []byte) error) error
}

// splitWith returns the data of the events of a stream.
func splitWith(t *testing.T, by splitter, stream string) []string {
	t.Helper()
	var list []string
	take := func(data []byte) error {
		list = append(list, string(data))
		return nil
	}
	if err := errors.Join(by.Write([]byte(stream), take), by.Close(take)); err != nil {
		t.Fatal(err)
	}
	return list
}

// splitEvents returns the data of the events of a stream.
func splitEvents(t *testing.T, preset, stream string) []string {
	t.Helper()
	if preset == "ollama-chat" {
		return splitWith(t, &ndjson.Splitter{}, stream)
	}
	return splitWith(t, &sse.Splitter{}, stream)
}

// assemble puts together what a client of the API puts together: by block and member, or by choice and member.
func assemble(t *testing.T, preset, stream string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, data := range splitEvents(t, preset, stream) {
		if data == "[DONE]" {
			continue
		}
		var value map[string]any
		if err := json.Unmarshal([]byte(data), &value); err != nil {
			t.Fatalf("event %s: %v", data, err)
		}
		if preset != "anthropic-messages" {
			addText(texts, "", value)
			continue
		}
		// The text of a block begins in the event that starts it, and goes on in deltas.
		for _, of := range []string{"content_block", "delta"} {
			addText(texts, fmt.Sprint(value["index"]), value[of])
		}
	}
	return texts
}

// rewriteFor sends a stream of a preset in pieces and returns what comes out.
func rewriteFor(t *testing.T, preset, statement string, pieces ...string) (string, error) {
	t.Helper()
	return rewriteWith(newCodecFor(t, preset), statement, pieces...)
}

// rewriteWith sends a stream in pieces and returns what comes out.
func rewriteWith(c codec, statement string, pieces ...string) (string, error) {
	s := c.Stream(statement, new(redact.Counts))
	var out []byte
	var err error
	for _, piece := range pieces {
		if out, err = s.Write(out, []byte(piece)); err != nil {
			return string(out), err
		}
	}
	out, err = s.Close(out)
	return string(out), err
}

// TestExamplesForEveryCutOfTheBytes: the pieces in which a stream arrives change nothing.
func TestExamplesForEveryCutOfTheBytes(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		for _, e := range s.Examples {
			if e.Of != shape.OfStream {
				continue
			}
			in, want := e.In, e.Out
			if s.Stream.Framing == shape.FramingAWS { // Each line of the example is an event.
				write := framings[shape.FramingAWS].write
				in, want = write(strings.Split(strings.TrimSpace(in), "\n")), write(strings.Split(strings.TrimSpace(want), "\n"))
			}
			c := newCodecOfExample(t, s, e)
			for cut := range len(in) {
				got, err := rewriteWith(c, "", in[:cut], in[cut:])
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Fatalf("%s cut at %d: error is %v, stream (-want +got):\n%s", s.Name, cut, err, diff)
				}
			}
		}
	}
}

func block(index int, event, members string) string {
	return fmt.Sprintf("event: content_block_%s\ndata: {\"type\":\"content_block_%[1]s\",\"index\":%d%s}\n\n", event, index, members)
}

func textDelta(index int, text string) string {
	return block(index, "delta", `,"delta":{"type":"text_delta","text":`+quote(text)+`}`)
}

func line(members string) string { return `{"model":"m",` + members + "}\n" }

// cutPlaces are the places of other presets at which a client puts pieces together. form makes the events of two pieces of a text.
var cutPlaces = map[string]struct {
	preset, place string
	form          func(first, second string) string
}{
	"text of a block": {"anthropic-messages", "0.text", func(a, b string) string {
		return block(0, "start", `,"content_block":{"type":"text","text":""}`) + textDelta(0, a) + textDelta(0, b) + block(0, "stop", "")
	}},
	"text that begins with the block": {"anthropic-messages", "0.text", func(a, b string) string {
		return block(0, "start", `,"content_block":{"type":"text","text":`+quote(a)+`}`) + textDelta(0, b) + block(0, "stop", "")
	}},
	"text of a block that is not the first": {"anthropic-messages", "1.text", func(a, b string) string {
		return textDelta(0, "joe@") + block(0, "stop", "") + textDelta(1, a) + textDelta(1, b) + block(1, "stop", "")
	}},
	"blocks at the same time": {"anthropic-messages", "1.text", func(a, b string) string {
		return textDelta(1, a) + textDelta(0, "joe@") + textDelta(1, b) + block(1, "stop", "") + block(0, "stop", "")
	}},
	"block that does not end": {"anthropic-messages", "0.text", func(a, b string) string { return textDelta(0, a) + textDelta(0, b) }},
	"index behind the text": {"anthropic-messages", "3.text", func(a, b string) string {
		form := "data: {\"delta\":{\"text\":%s,\"type\":\"text_delta\"},\"index\":3,\"type\":\"content_block_delta\"}\n\n"
		return fmt.Sprintf(form, quote(a)) + fmt.Sprintf(form, quote(b))
	}},
	"input of a tool": {"anthropic-messages", "0.partial_json", func(a, b string) string {
		form := `,"delta":{"type":"input_json_delta","partial_json":%s}`
		return block(0, "delta", fmt.Sprintf(form, quote(a))) + block(0, "delta", fmt.Sprintf(form, quote(b))) + block(0, "stop", "")
	}},
	"content of a message": {"ollama-chat", ".message.content", func(a, b string) string {
		return line(`"message":{"content":`+quote(a)+`},"done":false`) + line(`"message":{"content":`+quote(b)+`},"done":false`) +
			line(`"message":{"content":""},"done":true`)
	}},
	"content of the event that ends": {"ollama-chat", ".message.content", func(a, b string) string {
		return line(`"message":{"content":`+quote(a)+`},"done":false`) + line(`"done":true,"message":{"content":`+quote(b)+`}`)
	}},
	"content after the end": {"ollama-chat", ".message.content", func(a, b string) string {
		return line(`"done":true,"message":{"content":`+quote(a)+`}`) + line(`"done":true,"message":{"content":`+quote(b)+`}`)
	}},
	"thinking": {"ollama-chat", ".message.thinking", func(a, b string) string {
		return line(`"message":{"content":"","thinking":`+quote(a)+`}`) + line(`"message":{"content":"","thinking":`+quote(b)+`}`)
	}},
	"unknown text of a message": {"ollama-chat", ".message.aside", func(a, b string) string {
		return line(`"message":{"aside":`+quote(a)+`}`) + line(`"message":{"aside":`+quote(b)+`}`)
	}},
}

// TestPresetsForEveryCutOfTheText: what a client puts together is the redaction of the whole text, wherever the text is cut.
func TestPresetsForEveryCutOfTheText(t *testing.T) {
	for name, tc := range cutPlaces {
		t.Run(name, func(t *testing.T) {
			characters := strings.Split(answerText, "")
			for cut := range characters {
				stream := tc.form(strings.Join(characters[:cut], ""), strings.Join(characters[cut:], ""))
				out, err := rewriteFor(t, tc.preset, "", stream)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(answerRedacted, assemble(t, tc.preset, out)[tc.place]); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
		})
	}
}

// TestSignedTexts: a text under a signature stays as it is, or the exchange is refused.
func TestSignedTexts(t *testing.T) {
	thinking := func(pieces ...string) string {
		var stream strings.Builder
		stream.WriteString(block(0, "start", `,"content_block":{"type":"thinking","thinking":"","signature":""}`))
		for _, piece := range pieces {
			stream.WriteString(block(0, "delta", `,"delta":{"type":"thinking_delta","thinking":`+quote(piece)+`}`))
		}
		return stream.String() + block(0, "delta", `,"delta":{"type":"signature_delta","signature":"4111111111111111=="}`) + block(0, "stop", "")
	}
	const harmless, datum = "The parcel joe@ 4111 is late.", "Ask joe@shop.example"
	for cut := range harmless {
		out, err := rewriteFor(t, "anthropic-messages", "", thinking(harmless[:cut], harmless[cut:]))
		texts := assemble(t, "anthropic-messages", out)
		if err != nil || texts["0.thinking"] != harmless || texts["0.signature"] != "4111111111111111==" {
			t.Fatalf("cut at %d: %v, %v", cut, texts, err)
		}
	}
	for cut := range datum {
		out, err := rewriteFor(t, "anthropic-messages", "", thinking(datum[:cut], datum[cut:]))
		var why *refusal.Refusal
		if !errors.As(err, &why) || !why.IsFor(refusal.AnswerUnreadable) || strings.Contains(out, "content_block_stop") {
			t.Fatalf("cut at %d: error is %v, stream:\n%s", cut, err, out)
		}
	}
}

func TestSignedTextsOfDocuments(t *testing.T) {
	c := newCodecFor(t, "anthropic-messages")
	request := func(text string) string {
		return `{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":` + quote(text) + `,"signature":"EuY="}]}]}`
	}
	answer := func(text string) string {
		return `{"type":"message","content":[{"type":"thinking","thinking":` + quote(text) + `,"signature":"EuY="}]}`
	}
	var why *refusal.Refusal
	if _, _, err := c.Request(nil, []byte(request("joe@shop.example")), new(redact.Counts)); !errors.As(err, &why) || !why.IsFor(refusal.SignedPersonal) {
		t.Errorf("error of the request is %v", err)
	}
	if _, _, err := c.Answer(nil, []byte(answer("joe@shop.example")), "", new(redact.Counts)); !errors.As(err, &why) || !why.IsFor(refusal.AnswerUnreadable) {
		t.Errorf("error of the answer is %v", err)
	}
	if got, _, err := c.Request(nil, []byte(request("hm")), new(redact.Counts)); err != nil || string(got) != request("hm") {
		t.Errorf("request is %s, %v", got, err)
	}
	if got, _, err := c.Answer(nil, []byte(answer("hm")), "", new(redact.Counts)); err != nil || string(got) != answer("hm") {
		t.Errorf("answer is %s, %v", got, err)
	}
}

// TestOpaqueTextsAreBase64: what does not look like Base64 is inspected, whatever the shape says.
func TestOpaqueTextsAreBase64(t *testing.T) {
	body := func(data string) string {
		return `{"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":` + quote(data) + `}]}]}`
	}
	for data, want := range map[string]string{
		"RXhhbXBsZQ-_/+==4111111111111111": "RXhhbXBsZQ-_/+==4111111111111111",
		"joe@shop.example":                 "[redacted:email]",
		"4111 1111 1111 1111":              "[redacted:payment-card]",
	} {
		got, _, err := newCodecFor(t, "anthropic-messages").Request(nil, []byte(body(data)), new(redact.Counts))
		if err != nil || string(got) != body(want) {
			t.Errorf("request is %s, %v", got, err)
		}
	}
}

func TestPresetsRefuse(t *testing.T) {
	part := func(part string) string { return `{"messages":[{"role":"user","content":[` + part + `]}]}` }
	requests := map[string]struct {
		preset, body string
		want         refusal.Rule
	}{
		"image":                        {"anthropic-messages", part(`{"type":"image","source":{"data":"aa"}}`), refusal.PartUnreadable},
		"document":                     {"anthropic-messages", part(`{"type":"document","source":{"data":"aa"}}`), refusal.PartUnreadable},
		"image in a tool result":       {"anthropic-messages", part(`{"type":"tool_result","content":[{"type":"image"}]}`), refusal.PartUnreadable},
		"text of a tool result":        {"anthropic-messages", part(`{"type":"tool_result","text":"a"}`), refusal.PartUnreadable},
		"unknown member of a part":     {"anthropic-messages", part(`{"type":"text","text":"a","source":"b"}`), refusal.PartUnreadable},
		"other letters in a name":      {"anthropic-messages", `{"Messages":[],"messages":[{"content":"a"}]}`, refusal.BodyShape},
		"content that is a number":     {"anthropic-messages", `{"messages":[{"content":7}]}`, refusal.BodyShape},
		"no messages":                  {"ollama-chat", `{"prompt":"hi"}`, refusal.BodyShape},
		"image of Ollama":              {"ollama-chat", `{"messages":[{"content":"a","images":["aa"]}]}`, refusal.PartUnreadable},
		"parts, which Ollama has none": {"ollama-chat", `{"messages":[{"content":[{"text":"a"}]}]}`, refusal.BodyShape},
		"token ids":                    {"openai-embeddings", `{"model":"m","input":[9906,1917]}`, refusal.PartUnreadable},
		"lists of token ids":           {"openai-embeddings", `{"model":"m","input":[[9906],[1917]]}`, refusal.PartUnreadable},
		"no input":                     {"openai-embeddings", `{"model":"m"}`, refusal.BodyShape},
	}
	for name, tc := range requests {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			_, _, err := newCodecFor(t, tc.preset).Request(nil, []byte(tc.body), new(redact.Counts))
			if !errors.As(err, &why) || !why.IsFor(tc.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
	streams := map[string]struct {
		preset, stream string
		want           refusal.Rule
	}{
		"text of a block that has ended": {"anthropic-messages", textDelta(0, "a") + block(0, "stop", "") + textDelta(0, "b"), refusal.AnswerMalformed},
		"unknown event":                  {"anthropic-messages", "data: {\"type\":\"said\",\"text\":\"joe\"}\n\n", refusal.AnswerUnreadable},
		"unknown delta":                  {"anthropic-messages", block(0, "delta", `,"delta":{"type":"sound_delta"}`), refusal.AnswerUnreadable},
		"unknown block":                  {"anthropic-messages", block(0, "start", `,"content_block":{"type":"image"}`), refusal.AnswerUnreadable},
		"event without a type":           {"anthropic-messages", "data: {\"index\":0}\n\n", refusal.AnswerMalformed},
		"event without a message":        {"ollama-chat", line(`"done":false`), refusal.AnswerMalformed},
		"image in a stream":              {"ollama-chat", line(`"message":{"images":["aa"]}`), refusal.AnswerUnreadable},
		"two documents on a line":        {"ollama-chat", `{"message":{}} {"message":{}}` + "\n", refusal.AnswerMalformed},
	}
	for name, tc := range streams {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			if out, err := rewriteFor(t, tc.preset, "", tc.stream); !errors.As(err, &why) || !why.IsFor(tc.want) {
				t.Errorf("error is %v, stream:\n%s", err, out)
			}
		})
	}
}

// TestTextsOfBlocksComeBeforeTheirEnds: what is held back of a block leaves before the event that ends it, and the end of a block waits no
// longer than for the next event that ends no block and begins none.
func TestTextsOfBlocksComeBeforeTheirEnds(t *testing.T) {
	const end = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
	s := newCodecFor(t, "anthropic-messages").Stream("", new(redact.Counts))
	got, err := s.Write(nil, []byte(textDelta(0, "joe@shop.example")+block(0, "stop", "")+end))
	want := textDelta(0, "") + textDelta(0, "[redacted:email]") + block(0, "stop", "") + end
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
	}
}

// TestManyBlocks: texts of blocks that have ended do not count against the limit of texts at the same time.
func TestManyBlocks(t *testing.T) {
	var stream strings.Builder
	for i := range 200 {
		stream.WriteString(textDelta(i, "a") + block(i, "stop", ""))
	}
	if _, err := rewriteFor(t, "anthropic-messages", "", stream.String()); err != nil {
		t.Error(err)
	}
}

// TestStatementsOfPresets: the statement stands before the first text that people read, once, and people see it unless the message
// calls a tool.
func TestStatementsOfPresets(t *testing.T) {
	start := func(index int, kind string) string {
		return block(index, "start", `,"content_block":{"type":"`+kind+`","text":"","thinking":""}`)
	}
	thought := block(0, "delta", `,"delta":{"type":"thinking_delta","thinking":"hm"}`)
	cases := map[string]struct {
		preset, stream string
		want           map[string]string
		shown          bool
	}{
		"first block": {"anthropic-messages", textDelta(0, "Hi") + block(0, "stop", "") + textDelta(1, "Bye") + block(1, "stop", ""),
			map[string]string{"0.text": "AI.\n\nHi", "1.text": "Bye"}, true},
		"block after the thinking": {"anthropic-messages", start(0, "thinking") + thought + block(0, "stop", "") + textDelta(1, "Hi"),
			map[string]string{"0.thinking": "hm", "1.text": "AI.\n\nHi"}, true},
		"tool": {"anthropic-messages", textDelta(0, "Hi") + block(0, "stop", "") + block(1, "start", `,"content_block":{"type":"tool_use"}`),
			map[string]string{"0.text": "AI.\n\nHi"}, false},
		"line": {"ollama-chat", line(`"message":{"content":"Hi"}`) + line(`"message":{"content":" you"},"done":true`),
			map[string]string{".message.content": "AI.\n\nHi you"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newCodecFor(t, tc.preset).Stream("AI.", new(redact.Counts))
			out, err := s.Write(nil, []byte(tc.stream))
			if err == nil {
				out, err = s.Close(out)
			}
			if err != nil {
				t.Fatal(err)
			}
			texts := assemble(t, tc.preset, string(out))
			for place, want := range tc.want {
				if texts[place] != want {
					t.Errorf("%s is %q, want %q", place, texts[place], want)
				}
			}
			if s.Shown() != tc.shown {
				t.Errorf("shown is %t", s.Shown())
			}
		})
	}
}

// TestTextsThatAreWholeInTheirEvent: a place at any depth that a shape calls whole is redacted by itself. A text that could be the start of
// personal data stays there, because clients do not add to it.
func TestTextsThatAreWholeInTheirEvent(t *testing.T) {
	citation := func(text string) string {
		return block(0, "delta", `,"delta":{"type":"citations_delta","citation":{"type":"x","cited_text":`+quote(text)+`,"encrypted_index":"Eo8="}}`)
	}
	result := func(text string) string {
		return block(0, "start", `,"content_block":{"type":"web_search_tool_result","content":[{"title":`+quote(text)+`,"encrypted_content":"Eo8="}]}`)
	}
	call := func(text string) string {
		return line(`"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{"who":[{"mail":` + quote(text) + `}]}}}]}`)
	}
	for preset, forms := range map[string][]func(string) string{
		"anthropic-messages": {citation, result}, "ollama-chat": {call},
	} {
		for _, form := range forms {
			for text, want := range map[string]string{"joe@": "joe@", "joe@shop.example": "[redacted:email]"} {
				got, err := rewriteFor(t, preset, "", form(text))
				if diff := cmp.Diff(form(want), got); err != nil || diff != "" {
					t.Errorf("%s: error is %v, stream (-want +got):\n%s", preset, err, diff)
				}
			}
		}
	}
}
