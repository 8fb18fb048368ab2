package shaped_test

import (
	"fmt"
	"strings"
)

// partedStream writes and reads the parts of one message in a stream of a preset.
type partedStream struct {
	preset string
	// begin, piece and end return the events of a part, and last those that end the message of which the texts are the parts.
	begin func(part int) []string
	piece func(part int, text string) string
	end   func(part int, text string) []string
	last  func(texts []string) []string
	// read returns the part to which a piece in an event belongs, and the piece; ok is false for other events.
	read func(event map[string]any) (part any, piece string, ok bool)
	// again returns the texts that an event says again, by their parts.
	again func(event map[string]any) map[any]string
	// pass passes events through the sidecar in a special way; nil for the usual one.
	pass func(events []string) string
}

// dig returns the member to which the names lead, or nil.
func dig(value any, names ...string) any {
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// digText is dig for a text.
func digText(value any, names ...string) (text string, ok bool) {
	text, ok = dig(value, names...).(string)
	return text, ok
}

// digParts returns the texts of the elements of a list by their positions.
func digParts(list any) map[any]string {
	texts := map[any]string{}
	elements, _ := list.([]any)
	for i, element := range elements {
		texts[float64(i)], _ = digText(element, "text")
	}
	return texts
}

// quoteParts returns the texts as parts of a message.
func quoteParts(texts []string) string {
	parts := make([]string, len(texts))
	for i, text := range texts {
		parts[i] = `{"type":"output_text","annotations":[],"text":` + quote(text) + `}`
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// readResponses reads the texts that events of the Responses API and of the Realtime API say again.
func readResponses(event map[string]any) map[any]string {
	for _, member := range []string{"text", "part"} {
		text, isText := digText(event, member)
		if member == "part" {
			text, isText = digText(event, member, "text")
		}
		if isText && text != "" {
			return map[any]string{event["content_index"]: text}
		}
	}
	if texts := digParts(dig(event, "item", "content")); len(texts) > 0 {
		return texts
	}
	if output, _ := dig(event, "response", "output").([]any); len(output) > 0 {
		return digParts(dig(output[0], "content"))
	}
	return nil
}

// respond returns the stream of the Responses API or of the Realtime API, whose last event has the type.
func respond(preset, lastType string) partedStream {
	event := func(name string, part int, members string) string {
		return fmt.Sprintf(`{"type":"response.%s","item_id":"m","output_index":0,"content_index":%d,%s}`, name, part, members)
	}
	return partedStream{
		preset: preset,
		begin: func(part int) []string {
			return []string{event("content_part.added", part, `"part":{"type":"output_text","annotations":[],"text":""}`)}
		},
		piece: func(part int, text string) string { return event("output_text.delta", part, `"delta":`+quote(text)) },
		end: func(part int, text string) []string {
			return []string{
				event("output_text.done", part, `"text":`+quote(text)),
				event("content_part.done", part, `"part":{"type":"output_text","annotations":[],"text":`+quote(text)+`}`),
			}
		},
		last: func(texts []string) []string {
			item := `{"id":"m","type":"message","role":"assistant","content":` + quoteParts(texts) + `}`
			return []string{
				`{"type":"response.output_item.done","output_index":0,"item":` + item + `}`,
				`{"type":"` + lastType + `","response":{"id":"r","output":[` + item + `]}}`,
			}
		},
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "delta")
			return event["content_index"], text, isPiece
		},
		again: readResponses,
	}
}

// partedStreams are the presets whose messages have parts that end by themselves.
var partedStreams = []partedStream{
	respond("openai-responses", "response.completed"),
	respond("openai-realtime", "response.done"),
	{
		preset: "anthropic-messages",
		begin: func(part int) []string {
			return []string{fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"text","text":""}}`, part)}
		},
		piece: func(part int, text string) string {
			return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%s}}`, part, quote(text))
		},
		end: func(part int, _ string) []string {
			return []string{fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, part)}
		},
		last: func([]string) []string {
			return []string{`{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, `{"type":"message_stop"}`}
		},
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "delta", "text")
			return event["index"], text, isPiece
		},
	},
	{
		preset: "bedrock-converse",
		begin:  func(int) []string { return nil },
		piece: func(part int, text string) string {
			return fmt.Sprintf(`{"contentBlockDelta":{"contentBlockIndex":%d,"delta":{"text":%s}}}`, part, quote(text))
		},
		end: func(part int, _ string) []string {
			return []string{fmt.Sprintf(`{"contentBlockStop":{"contentBlockIndex":%d}}`, part)}
		},
		last: func([]string) []string {
			return []string{`{"messageStop":{"stopReason":"end_turn"}}`, `{"metadata":{"usage":{"inputTokens":1}}}`}
		},
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "contentBlockDelta", "delta", "text")
			return dig(event, "contentBlockDelta", "contentBlockIndex"), text, isPiece
		},
	},
	{
		preset: "cohere-chat",
		begin: func(part int) []string {
			return []string{fmt.Sprintf(`{"type":"content-start","index":%d,"delta":{"message":{"content":{"type":"text","text":""}}}}`, part)}
		},
		piece: func(part int, text string) string {
			return fmt.Sprintf(`{"type":"content-delta","index":%d,"delta":{"message":{"content":{"text":%s}}}}`, part, quote(text))
		},
		end: func(part int, _ string) []string {
			return []string{fmt.Sprintf(`{"type":"content-end","index":%d}`, part)}
		},
		last: func([]string) []string {
			return []string{`{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}`}
		},
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "delta", "message", "content", "text")
			return event["index"], text, isPiece && event["type"] == "content-delta"
		},
	},
	{
		preset: "vercel-ui-message-stream",
		begin:  func(part int) []string { return []string{fmt.Sprintf(`{"type":"text-start","id":"t%d"}`, part)} },
		piece: func(part int, text string) string {
			return fmt.Sprintf(`{"type":"text-delta","id":"t%d","delta":%s}`, part, quote(text))
		},
		end: func(part int, _ string) []string {
			return []string{fmt.Sprintf(`{"type":"text-end","id":"t%d"}`, part)}
		},
		last: func([]string) []string { return []string{`{"type":"finish-step"}`, `{"type":"finish"}`, "[DONE]"} },
		read: func(event map[string]any) (any, string, bool) {
			text, isPiece := digText(event, "delta")
			return event["id"], text, isPiece && event["type"] == "text-delta"
		},
	},
}
