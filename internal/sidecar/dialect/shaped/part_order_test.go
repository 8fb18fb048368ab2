package shaped_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// orderedStream is a stream with more than the parts of one message.
type orderedStream struct {
	partedStream
	// ping adds no text, and can stand anywhere; "" if the API has none. citation belongs to a part; nil if the API has none.
	ping     string
	citation func(part int) string
	// tool returns a tool call, which stands in the events of last at the position toolAt. Its index is that of a part.
	tool   func(index int) []string
	toolAt int
}

// respondWithTool adds a tool call to the stream of the Responses API or of the Realtime API.
func respondWithTool(p partedStream, citation func(part int) string) orderedStream {
	read := p.read
	p.read = func(event map[string]any) (any, string, bool) {
		part, piece, isPiece := read(event)
		return part, piece, isPiece && event["output_index"] == 0.0
	}
	return orderedStream{partedStream: p, toolAt: 1, citation: citation, tool: func(int) []string {
		return []string{
			`{"type":"response.output_item.added","output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"find","arguments":""}}`,
			`{"type":"response.function_call_arguments.delta","item_id":"f","output_index":1,"delta":"{\"a\":1}"}`,
			`{"type":"response.function_call_arguments.done","item_id":"f","output_index":1,"arguments":"{\"a\":1}"}`,
			`{"type":"response.output_item.done","output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"find","arguments":"{\"a\":1}"}}`,
		}
	}}
}

// summarize returns the stream of the summaries of a reasoning, which have parts too.
func summarize() partedStream {
	event := func(name string, part int, members string) string {
		return fmt.Sprintf(`{"type":"response.reasoning_summary_%s","item_id":"m","output_index":0,"summary_index":%d,%s}`, name, part, members)
	}
	return partedStream{
		preset: "openai-responses",
		begin: func(part int) []string {
			return []string{event("part.added", part, `"part":{"type":"summary_text","text":""}`)}
		},
		piece: func(part int, text string) string { return event("text.delta", part, `"delta":`+quote(text)) },
		end: func(part int, text string) []string {
			return []string{
				event("text.done", part, `"text":`+quote(text)),
				event("part.done", part, `"part":{"type":"summary_text","text":`+quote(text)+`}`),
			}
		},
		last: func(texts []string) []string {
			item := `{"id":"m","type":"reasoning","summary":` + strings.ReplaceAll(quoteParts(texts), "output_text", "summary_text") + `}`
			return []string{
				`{"type":"response.output_item.done","output_index":0,"item":` + item + `}`,
				`{"type":"response.completed","response":{"id":"r","output":[` + item + `]}}`,
			}
		},
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "delta")
			return event["summary_index"], text, isPiece && dig(event, "summary_index") != nil
		},
	}
}

// orderedStreams returns the streams of all presets with parts, and that of summaries.
func orderedStreams() map[string]orderedStream {
	streams := map[string]orderedStream{}
	for _, p := range partedStreams {
		streams[p.preset] = orderedStream{partedStream: p}
	}
	realtime := respondWithTool(streams["openai-realtime"].partedStream, nil)
	realtime.ping = `{"type":"rate_limits.updated","rate_limits":[{"name":"requests","remaining":9}]}`
	streams["openai-realtime"] = realtime
	annotation := func(part int) string {
		return fmt.Sprintf(`{"type":"response.output_text.annotation.added","item_id":"m","output_index":0,"content_index":%d,"annotation_index":0,`+
			`"annotation":{"type":"url_citation","title":"Help"}}`, part)
	}
	responses, summaries := respondWithTool(streams["openai-responses"].partedStream, annotation), respondWithTool(summarize(), nil)
	responses.ping, summaries.ping = `{"type":"keepalive"}`, `{"type":"keepalive"}`
	streams["openai-responses"], streams["openai-responses, summaries"] = responses, summaries

	s := streams["anthropic-messages"]
	s.ping = `{"type":"ping"}`
	s.citation = func(part int) string {
		return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"citations_delta","citation":{"cited_text":"Help"}}}`, part)
	}
	s.tool = func(index int) []string {
		return []string{
			fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":"t","name":"find","input":{}}}`, index),
			fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}`, index),
			fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, index),
		}
	}
	streams["anthropic-messages"] = s

	s = streams["bedrock-converse"]
	s.citation = func(part int) string {
		return fmt.Sprintf(`{"contentBlockDelta":{"contentBlockIndex":%d,"delta":{"citation":{"title":"Help"}}}}`, part)
	}
	s.tool = func(index int) []string {
		return []string{
			fmt.Sprintf(`{"contentBlockStart":{"contentBlockIndex":%d,"start":{"toolUse":{"toolUseId":"t","name":"find"}}}}`, index),
			fmt.Sprintf(`{"contentBlockDelta":{"contentBlockIndex":%d,"delta":{"toolUse":{"input":"{\"a\":1}"}}}}`, index),
			fmt.Sprintf(`{"contentBlockStop":{"contentBlockIndex":%d}}`, index),
		}
	}
	streams["bedrock-converse"] = s

	s = streams["cohere-chat"]
	s.citation = func(part int) string {
		return fmt.Sprintf(`{"type":"citation-start","index":%d,"delta":{"message":{"citations":{"text":"Help"}}}}`, part)
	}
	s.tool = func(int) []string {
		return []string{
			`{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","type":"function","function":{"name":"find","arguments":""}}}}}`,
			`{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\":1}"}}}}}`,
			`{"type":"tool-call-end","index":0}`,
		}
	}
	streams["cohere-chat"] = s

	s = streams["vercel-ui-message-stream"]
	s.ping = `{"type":"message-metadata","messageMetadata":{"tokens":9}}`
	s.citation = func(int) string { return `{"type":"source-url","sourceId":"s","url":"https://shop.example/help"}` }
	s.tool = func(int) []string {
		return []string{
			`{"type":"tool-input-start","toolCallId":"c","toolName":"find"}`,
			`{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\"a\":1}"}`,
			`{"type":"tool-input-available","toolCallId":"c","toolName":"find","input":{"a":1}}`,
		}
	}
	streams["vercel-ui-message-stream"] = s
	return streams
}

