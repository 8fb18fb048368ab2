package shaped_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// TestVariantsOfChatCompletions: members that some servers add to the events of Chat Completions.
func TestVariantsOfChatCompletions(t *testing.T) {
	text := func(text string) string { return delta(`"content":[{"type":"text","text":` + quote(text) + `}]`) }
	thought := func(text string) string {
		return delta(`"content":[{"type":"thinking","thinking":[{"type":"text","text":` + quote(text) + `}]}]`)
	}
	signed := delta(`"tool_calls":[{"index":0,"extra_content":{"google":{"thought_signature":"CiQB0e2Kb1x7"}}}]`)
	cited := func(offsets string) string {
		return delta(`"content":"see ","annotations":[{"url_citation":{"url":"https://shop.example/help/2024","title":"Returns 2024"` + offsets + `}}]`)
	}
	filtered := func(offsets string) string {
		return `data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}` + "\n\n" +
			`data: {"choices":[{"index":0,"delta":{"content":"Hi. "},"finish_reason":null,"content_filter_results":{"hate":{"severity":"safe"}},"content_filter_offsets":` + offsets + `}]}` + "\n\n"
	}
	found := func(content string) string {
		return delta(`"context":{"citations":[{"content":"` + content + `","title":"Returns 2024"}]}`)
	}
	blocks := func(piece string) string {
		return delta(`"thinking_blocks":[{"type":"thinking","thinking":` + quote(piece) + `}],"reasoning_content":` + quote(piece))
	}
	details := func(piece string) string {
		return delta(`"reasoning_details":[{"type":"reasoning.summary","summary":` + quote(piece) + `,"format":"openai-responses-v1","index":0}]`)
	}
	const sealed = `"reasoning_details":[{"type":"reasoning.text","text":"Hm. ","signature":"Er4111111111111111"},{"type":"reasoning.encrypted","data":"Er4111111111111111","id":"rs_4111111111111111"}]`
	const processing = ": OPENROUTER PROCESSING\n\n"
	cases := map[string]struct{ stream, want string }{
		"data sources of Azure":      {found("Ask joe@shop.example") + found("Page 7"), found("Ask [redacted:email]") + found("Page 7")},
		"signed thinking of LiteLLM": {blocks("Hm. "), blocks("Hm. ")},
		"summary of reasoning": {
			details("Ask joe@") + details("shop.example. ") + "data: [DONE]\n\n", details("Ask ") + details("[redacted:email]. ") + "data: [DONE]\n\n",
		},
		"signed reasoning of OpenRouter": {delta(sealed), delta(sealed)},
		"comments of OpenRouter": {
			processing + processing + delta(`"reasoning":"Hm. joe@"`) + processing + delta(`"reasoning":"shop.example. "`) + "data: [DONE]\n\n",
			":\n\n:\n\n" + delta(`"reasoning":"Hm. "`) + ":\n\n" + delta(`"reasoning":"[redacted:email]. "`) + "data: [DONE]\n\n",
		},
		"reference to a tool in Mistral": {
			delta(`"content":[{"type":"tool_reference","tool":"web_search","title":"joe@shop.example","url":"https://shop.example/2024"}]`),
			delta(`"content":[{"type":"tool_reference","tool":"web_search","title":"[redacted:email]","url":"https://shop.example/2024"}]`),
		},
		"filter of Azure": {
			filtered(`{"check_offset":44,"start_offset":40,"end_offset":48}`), filtered(`{"check_offset":0,"start_offset":0,"end_offset":0}`),
		},
		"parts": {
			thought("Joe is joe@") + thought("shop.example") + text("Write to joe@") + text("shop.example") + "data: [DONE]\n\n",
			thought("Joe is ") + thought("") + text("Write to ") + text("") +
				delta(`"content":[{"type":"thinking","thinking":[{"type":"text","text":"[redacted:email]"}]}]`) +
				delta(`"content":[{"type":"text","text":"[redacted:email]"}]`) + "data: [DONE]\n\n",
		},
		"signature of a call":              {signed, signed},
		"annotation with offsets":          {cited(`,"start_index":3,"end_index":6`), cited(`,"start_index":0,"end_index":0`)},
		"annotations with whole addresses": {delta(`"annotations":[{"title":"joe@shop.example"},{"title":"joe@"}]`), delta(`"annotations":[{"title":"[redacted:email]"},{"title":"joe@"}]`)},
		"tokens":                           {`data: {"prompt_token_ids":[1],"choices":[{"token_ids":[2]}]}` + "\n\n", `data: {"prompt_token_ids":null,"choices":[{"token_ids":null}]}` + "\n\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, rewrite(t, "", tc.stream)); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
	for name, stream := range map[string]string{
		"part that is an image":            delta(`"content":[{"type":"image_url","image_url":"data:"}]`),
		"part that is a text":              delta(`"content":["joe@"]`),
		"annotations that are no list":     delta(`"annotations":"joe@"`),
		"signed thinking with an address":  blocks("Joe is joe@shop.example. "),
		"signed reasoning with an address": delta(`"reasoning_details":[{"type":"reasoning.text","text":"Joe is joe@shop.example. "}]`),
	} {
		var why *refusal.Refusal
		if out, err := rewriteFor(t, "openai-chat", "", stream); !errors.As(err, &why) {
			t.Errorf("%s: error is %v, stream:\n%s", name, err, out)
		}
	}
}

// TestPartsOfChatCompletions: parts with members that say nothing to people, and parts of Mistral.
func TestPartsOfChatCompletions(t *testing.T) {
	content := `[{"type":"text","text":"hi","annotations":[]},{"type":"thinking","thinking":[{"type":"text","text":"joe@shop.example"}]},{"type":"reference","reference_ids":[1]}]`
	want := `[{"type":"text","text":"hi","annotations":[]},{"type":"thinking","thinking":[{"type":"text","text":"[redacted:email]"}]},{"type":"reference","reference_ids":[1]}]`
	c := newCodec(t)
	got, _, err := c.Request(nil, []byte(`{"messages":[{"role":"user","content":`+content+`}]}`), new(redact.Counts))
	if diff := cmp.Diff(`{"messages":[{"role":"user","content":`+want+`}]}`, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, request (-want +got):\n%s", err, diff)
	}
	got, _, err = c.Answer(nil, []byte(`{"choices":[{"message":{"content":`+content+`}}]}`), "", new(redact.Counts))
	if diff := cmp.Diff(`{"choices":[{"message":{"content":`+want+`}}]}`, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, answer (-want +got):\n%s", err, diff)
	}
}

// TestWholeVariantsOfChatCompletions: members that some servers add to requests and whole answers.
func TestWholeVariantsOfChatCompletions(t *testing.T) {
	const blocks = `"thinking_blocks":[{"type":"thinking","thinking":"Step 1.","signature":"Er4111111111111111"},{"type":"redacted_thinking","data":"Er4111111111111111"}]`
	const details = `"reasoning_details":[{"type":"reasoning.text","text":"Step 1.","signature":"Er4111111111111111","format":"anthropic-claude-v1","index":0}]`
	c := newCodec(t)
	for name, tc := range map[string]struct{ in, want string }{
		"LiteLLM":    {`"content":"Hi",` + blocks + `,"provider_specific_fields":{"citations":["joe@shop.example"]}`, `"content":"Hi",` + blocks + `,"provider_specific_fields":{"citations":["[redacted:email]"]}`},
		"OpenRouter": {`"content":"Hi","reasoning":"Ask joe@shop.example",` + details, `"content":"Hi","reasoning":"Ask [redacted:email]",` + details},
		"Azure":      {`"content":"Hi [doc1]","context":{"citations":[{"content":"joe@shop.example"}]}`, `"content":"Hi [doc1]","context":{"citations":[{"content":"[redacted:email]"}]}`},
		"Mistral":    {`"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}],"closed":true,"signature":"Er4111111111111111"},{"type":"text","text":"Hi"}]`, ""},
		"vLLM":       {`"content":"Hi","reasoning":"joe@shop.example","reasoning_content":"joe@shop.example"`, `"content":"Hi","reasoning":"[redacted:email]","reasoning_content":"[redacted:email]"`},
	} {
		if tc.want == "" {
			tc.want = tc.in
		}
		request, _, err := c.Request(nil, []byte(`{"messages":[{"role":"assistant",`+tc.in+`}]}`), new(redact.Counts))
		if diff := cmp.Diff(`{"messages":[{"role":"assistant",`+tc.want+`}]}`, string(request)); err != nil || diff != "" {
			t.Errorf("%s: error is %v, request (-want +got):\n%s", name, err, diff)
		}
		answer, _, err := c.Answer(nil, []byte(`{"choices":[{"message":{`+tc.in+`}}]}`), "", new(redact.Counts))
		if diff := cmp.Diff(`{"choices":[{"message":{`+tc.want+`}}]}`, string(answer)); err != nil || diff != "" {
			t.Errorf("%s: error is %v, answer (-want +got):\n%s", name, err, diff)
		}
	}
	const sources = `{"data_sources":[{"type":"azure_search","parameters":{"endpoint":"https://shop.search.windows.net","authentication":{"type":"api_key","key":"4111111111111111"}}}],"messages":[{"role":"user","content":"Hi"}]}`
	got, _, err := c.Request(nil, []byte(sources), new(redact.Counts))
	if diff := cmp.Diff(sources, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, request (-want +got):\n%s", err, diff)
	}
}
