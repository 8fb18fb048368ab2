package shaped_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// listed is a document with a list of parts, which %s is.
type listed struct {
	preset, part, document string
	isAnswer, isPast       bool
	isEvent                bool
}

// rewrite returns the document with the parts as the sidecar writes it.
func (l listed) rewrite(t *testing.T, texts ...string) string {
	t.Helper()
	c := newCodecFor(t, l.preset)
	set, err := redact.NewSet([]string{"email", "phone", "payment-card", "iban"}, "help@shop.example")
	if err != nil {
		t.Fatal(err)
	}
	c.Transform = transform.New(set)
	var counts redact.Counts
	in := []byte(l.write(texts...))
	var out []byte
	switch {
	case l.isPast:
		out, _, err = c.Past(nil, in, c.format, transform.Statement{}, &counts)
	case l.isEvent:
		s := c.Stream("", &counts)
		if out, err = s.Write(nil, in); err == nil {
			out, err = s.Close(out)
		}
	case l.isAnswer:
		out, _, err = c.Answer(nil, in, "", &counts)
	default:
		out, _, err = c.Request(nil, in, &counts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// write returns the document with the parts.
func (l listed) write(texts ...string) string {
	var parts []string
	for _, text := range texts {
		parts = append(parts, fmt.Sprintf(l.part, quote(text)))
	}
	return fmt.Sprintf(l.document, strings.Join(parts, ","))
}

const typedPart = `{"type":"text","text":%s}`

var listedDocuments = map[string]listed{
	"openai-chat, request":   {preset: "openai-chat", part: typedPart, document: `{"messages":[{"role":"user","content":[%s]}]}`},
	"openai-chat, answer":    {preset: "openai-chat", part: typedPart, document: `{"choices":[{"index":0,"message":{"content":[%s]}}]}`, isAnswer: true},
	"anthropic-messages":     {preset: "anthropic-messages", part: typedPart, document: `{"messages":[{"role":"user","content":[%s]}]}`},
	"anthropic, answer":      {preset: "anthropic-messages", part: typedPart, document: `{"type":"message","content":[%s]}`, isAnswer: true},
	"gemini, request":        {preset: "gemini", part: `{"text":%s}`, document: `{"contents":[{"role":"user","parts":[%s]}]}`},
	"gemini, one content":    {preset: "gemini", part: `{"text":%s}`, document: `{"contents":{"parts":[%s]}}`},
	"gemini, answer":         {preset: "gemini", part: `{"text":%s}`, document: `{"candidates":[{"content":{"parts":[%s]}}]}`, isAnswer: true},
	"openai-responses":       {preset: "openai-responses", part: `{"type":"input_text","text":%s}`, document: `{"input":[{"role":"user","content":[%s]}]}`},
	"responses, answer":      {preset: "openai-responses", part: `{"type":"output_text","text":%s}`, document: `{"output":[{"type":"message","content":[%s]}]}`, isAnswer: true},
	"responses, summary":     {preset: "openai-responses", part: `{"type":"summary_text","text":%s}`, document: `{"output":[{"type":"reasoning","summary":[%s]}]}`, isAnswer: true},
	"responses, reasoning":   {preset: "openai-responses", part: `{"type":"reasoning_text","text":%s}`, document: `{"output":[{"type":"reasoning","content":[%s]}]}`, isAnswer: true},
	"anthropic, tool result": {preset: "anthropic-messages", part: typedPart, document: `{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[%s]}]}]}`},
	"bedrock-converse":       {preset: "bedrock-converse", part: `{"text":%s}`, document: `{"messages":[{"role":"user","content":[%s]}]}`},
	"bedrock, answer":        {preset: "bedrock-converse", part: `{"text":%s}`, document: `{"output":{"message":{"role":"assistant","content":[%s]}}}`, isAnswer: true},
	"langgraph-runs":         {preset: "langgraph-runs", part: typedPart, document: `{"assistant_id":"a","input":{"messages":[{"type":"human","content":[%s]}]}}`},
	"langserve":              {preset: "langserve", part: typedPart, document: `{"input":{"history":[{"type":"human","content":[%s]}]}}`},
	"langserve, answer":      {preset: "langserve", part: typedPart, document: `{"output":{"content":[%s]}}`, isAnswer: true},
	"ag-ui":                  {preset: "ag-ui", part: typedPart, document: `{"threadId":"t","runId":"r","messages":[{"id":"m","role":"user","content":[%s]}]}`},
	"vercel":                 {preset: "vercel-ui-message-stream", part: typedPart, document: `{"messages":[{"role":"user","parts":[%s]}]}`},
	"vercel-data-stream":     {preset: "vercel-data-stream", part: typedPart, document: `{"messages":[{"role":"user","content":"","parts":[%s]}]}`},
	"an answer of the past":  {preset: "openai-chat", part: typedPart, document: `{"choices":[{"index":0,"message":{"content":[%s]}}]}`, isPast: true},
	"mcp, result of a tool":  {preset: "mcp", part: typedPart, document: `{"jsonrpc":"2.0","id":1,"result":{"content":[%s]}}`, isAnswer: true},
	"mcp, answer of a model": {preset: "mcp", part: typedPart, document: `{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","content":[%s]}}`},
	"mcp, prompt":            {preset: "mcp", part: typedPart, document: `{"jsonrpc":"2.0","id":1,"result":{"messages":[{"role":"user","content":[%s]}]}}`, isAnswer: true},
	"mcp, event":             {preset: "mcp", part: typedPart, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"content":[%s]}}` + "\n\n", isEvent: true},
	"mcp, sampling":          {preset: "mcp", part: typedPart, document: "data: " + `{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[{"role":"user","content":[%s]}]}}` + "\n\n", isEvent: true},
	"a2a, request":           {preset: "a2a", part: `{"kind":"text","text":%s}`, document: `{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"role":"user","parts":[%s]}}}`},
	"a2a, history":           {preset: "a2a", part: `{"kind":"text","text":%s}`, document: `{"jsonrpc":"2.0","id":1,"result":{"kind":"task","history":[{"role":"user","parts":[%s]}]}}`, isAnswer: true},
	"a2a, history of 1.0":    {preset: "a2a", part: `{"text":%s}`, document: `{"jsonrpc":"2.0","id":1,"result":{"task":{"history":[{"role":"ROLE_USER","parts":[%s]}]}}}`, isAnswer: true},
	"a2a, list of tasks":     {preset: "a2a", part: `{"text":%s}`, document: `{"jsonrpc":"2.0","id":1,"result":{"tasks":[{"status":{"message":{"parts":[%s]}}}]}}`, isPast: true},
	"a2a, history in a list": {preset: "a2a", part: `{"text":%s}`, document: `{"jsonrpc":"2.0","id":1,"result":{"tasks":[{"history":[{"parts":[%s]}]}]}}`, isPast: true},
	"a2a, message":           {preset: "a2a", part: `{"kind":"text","text":%s}`, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"kind":"message","role":"agent","parts":[%s]}}` + "\n\n", isEvent: true},
	"a2a, message of 1.0":    {preset: "a2a", part: `{"text":%s}`, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"message":{"role":"ROLE_AGENT","parts":[%s]}}}` + "\n\n", isEvent: true},
	"a2a, last status":       {preset: "a2a", part: `{"kind":"text","text":%s}`, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"kind":"status-update","status":{"state":"completed","message":{"parts":[%s]}},"final":true}}` + "\n\n", isEvent: true},
	"a2a, status of 1.0":     {preset: "a2a", part: `{"text":%s}`, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"statusUpdate":{"status":{"state":"TASK_STATE_WORKING","message":{"parts":[%s]}}}}}` + "\n\n", isEvent: true},
	"a2a, task in a stream":  {preset: "a2a", part: `{"text":%s}`, document: "data: " + `{"jsonrpc":"2.0","id":1,"result":{"task":{"history":[{"parts":[%s]}]}}}` + "\n\n", isEvent: true},
	"librechat, the end":     {preset: "librechat", part: typedPart, document: "event: message\ndata: " + `{"final":true,"responseMessage":{"content":[%s]}}` + "\n\n", isEvent: true},
	"librechat, resumed":     {preset: "librechat", part: typedPart, document: "event: message\ndata: " + `{"sync":true,"resumeState":{"aggregatedContent":[%s]}}` + "\n\n", isEvent: true},
	"before another message": {preset: "openai-chat", part: typedPart, document: `{"messages":[{"role":"user","content":[%s]},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`},
}

// TestDataCutBetweenParts cuts personal data between two and three parts of a message at every place.
func TestDataCutBetweenParts(t *testing.T) {
	data := map[string]string{
		"jo.doe@shop.example": "[redacted:email]", "4111 1111 1111 1111": "[redacted:payment-card]", "DE89370400440532013000": "[redacted:iban]",
	}
	for name, document := range listedDocuments {
		t.Run(name, func(t *testing.T) {
			for datum, mark := range data {
				for cut := 1; cut < len(datum); cut++ {
					got := document.rewrite(t, "I am "+datum[:cut], datum[cut:]+", hello")
					want := document.write("I am "+mark, ", hello")
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("document (-want +got):\n%s", diff)
					}
				}
			}
			got := document.rewrite(t, "I am jo.", "doe@", "shop", ".example, or 4111", "1111", "11111111")
			if diff := cmp.Diff(document.write("I am [redacted:email]", "", "", ", or [redacted:payment-card]", "", ""), got); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPartsWithoutCutData has parts whose neighbors only look like more of the same text.
func TestPartsWithoutCutData(t *testing.T) {
	document := listedDocuments["openai-chat, request"]
	cases := map[string]struct{ texts, want []string }{
		"sentences":                          {[]string{"Hello!", "Who are you?"}, []string{"Hello!", "Who are you?"}},
		"data in each part":                  {[]string{"joe@shop.example ", "4111 1111 1111 1111"}, []string{"[redacted:email] ", "[redacted:payment-card]"}},
		"a contact before a word":            {[]string{"Write to help@shop.example", "Our shop is open"}, []string{"Write to help@shop.example", "Our shop is open"}},
		"a contact behind a word":            {[]string{"Write to", "help@shop.example."}, []string{"Write to", "help@shop.example."}},
		"an empty part before":               {[]string{"I am ", "", "joe@shop.example"}, []string{"I am ", "", "[redacted:email]"}},
		"numbers of orders":                  {[]string{"Order 4711", "and order 4712"}, []string{"Order 4711", "and order 4712"}},
		"a line between":                     {[]string{"I am joe\n", "@shop.example"}, []string{"I am joe\n", "@shop.example"}},
		"a number that a part has by itself": {[]string{"DE89 3704 0044 0532 0130", "00 49 171 2345678"}, []string{"[redacted:iban]", ""}},
		"data that grows, and rest of it":    {[]string{"jo", "e@shop.example, 4711"}, []string{"[redacted:email]", ", 4711"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(document.write(tc.want...), document.rewrite(t, tc.texts...)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTextsThatAreNotParts: the messages of a conversation, and texts that stand for themselves, are read one by one.
func TestTextsThatAreNotParts(t *testing.T) {
	documents := map[string]listed{
		"messages":               {preset: "openai-chat", part: `{"role":"user","content":%s}`, document: `{"messages":[%s]}`},
		"messages with one part": {preset: "openai-chat", part: `{"role":"user","content":[{"type":"text","text":%s}]}`, document: `{"messages":[%s]}`},
		"embeddings":             {preset: "openai-embeddings", part: `%s`, document: `{"model":"m","input":[%s]}`},
		"answers":                {preset: "rasa-rest", part: `{"text":%s}`, document: `[%s]`, isAnswer: true},
		"other answer":           {preset: "deep-chat", part: `{"text":%s}`, document: `[%s]`, isAnswer: true},
	}
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(document.write("jo@", "shop.example"), document.rewrite(t, "jo@", "shop.example")); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPartsCountOnce: a document with cut data is read twice.
func TestPartsCountOnce(t *testing.T) {
	var counts redact.Counts
	body := listedDocuments["openai-chat, request"].write("I am jo@", "shop.example and joe@shop.example")
	if _, _, err := newCodec(t).Request(nil, []byte(body), &counts); err != nil {
		t.Fatal(err)
	}
	if counts[redact.Email] != 2 {
		t.Errorf("%d addresses are counted, want 2", counts[redact.Email])
	}
}

// TestPartsAreTheRedactionOfTheWhole cuts texts with several kinds of data at two places: what a client shows of the parts is the redaction of
// the whole text.
func TestPartsAreTheRedactionOfTheWhole(t *testing.T) {
	const text = "é joe@shop.example, 4111 1111 1111 1111 or +49 30 901820. DE89 3704 0044 0532 0130 00!"
	const want = "é [redacted:email], [redacted:payment-card] or [redacted:phone]. [redacted:iban]!"
	document := listedDocuments["gemini, answer"]
	characters := strings.Split(text, "")
	for first := range characters {
		for second := first; second < len(characters); second += 7 {
			out := document.rewrite(t, strings.Join(characters[:first], ""), strings.Join(characters[first:second], ""), strings.Join(characters[second:], ""))
			var got struct {
				Candidates []struct {
					Content struct{ Parts []struct{ Text string } }
				}
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			var shown strings.Builder
			for _, part := range got.Candidates[0].Content.Parts {
				shown.WriteString(part.Text)
			}
			if diff := cmp.Diff(want, shown.String()); diff != "" {
				t.Fatalf("parts cut at %d and %d (-want +got):\n%s", first, second, diff)
			}
		}
	}
}

// TestOnePartAllocatesNothingMore: the text of a message with one part is kept only until the next message, in memory that is used again.
func TestOnePartAllocatesNothingMore(t *testing.T) {
	c := newCodec(t)
	counts, out := new(redact.Counts), []byte(nil)
	measure := func(body string) float64 {
		return testing.AllocsPerRun(1000, func() { out, _, _ = c.Request(out[:0], []byte(body), counts) })
	}
	one := listedDocuments["openai-chat, request"].write("Where is my order 4711?")
	if plain, parts := measure(`{"messages":[{"role":"user","content":"Where is my order 4711?"}]}`), measure(one); parts > plain {
		t.Errorf("a message with one part takes %.0f allocations, and one with a text %.0f", parts, plain)
	}
}

// TestListsOfEvents: what was found in the list of one event does not change that of another, and the messages of an event stand for
// themselves.
func TestListsOfEvents(t *testing.T) {
	event := func(history string) string {
		return `data: {"jsonrpc":"2.0","id":1,"result":{"task":{"history":[` + history + "]}}}\n\n"
	}
	const first, second = `{"parts":[{"text":"joe@"},{"text":"shop.example"}]}`, `{"parts":[{"text":"Where is"},{"text":" my order?"}]}`
	const redacted = `{"parts":[{"text":"[redacted:email]"},{"text":""}]}`
	const ada, shop = `{"parts":[{"text":"ada@"}]}`, `{"parts":[{"text":"shop.example"}]}`
	in := event(first) + event(second) + event(second+","+first+","+second) + event(ada+","+shop)
	want := event(redacted) + event(second) + event(second+","+redacted+","+second) + event(ada+","+shop)
	out, err := rewriteFor(t, "a2a", "", in)
	if diff := cmp.Diff(want, out); diff != "" || err != nil {
		t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
	}
}