// orderedTexts are messages cut into parts, with and without personal data.
var orderedTexts = []string{
	"Hello|world", "Hello", "Hello|my|world", "a|b|c|d", "First.|Second.|Third.", "First. |Second. |Third. |Fourth. ", "One||two|", "|||",
	"mail joe@sh|op.exa|mple.de now|ok", "ask joe|@shop.|example|.", "pay 4111| 1111 |1111 1111|now", "joe@shop.example |ada@shop.example |joe@|shop.example",
	"write to joe@shop.example| Then wait", "costs 12|2026-11-29 10:00 |and 12|", "joe@sh|op.example and joe@|shop.example and 4111 |1111 1111 1111",
}

// TestOrderOfParts: a client gets the events of the app in the order of the app, whatever the parts of a message are and whatever stands
// within, between and behind them. What it puts together is the redaction of the message.
func TestOrderOfParts(t *testing.T) {
	for name, o := range orderedStreams() {
		t.Run(name, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			random := rand.New(rand.NewPCG(1, 2))
			for _, text := range orderedTexts {
				for range 15 {
					o.check(t, c, random, strings.Split(text, "|"))
				}
			}
			for range 150 {
				o.check(t, c, random, cutAtRandom(random, partedText, 1+random.IntN(4)))
			}
		})
	}
}

// cutAtRandom cuts a text into pieces, which can be empty.
func cutAtRandom(random *rand.Rand, text string, count int) (pieces []string) {
	cuts := []int{0, len(text)}
	for range count - 1 {
		cuts = append(cuts, random.IntN(len(text)+1))
	}
	slices.Sort(cuts)
	for i := range count {
		pieces = append(pieces, text[cuts[i]:cuts[i+1]])
	}
	return pieces
}

// laidParts are the events of a message with parts. Each of the spans has the positions of the first event of a part and of the event that ends it.
type laidParts struct {
	events []string
	spans  [][2]int
}

// lay returns a message with the parts in one of the ways of the API.
func (o *orderedStream) lay(random *rand.Rand, parts []string) (l laidParts) {
	add := func(added ...string) {
		for _, event := range added {
			if o.ping != "" && random.IntN(6) == 0 && event != "[DONE]" {
				l.events = append(l.events, o.ping)
			}
			l.events = append(l.events, event)
		}
	}
	cite := func(part int) {
		if o.citation != nil && random.IntN(5) == 0 {
			add(o.citation(part))
		}
	}
	for i, text := range parts {
		first := len(l.events)
		add(o.begin(i)...)
		for _, piece := range cutAtRandom(random, text, 1+random.IntN(3)) {
			cite(i)
			if piece != "" || random.IntN(5) == 0 {
				add(o.piece(i, piece))
			}
		}
		cite(i)
		ends := o.end(i, text)
		add(ends[0])
		l.spans = append(l.spans, [2]int{first, len(l.events) - 1})
		add(ends[1:]...)
	}
	last := o.last(parts)
	add(last[:o.toolAt]...)
	if random.IntN(2) == 0 {
		add(o.tool(len(parts))...)
	}
	add(last[o.toolAt:]...)
	return l
}

