package shaped_test

import (
	"strings"
	"testing"
)

// TestPiecesOfOneTextWithOtherKeys: the order of the keys and one more key make no other text of a piece.
func TestPiecesOfOneTextWithOtherKeys(t *testing.T) {
	item := func(metadata, text string) string {
		return `{"type":"item","content":"` + text + `","metadata":{` + metadata + `}}` + "\n"
	}
	args := func(keys, text string) string {
		return `data: {"type":"TOOL_CALL_ARGS",` + keys + `,"delta":"` + text + `"}` + "\n\n"
	}
	const (
		node, run     = `"nodeId":"a"`, `"runIndex":0`
		call, message = `"toolCallId":"1"`, `"messageId":"m"`
		end           = `{"type":"end","metadata":{"runIndex":0,"nodeId":"a"}}` + "\n"
	)
	for name, tc := range map[string]struct{ preset, stream string }{
		"order of members": {"n8n-chat-stream", item(node+","+run, "joe@") + item(run+","+node, "shop.example") + end},
		"one more at last": {"n8n-chat-stream", item(node, "joe@") + item(node+","+run, "shop.example") + end},
		"one less at last": {"n8n-chat-stream", item(node+","+run, "joe@") + item(node, "shop.example") + end},
		"one more of another kind": {"ag-ui", `data: {"type":"TOOL_CALL_START","toolCallId":"1","toolCallName":"x"}` + "\n\n" +
			args(call, "joe@") + args(message+","+call, "shop.example") + `data: {"type":"TOOL_CALL_END","toolCallId":"1"}` + "\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := rewriteFor(t, tc.preset, "", tc.stream)
			found := strings.Index(out, "[redacted:email]")
			if err != nil || strings.Contains(out, "joe@") || strings.Contains(out, "shop.example") || found < 0 {
				t.Fatalf("%v, stream is %s", err, out)
			}
			if ends := max(strings.Index(out, `"end"`), strings.Index(out, "TOOL_CALL_END")); ends < found {
				t.Errorf("the text follows its end: %s", out)
			}
		})
	}
}

// TestPieceOfSeveralTextsIsRefused: a piece that could continue each of two texts is not written.
func TestPieceOfSeveralTextsIsRefused(t *testing.T) {
	piece := func(keys, text string) string {
		return `{"type":"item","content":"` + text + `","metadata":{` + keys + `}}` + "\n"
	}
	stream := piece(`"nodeId":"a","runIndex":0`, "joe@") + piece(`"nodeId":"a","runIndex":1`, "b ") + piece(`"nodeId":"a"`, "shop.example")
	_, err := rewriteFor(t, "n8n-chat-stream", "", stream)
	if err == nil {
		t.Error("no error")
	}
}
