package shaped_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// cohere returns an event of Cohere with the members after its type.
func cohere(name, members string) string {
	return "event: " + name + "\ndata: " + `{"type":"` + name + `"` + members + "}\n\n"
}

// cohereDelta returns an event with the members of a delta of the message.
func cohereDelta(name, index, members string) string {
	return cohere(name, `,"index":`+index+`,"delta":{"message":{`+members+`}}`)
}

// TestStreamsOfCohere: content, tool calls and citations count by themselves, and what is held back of a block leaves before its end.
func TestStreamsOfCohere(t *testing.T) {
	text := func(index, text string) string {
		return cohereDelta("content-delta", index, `"content":{"text":`+quote(text)+`}`)
	}
	thought := func(index, text string) string {
		return cohereDelta("content-delta", index, `"content":{"thinking":`+quote(text)+`}`)
	}
	plan := func(text string) string {
		return cohere("tool-plan-delta", `,"delta":{"message":{"tool_plan":`+quote(text)+`}}`)
	}
	arguments := func(index, text string) string {
		return cohereDelta("tool-call-delta", index, `"tool_calls":{"function":{"arguments":`+quote(text)+`}}`)
	}
	start := func(index, kind string) string {
		return cohereDelta("content-start", index, `"content":{"type":"`+kind+`","`+kind+`":""}`)
	}
	call := func(index string) string {
		return cohereDelta("tool-call-start", index, `"tool_calls":{"id":"find_1","type":"function","function":{"name":"find","arguments":""}}`)
	}
	stop := func(name, index string) string { return cohere(name, `,"index":`+index) }
	end := cohere("message-end", `,"delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":3}}}`)
	cited := func(text, offsets string) string {
		return cohereDelta("citation-start", "0", `"citations":{`+offsets+`,"text":`+quote(text)+`,"sources":[{"type":"document","id":"doc:2024","document":{"title":"Returns 2024"}}]}`) + stop("citation-end", "0")
	}
	for name, tc := range map[string]struct{ in, want string }{
		"thinking and text": {
			start("0", "thinking") + thought("0", "Joe is joe@") + thought("0", "shop.example") + stop("content-end", "0") +
				start("1", "text") + text("1", "Write to joe@") + text("1", "shop.example") + stop("content-end", "1") + end,
			start("0", "thinking") + thought("0", "Joe is ") + thought("0", "") + thought("0", "[redacted:email]") + stop("content-end", "0") +
				start("1", "text") + text("1", "Write to ") + text("1", "") + text("1", "[redacted:email]") + stop("content-end", "1") + end,
		},
		"plan and calls": {
			plan("Find joe@") + plan("shop.example") + call("0") + arguments("0", `{"card": 4111111111`) + arguments("0", `111111}`) + stop("tool-call-end", "0") +
				call("1") + arguments("1", `{"to":"joe@`) + arguments("1", `shop.example"}`) + stop("tool-call-end", "1") + end,
			plan("Find ") + plan("") + call("0") + arguments("0", `{"card": `) + arguments("0", "") + arguments("0", `"[redacted:payment-card]"}`) + stop("tool-call-end", "0") +
				call("1") + arguments("1", `{"to":`) + arguments("1", `"[redacted:email]"}`) + stop("tool-call-end", "1") + plan("[redacted:email]") + end,
		},
		"a call with the index of the content": {
			start("0", "thinking") + thought("0", "Hm. ") + stop("content-end", "0") + call("0") + arguments("0", `{} `) + stop("tool-call-end", "0") + end,
			start("0", "thinking") + thought("0", "Hm. ") + stop("content-end", "0") + call("0") + arguments("0", `{} `) + stop("tool-call-end", "0") + end,
		},
		"citation": {
			start("0", "text") + text("0", "Ask joe@") + cited("joe@shop.example", `"start":4,"end":20`) + text("0", "shop.example. ") + stop("content-end", "0") + end,
			start("0", "text") + text("0", "Ask ") + cited("[redacted:email]", `"start":0,"end":0`) + text("0", "[redacted:email]. ") + stop("content-end", "0") + end,
		},
		"debug": {
			cohere("debug", `,"prompt":"I am joe@shop.example"`) + end, cohere("debug", `,"prompt":"I am [redacted:email]"`) + end,
		},
		"error": {
			cohere("message-end", `,"delta":{"finish_reason":"ERROR","error":"Ask joe@shop.example"}`),
			cohere("message-end", `,"delta":{"finish_reason":"ERROR","error":"Ask [redacted:email]"}`),
		},
		"mark after the end": {end + "data: [DONE]\n\n", end},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rewriteFor(t, "cohere-chat", "", tc.in)
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
		})
	}
	got, err := rewriteFor(t, "cohere-chat", "AI.", start("0", "thinking")+stop("content-end", "0")+start("1", "text")+text("1", "Hi")+end)
	if want := text("1", "AI.\n\n"); err != nil || !strings.Contains(got, want) {
		t.Errorf("error is %v, stream without %q:\n%s", err, want, got)
	}
	for name, stream := range map[string]string{
		"image":                          start("0", "image_url"),
		"unknown event":                  cohere("sound-delta", ""),
		"text of a block that has ended": start("0", "text") + text("0", "Hi. ") + stop("content-end", "0") + text("0", "joe@"),
	} {
		var why *refusal.Refusal
		if out, err := rewriteFor(t, "cohere-chat", "", stream); !errors.As(err, &why) {
			t.Errorf("%s: error is %v, stream:\n%s", name, err, out)
		}
	}
}

// TestCohereForEveryCutOfTheText: what a program puts together is the redaction of the whole text, wherever the text is cut.
func TestCohereForEveryCutOfTheText(t *testing.T) {
	members := map[string]string{
		"content-delta": `"content":{"text":%}`, "tool-plan-delta": `"tool_plan":%`, "tool-call-delta": `"tool_calls":{"function":{"arguments":%}}`,
	}
	for name, template := range members {
		piece := func(text string) string {
			return cohereDelta(name, "0", strings.Replace(template, "%", quote(text), 1))
		}
		before, after, _ := strings.Cut(template, "%")
		for _, text := range []cutText{{answerText, answerRedacted}, {argumentsText, argumentsRedacted}} {
			for cut := range text.whole {
				out, err := rewriteFor(t, "cohere-chat", "", piece(text.whole[:cut])+piece(text.whole[cut:])+cohere("message-end", `,"delta":{}`))
				if err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				for _, data := range framings[shape.FramingSSE].read(t, out) {
					_, rest, isPiece := strings.Cut(data, `"message":{`+before)
					if !isPiece {
						continue
					}
					var said string
					if err := json.Unmarshal([]byte(strings.TrimSuffix(rest, after+"}}}")), &said); err != nil {
						t.Fatalf("%s: %v", data, err)
					}
					got.WriteString(said)
				}
				if diff := cmp.Diff(text.redacted, got.String()); diff != "" {
					t.Fatalf("%s, cut at %d (-want +got):\n%s", name, cut, diff)
				}
			}
		}
	}
}