// check passes a message with the parts through the sidecar, and checks what clients get.
func (o *orderedStream) check(t *testing.T, c codec, random *rand.Rand, parts []string) {
	t.Helper()
	l := o.lay(random, parts)
	want := string(redactText(t, strings.Join(parts, "")))
	if got := o.checkOrder(t, c, l); got != want {
		t.Fatalf("%s\nclients put together %q, want %q", strings.Join(l.events, "\n"), got, want)
	}
}

// redactText returns the redaction of a text that is not cut.
func redactText(t *testing.T, text string) []byte {
	t.Helper()
	set, err := redact.NewSet([]string{"email", "phone", "payment-card", "iban"})
	if err != nil {
		t.Fatal(err)
	}
	out, changed := set.Text(nil, []byte(text), new(redact.Counts))
	if !changed {
		return []byte(text)
	}
	return out
}

// checkOrder numbers the events, passes them through the sidecar and compares their order. An event of the sidecar has no number, and must
// add to a part that has begun and not ended. It returns what clients put together of the parts.
func (o *orderedStream) checkOrder(t *testing.T, c codec, l laidParts) string {
	t.Helper()
	numbered := make([]string, len(l.events))
	for i, event := range l.events {
		if numbered[i] = event; strings.HasPrefix(event, "{") {
			numbered[i] = fmt.Sprintf(`%s,"sequence_number":%d}`, event[:len(event)-1], i)
		}
	}
	out := o.rewrite(t, c, numbered)
	fail := func(why string) {
		t.Helper()
		t.Fatalf("%s; the app says\n%s\nand clients get\n%s", why, strings.Join(numbered, "\n"), strings.Join(out, "\n"))
	}
	next, all, added := 0, strings.Builder{}, []any(nil)
	for _, data := range out {
		number, part, piece := o.readNumbered(t, data, next)
		all.WriteString(piece)
		if number < 0 {
			added = append(added, part)
			continue
		}
		for next < number && o.mayOmit(t, l.events[next]) {
			next++
		}
		if number != next {
			fail(fmt.Sprintf("event %d comes in place of event %d", number, next))
		}
		for _, part := range added {
			if !l.hasAt(part, next) {
				fail(fmt.Sprintf("the sidecar adds to part %v before event %d", part, next))
			}
		}
		added = nil
		next++
	}
	if next != len(l.events) || len(added) > 0 {
		fail("events are missing")
	}
	return all.String()
}

// readNumbered returns the number of an event, -1 if it has none, and the piece of a part in it. The mark of the end has the number next.
func (o *orderedStream) readNumbered(t *testing.T, data string, next int) (number int, part any, piece string) {
	t.Helper()
	if data == "[DONE]" {
		return next, nil, ""
	}
	var event map[string]any
	if err := json.Unmarshal([]byte(data), &event); err != nil {
		t.Fatal(err)
	}
	part, piece, isPiece := o.read(event)
	if !isPiece {
		part, piece = nil, ""
	}
	if n, isNumbered := event["sequence_number"].(float64); isNumbered {
		return int(n), part, piece
	}
	return -1, part, piece
}

// mayOmit reports whether clients need not get the event, of which nothing is left.
func (o *orderedStream) mayOmit(t *testing.T, data string) bool {
	t.Helper()
	_, part, _ := o.readNumbered(t, data, 0)
	return part != nil && o.preset == "vercel-ui-message-stream"
}

// hasAt reports whether a piece of the part can stand before an event.
func (l *laidParts) hasAt(part any, position int) bool {
	for i, span := range l.spans {
		if part == float64(i) || part == fmt.Sprintf("t%d", i) {
			return span[0] < position && position <= span[1]
		}
	}
	return false
}

// TestPartsWithNeighbors: what is cut between parts takes nothing of the data behind it, so that none of that stays, and no rest of data that
// one of the parts has by itself.
func TestPartsWithNeighbors(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, o := range orderedStreams() {
		t.Run(name, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			check := func(parts []string) {
				t.Helper()
				l := o.lay(random, parts)
				if got := o.checkOrder(t, c, l); strings.ContainsAny(got, "0123456789@") {
					t.Fatalf("%q: clients put together %q", parts, got)
				}
			}
			for range 150 {
				check(cutAtRandom(random, "DE89 3704 0044 0532 0130 00 4111111111111111 and ", 2+random.IntN(3)))
				check(cutAtRandom(random, "joe@shop.example, DE89 3704 0044 0532 0130 00. 4111111111111111 and ", 2+random.IntN(3)))
				check([]string{"Write to joe@shop.example.", "DE89 3704 0044 0532 0130 00 is the account"})
			}
		})
	}
}
