package shaped_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// responsesEvent returns an event of the Responses API.
func responsesEvent(kind, members string) string {
	return fmt.Sprintf("event: response.%s\ndata: {\"type\":\"response.%[1]s\",%s}\n\n", kind, members)
}

// outputText returns the members of an event about a text of an item.
func outputText(item int, member, text string) string {
	return fmt.Sprintf(`"item_id":"msg_%d","output_index":%[1]d,"content_index":0,"%s":%s`, item, member, quote(text))
}

// outputItem returns an item with a text.
func outputItem(item int, text string) string {
	return fmt.Sprintf(`{"id":"msg_%d","type":"message","content":[{"type":"output_text","text":%s}]}`, item, quote(text))
}

func TestResponses(t *testing.T) {
	delta := func(item int, text string) string {
		return responsesEvent("output_text.delta", outputText(item, "delta", text))
	}
	done := func(item int, text string) string {
		return responsesEvent("output_text.done", outputText(item, "text", text))
	}
	rest := func(item int, text string) string {
		return strings.ReplaceAll(delta(item, text), "}\n\n", `,"logprobs":[]}`+"\n\n")
	}
	completed := func(items ...string) string {
		return responsesEvent("completed", `"response":{"output":[`+strings.Join(items, ",")+`]}`)
	}
	arguments := func(member, text string) string {
		return `"item_id":"fc_1","output_index":0,"` + member + `":` + quote(text)
	}
	cases := map[string]struct{ stream, want string }{
		"two items at the same time, and the rest of each under its own identifier": {
			delta(0, "Ring +49 30 ") + delta(1, "Write to joe@") + delta(0, "901820") + delta(1, "shop.example") +
				completed(outputItem(0, "Ring +49 30 901820"), outputItem(1, "Write to joe@shop.example")),
			delta(0, "AI.\n\nRing ") + delta(1, "Write to ") + delta(0, "") + delta(1, "") +
				rest(0, "[redacted:phone]") + rest(1, "[redacted:email]") +
				completed(outputItem(0, "AI.\n\nRing [redacted:phone]"), outputItem(1, "Write to [redacted:email]")),
		},
		"a text without pieces": {
			done(0, "Write to joe@shop.example") + completed(outputItem(0, "Write to joe@shop.example")),
			done(0, "AI.\n\nWrite to [redacted:email]") + completed(outputItem(0, "AI.\n\nWrite to [redacted:email]")),
		},
		"an answer that the end withdraws": {
			delta(0, "Buy poison. ") + completed(outputItem(0, "Sorry.")),
			delta(0, "AI.\n\nBuy poison. ") + completed(outputItem(0, "AI.\n\nSorry.")),
		},
		"arguments of a call": {
			responsesEvent("function_call_arguments.delta", arguments("delta", `{"who":"joe@`)) +
				responsesEvent("function_call_arguments.delta", arguments("delta", `shop.example"}`)) +
				responsesEvent("function_call_arguments.done", arguments("arguments", `{"who":"joe@shop.example"}`)),
			responsesEvent("function_call_arguments.delta", arguments("delta", `{"who":`)) +
				responsesEvent("function_call_arguments.delta", arguments("delta", `"[redacted:email]"}`)) +
				responsesEvent("function_call_arguments.done", arguments("arguments", `{"who":"[redacted:email]"}`)),
		},
		"arguments that are a list of numbers": {
			responsesEvent("function_call_arguments.delta", arguments("delta", `[4111`)) +
				responsesEvent("function_call_arguments.delta", arguments("delta", `111111111111]`)) +
				responsesEvent("function_call_arguments.done", arguments("arguments", `[4111111111111111]`)),
			responsesEvent("function_call_arguments.delta", arguments("delta", `[`)) +
				responsesEvent("function_call_arguments.delta", arguments("delta", ``)) +
				responsesEvent("function_call_arguments.delta", arguments("delta", `"[redacted:payment-card]"]`)) +
				responsesEvent("function_call_arguments.done", arguments("arguments", `["[redacted:payment-card]"]`)),
		},
		"a list of numbers without pieces": {
			responsesEvent("function_call_arguments.done", arguments("arguments", `[4111111111111111]`)),
			responsesEvent("function_call_arguments.done", arguments("arguments", `["[redacted:payment-card]"]`)),
		},
		"an annotation: its texts are whole, and its offsets are 0": {
			responsesEvent("output_text.annotation.added", `"item_id":"m","annotation":{"url":"https://a.example/4","start_index":3,"end_index":null}`),
			responsesEvent("output_text.annotation.added", `"item_id":"m","annotation":{"url":"https://a.example/4","start_index":0,"end_index":null}`),
		},
		"an event of a later version: what may be a piece becomes empty": {
			responsesEvent("news.delta", `"delta":"Write to joe@"`) + responsesEvent("news.delta", `"delta":"shop.example"`) +
				responsesEvent("news.done", `"list":[{"text":"joe@"}]`),
			responsesEvent("news.delta", `"delta":"Write to joe@"`) + responsesEvent("news.delta", `"delta":""`) +
				responsesEvent("news.done", `"list":[{"text":""}]`),
		},
		"an event whose type is no name": {
			"data: {\"type\":\"a b\"}\n\n", "data: {\"type\":\"a b\"}\n\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := rewriteFor(t, "openai-responses", "AI.", tc.stream)
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestResponsesRefuses(t *testing.T) {
	delta := responsesEvent("output_text.delta", outputText(0, "delta", "Hi"))
	for name, stream := range map[string]string{
		"image":                  responsesEvent("image_generation_call.partial_image", `"partial_image_b64":"iVBOR"`),
		"item that is an image":  responsesEvent("output_item.done", `"output_index":0,"item":{"type":"image_generation_call","result":"iVBOR"}`),
		"part that is sound":     responsesEvent("content_part.done", `"output_index":0,"part":{"type":"output_audio","data":"UklGR"}`),
		"text that has ended":    responsesEvent("output_text.done", outputText(0, "text", "Hi")) + delta,
		"index out of bounds":    responsesEvent("output_text.delta", `"output_index":2000,"delta":"a"`),
		"type in other letters":  "data: {\"Type\":\"response.output_text.delta\",\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n",
		"event without its type": "data: {\"delta\":\"a\"}\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			if out, err := rewriteFor(t, "openai-responses", "", stream); !errors.As(err, &why) {
				t.Errorf("error is %v, stream:\n%s", err, out)
			}
		})
	}
	for name, body := range map[string]string{
		"image":           `{"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:"}]}]}`,
		"file":            `{"input":[{"role":"user","content":[{"type":"input_file","file_data":"aa"}]}]}`,
		"screenshot":      `{"input":[{"type":"computer_call_output","output":{"type":"computer_screenshot","image_url":"data:"}}]}`,
		"image of a tool": `{"input":[{"type":"function_call_output","output":[{"type":"input_image","image_url":"data:"}]}]}`,
	} {
		t.Run(name+" in a request", func(t *testing.T) {
			var why *refusal.Refusal
			_, _, err := newCodecFor(t, "openai-responses").Request(nil, []byte(body), new(redact.Counts))
			if !errors.As(err, &why) || !why.IsFor(refusal.PartUnreadable) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
