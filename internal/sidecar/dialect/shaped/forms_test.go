package shaped_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTextsThatChangeTheirForm: pieces of one text stand as a text in one event and as parts in the next. The rest has the form of the latest.
func TestTextsThatChangeTheirForm(t *testing.T) {
	const data = "event: data\ndata: "
	choice := func(content string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":` + content + `}}]}` + "\n\n"
	}
	rest := func(content string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":` + content + `},"finish_reason":null}]}` + "\n\n"
	}
	part := func(text string) string { return `[{"type":"text","text":` + quote(text) + `}]` }
	graph := func(content string) string {
		return "event: messages\ndata: " + `[{"id":"m","type":"ai","content":` + content + `},{}]` + "\n\n"
	}
	chunk := func(content, more string) string { return data + `{"content":` + content + more + `}` + "\n\n" }
	const chunkMore = `,"additional_kwargs":{},"type":"AIMessageChunk"`
	cases := map[string]struct{ preset, stream, want string }{
		"openai-chat, a text and then parts": {
			"openai-chat", choice(`"Write to joe@"`) + choice(part("shop.example")),
			choice(`"Write to "`) + choice(part("")) + rest(part("[redacted:email]")),
		},
		"openai-chat, parts and then a text": {
			"openai-chat", choice(part("Write to joe@")) + choice(`"shop.example"`),
			choice(part("Write to ")) + choice(`""`) + rest(`"[redacted:email]"`),
		},
		"langgraph-runs, a text and then parts": {
			"langgraph-runs", graph(`"Write to joe@"`) + graph(part("shop.example")),
			graph(`"Write to "`) + graph(part("")) + `event: messages
data: [{"id":"m","type":"ai","content":[{"type":"text","text":"[redacted:email]"}]},{}]

`,
		},
		"langserve, a text and then parts": {
			"langserve", chunk(`"Write to joe@"`, chunkMore) + chunk(part("shop.example"), chunkMore),
			chunk(`"Write to "`, chunkMore) + chunk(part(""), chunkMore) + chunk(part("[redacted:email]"), chunkMore),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := rewriteFor(t, tc.preset, "", tc.stream)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
}
