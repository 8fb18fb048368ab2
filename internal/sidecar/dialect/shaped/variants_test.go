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
	cases := map[string]struct{ stream, want string }{
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
		"part that is an image":        delta(`"content":[{"type":"image_url","image_url":"data:"}]`),
		"part that is a text":          delta(`"content":["joe@"]`),
		"annotations that are no list": delta(`"annotations":"joe@"`),
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
