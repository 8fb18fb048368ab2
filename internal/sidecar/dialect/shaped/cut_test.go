package shaped_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// growingPlaces are all places at which a client could put pieces of text together; %s is the piece as JSON.
var growingPlaces = map[string]string{
	"content":                  `{"choices":[{"index":0,"delta":{"content":%s},"finish_reason":%s}]}`,
	"reasoning":                `{"choices":[{"index":0,"delta":{"reasoning_content":%s},"finish_reason":%s}]}`,
	"refusal":                  `{"choices":[{"index":0,"delta":{"refusal":%s},"finish_reason":%s}]}`,
	"arguments":                `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":%s}}]},"finish_reason":%s}]}`,
	"older arguments":          `{"choices":[{"index":0,"delta":{"function_call":{"arguments":%s}},"finish_reason":%s}]}`,
	"name of a tool":           `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":%s}}]},"finish_reason":%s}]}`,
	"role":                     `{"choices":[{"index":0,"delta":{"role":%s},"finish_reason":%s}]}`,
	"inside of a delta":        `{"choices":[{"index":0,"delta":{"details":[{"text":%s}]},"finish_reason":%s}]}`,
	"next to the delta":        `{"choices":[{"index":0,"delta":{},"text":%s,"finish_reason":%s}]}`,
	"in place of the delta":    `{"choices":[{"index":0,"text":%s,"finish_reason":%s}]}`,
	"unknown, of a choice":     `{"choices":[{"index":0,"delta":{},"said":%s,"finish_reason":%s}]}`,
	"unknown, below a choice":  `{"choices":[{"index":0,"delta":{},"x":{"said":%s},"finish_reason":%s}]}`,
	"message of a choice":      `{"choices":[{"index":0,"message":{"content":%s},"finish_reason":%s}]}`,
	"unknown, of an event":     `{"said":%s,"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"unknown, below an event":  `{"x":{"said":%s},"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"list of an event":         `{"citations":[%s],"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"model":                    `{"model":%s,"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"id behind the choices":    `{"choices":[{"index":0,"delta":{},"finish_reason":%s}],"id":%[1]s}`,
	"error":                    `{"error":{"message":%s},"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"error that is a text":     `{"error":%s,"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"inside of an error":       `{"error":{"a":{"b":[{"c":%s}]}},"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`,
	"without an index":         `{"choices":[{"delta":{"content":%s},"finish_reason":%s}]}`,
	"finish before the text":   `{"choices":[{"finish_reason":%[2]s,"delta":{"content":%[1]s},"index":0}]}`,
	"with other choices":       `{"choices":[{"index":1,"delta":{"content":"a "}},{"index":0,"delta":{"content":%s},"finish_reason":%s}]}`,
	"usage in the same events": `{"choices":[{"index":0,"delta":{"content":%s},"finish_reason":%s}],"usage":{"total_tokens":3}}`,
}

// joinTexts returns the texts of a stream by place, pieces put together.
func joinTexts(t testing.TB, stream []byte) map[string]string {
	t.Helper()
	texts := map[string]string{}
	var splitter sse.Splitter
	take := func(data []byte) error {
		var value any
		if string(data) == "[DONE]" || len(data) == 0 {
			return nil
		}
		if err := json.Unmarshal(data, &value); err != nil {
			return err
		}
		addText(texts, "", value)
		return nil
	}
	if err := splitter.Write(stream, take); err != nil {
		t.Fatal(err)
	}
	return texts
}

func addText(texts map[string]string, place string, value any) {
	switch value := value.(type) {
	case string:
		texts[place] += value
	case map[string]any:
		for name, member := range value {
			addText(texts, place+"."+name, member)
		}
	case []any:
		for i, element := range value {
			if object, ok := element.(map[string]any); ok && object["index"] != nil {
				i = int(object["index"].(float64))
			}
			addText(texts, fmt.Sprintf("%s[%d]", place, i), element)
		}
	}
}

// TestNoPlaceOfAStreamLetsACutDatumThrough cuts an address between two events at every place where text can stand, with
// every kind of finish_reason, and with an event in between.
func TestNoPlaceOfAStreamLetsACutDatumThrough(t *testing.T) {
	const datum = "ada@shop.example"
	between := map[string]string{
		"nothing": "", "usage": "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n",
		"an empty delta":  `data: {"choices":[{"index":0,"delta":{}}]}` + "\n\n",
		"another choice":  `data: {"choices":[{"index":1,"delta":{"content":"more "}}]}` + "\n\n",
		"a second finish": `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n",
	}
	for name, form := range growingPlaces {
		t.Run(name, func(t *testing.T) {
			for _, finish := range []string{`null`, `""`, `"stop"`, `"tool_calls"`, `"x y"`} {
				for what, event := range between {
					for cut := 1; cut < len(datum); cut++ {
						first := "data: " + fmt.Sprintf(form, quote("a "+datum[:cut]), finish) + "\n\n"
						second := "data: " + fmt.Sprintf(form, quote(datum[cut:]), `"stop"`) + "\n\n"
						out := rewrite(t, "", first+event+second+"data: [DONE]\n\n")
						for place, text := range joinTexts(t, []byte(out)) {
							if strings.Contains(text, datum) {
								t.Fatalf("finish %s, then %s, cut at %d: %s is %q", finish, what, cut, place, text)
							}
						}
					}
				}
			}
		})
	}
}

func TestStreamAfterAnEnd(t *testing.T) {
	end := func(content, finish string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":"` + content + `"},"finish_reason":` + finish + `}]}` + "\n\n"
	}
	const usage = `data: {"choices":[],"usage":{"total_tokens":12}}` + "\n\n"
	const done = "data: [DONE]\n\n"
	other := `data: {"choices":[{"index":1,"delta":{"content":"more "},"finish_reason":null}]}` + "\n\n"
	cases := map[string]struct{ stream, want string }{
		"usage comes after the end": {
			stream: end("write joe@shop.example", `"stop"`) + usage + done,
			want:   end("write [redacted:email]", `"stop"`) + usage + done,
		},
		"text after the end: the end passes unchanged": {
			stream: end("joe@shop", `"stop"`) + usage + end(".example", `"stop"`) + done,
			want:   end("", `"stop"`) + usage + end("[redacted:email]", `"stop"`) + done,
		},
		"another choice in the same event as an end: its text stays in order": {
			stream: `data: {"choices":[{"index":0,"delta":{"content":"joe@shop.example"},"finish_reason":"stop"},{"index":1,"delta":{"content":"one "}}]}` +
				"\n\n" + other + done,
			want: `data: {"choices":[{"index":0,"delta":{"content":"[redacted:email]"},"finish_reason":"stop"},{"index":1,"delta":{"content":"one "}}]}` +
				"\n\n" + other + done,
		},
		"another choice goes on while an end waits": {
			stream: end("joe@shop.example", `"stop"`) + other + done,
			want:   other + end("[redacted:email]", `"stop"`) + done,
		},
		"nothing is held: the end passes at once": {
			stream: end("Hi. ", `null`) + end("", `"stop"`),
			want:   end("Hi. ", `null`) + end("", `"stop"`),
		},
		"more events behind an end than are kept": {
			stream: end("joe@shop", `"stop"`) + strings.Repeat(usage, 40) + end(".example", `"stop"`) + done,
			want:   end("", `"stop"`) + strings.Repeat(usage, 40) + end("[redacted:email]", `"stop"`) + done,
		},
		"identifiers of two calls that are no words stay": {
			stream: delta(`"tool_calls":[{"index":0,"id":"call_1|a"}]`) + delta(`"tool_calls":[{"index":1,"id":"call_2|b"}]`),
			want:   delta(`"tool_calls":[{"index":0,"id":"call_1|a"}]`) + delta(`"tool_calls":[{"index":1,"id":"call_2|b"}]`),
		},
		"identifiers of two choices stay": {
			stream: `data: {"choices":[{"index":0,"id":"1|a"}]}` + "\n\n" + `data: {"choices":[{"index":1,"id":"2|b"}]}` + "\n\n",
			want:   `data: {"choices":[{"index":0,"id":"1|a"}]}` + "\n\n" + `data: {"choices":[{"index":1,"id":"2|b"}]}` + "\n\n",
		},
		"a member that is the same in every event stays": {
			stream: strings.Repeat(`data: {"provider":"Vendor 2","model":"Model 3.1 (fast)","choices":[]}`+"\n\n", 3),
			want:   strings.Repeat(`data: {"provider":"Vendor 2","model":"Model 3.1 (fast)","choices":[]}`+"\n\n", 3),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := rewrite(t, "", tc.stream)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWaitingIsBounded: what waits for an end leaves when there is too much of it, before the stream is over.
func TestWaitingIsBounded(t *testing.T) {
	const end = `data: {"choices":[{"index":0,"delta":{"content":"joe"},"finish_reason":"stop"}]}` + "\n\n"
	for name, behind := range map[string]string{
		"16 events": strings.Repeat(`data: {"choices":[],"usage":{}}`+"\n\n", 16),
		"64 KiB":    strings.Repeat(`data: {"choices":[],"usage":{"x":"`+strings.Repeat("a", 30<<10)+`"}}`+"\n\n", 3),
	} {
		t.Run(name, func(t *testing.T) {
			s := newCodec(t).Stream("", new(redact.Counts))
			out, err := s.Write(nil, []byte(end))
			if err != nil || len(out) > 0 {
				t.Fatalf("the end does not wait: %s, %v", out, err)
			}
			if out, err = s.Write(nil, []byte(behind)); err != nil || !strings.Contains(string(out), `"finish_reason":"stop"`) {
				t.Errorf("the end still waits: %s, %v", out, err)
			}
		})
	}
}

// TestEmptyFinishReasonDelaysNothing: some servers send one in every event.
func TestEmptyFinishReasonDelaysNothing(t *testing.T) {
	event := `data: {"choices":[{"index":0,"delta":{"content":"Hi. "},"finish_reason":""}]}` + "\n\n"
	out, err := newCodec(t).Stream("", new(redact.Counts)).Write(nil, []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, string(out)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

// TestEndIsNotHeldWithoutDetectors: what is not inspected need not wait.
func TestEndIsNotHeldWithoutDetectors(t *testing.T) {
	event := `data: {"choices":[{"index":0,"delta":{"content":"joe"},"finish_reason":"stop"}]}` + "\n\n"
	out, err := newBareCodec(t).Stream("", new(redact.Counts)).Write(nil, []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, string(out)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

// TestStreamThatCallsAToolShowsNothing: clients do not show the opening before a call.
func TestStreamThatCallsAToolShowsNothing(t *testing.T) {
	cases := map[string]struct {
		stream string
		want   bool
	}{
		"call":             {delta(`"content":""`) + delta(`"tool_calls":[{"index":0,"id":"c"}]`), false},
		"older call":       {delta(`"content":""`) + delta(`"function_call":{"name":"f"}`), false},
		"call in choice 1": {`data: {"choices":[{"index":1,"delta":{"content":"a","tool_calls":[{}]}},{"index":0,"delta":{"content":"b"}}]}` + "\n\n", true},
		"list of no call":  {delta(`"content":"a","tool_calls":[],"function_call":null`), true},
		"no text":          {delta(`"content":null`), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newCodec(t).Stream("AI.", new(redact.Counts))
			if _, err := s.Write(nil, []byte(tc.stream)); err != nil {
				t.Fatal(err)
			}
			if s.Shown() != tc.want {
				t.Errorf("shown is %t, want %t", s.Shown(), tc.want)
			}
		})
	}
}

// TestDataCutBetweenPartsOfTheLastEvent: only the last piece of a text in the event that ends it is the last one of the text.
func TestDataCutBetweenPartsOfTheLastEvent(t *testing.T) {
	cases := map[string]struct{ preset, stream, in, want string }{
		"gemini": {"gemini", "gemini, array",
			"[" + candidate(`{"text":"Write to joe@"},{"text":"shop.example or call"}`, `,"index":0,"finishReason":"STOP"`) + "]",
			"[\n" + candidate(`{"text":"Write to "},{"text":"[redacted:email] or call"}`, `,"index":0,"finishReason":"STOP"`) + "\n]"},
		"gemini, an empty part in the end": {"gemini", "gemini, array",
			"[" + candidate(`{"text":"joe@"},{"text":"shop.example"},{"text":""}`, `,"finishReason":"STOP"`) + "]",
			"[\n" + candidate(`{"text":""},{"text":"[redacted:email]"},{"text":""}`, `,"finishReason":"STOP"`) + "\n]"},
		"gemini, two candidates of one index": {"gemini", "gemini, array",
			`[{"candidates":[{"index":0,"content":{"parts":[{"text":"joe@"}]},"finishReason":"STOP"},{"index":0,"content":{"parts":[{"text":"shop.example"}]},"finishReason":"STOP"}]}]`,
			"[\n" + `{"candidates":[{"index":0,"content":{"parts":[{"text":""}]},"finishReason":"STOP"},{"index":0,"content":{"parts":[{"text":"[redacted:email]"}]},"finishReason":"STOP"}]}` + "\n]"},
		"gemini, a thought between": {"gemini", "gemini, array",
			"[" + candidate(`{"text":"joe@"},{"text":"Hm.","thought":true},{"text":"shop.example"}`, `,"finishReason":"STOP"`) + "]",
			"[\n" + candidate(`{"text":""},{"text":"Hm.","thought":true},{"text":"[redacted:email]"}`, `,"finishReason":"STOP"`) + "\n]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newCodecOf(t, findStream(t, tc.preset, tc.stream)).Stream("", new(redact.Counts))
			out, err := s.Write(nil, []byte(tc.in))
			if err == nil {
				out, err = s.Close(out)
			}
			if diff := cmp.Diff(tc.want, string(out)); diff != "" || err != nil {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
		})
	}
}
