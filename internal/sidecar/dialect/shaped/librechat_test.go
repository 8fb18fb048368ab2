package shaped_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

func libreChat(data string) string { return "event: message\ndata: " + data + "\n\n" }

func libreDelta(step, text string) string {
	return libreChat(`{"event":"on_message_delta","data":{"id":"` + step + `","delta":{"content":[{"type":"text","text":` + quote(text) + `}]}}}`)
}

// readLibreChat returns what the page of LibreChat shows of each step before the last event, and of the parts of the message in that event.
func readLibreChat(t *testing.T, stream string) (steps map[string]string, parts []string) {
	t.Helper()
	steps = map[string]string{}
	for _, document := range splitWith(t, &sse.NamedSplitter{}, stream) {
		type content []struct{ Text string }
		var event struct {
			Data struct {
				Data struct {
					ID    string
					Delta struct{ Content content }
				}
				ResponseMessage struct{ Content content }
			}
		}
		if err := json.Unmarshal([]byte(document), &event); err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		for _, part := range event.Data.Data.Delta.Content {
			steps[event.Data.Data.ID] += part.Text
		}
		for _, part := range event.Data.ResponseMessage.Content {
			parts = append(parts, part.Text)
		}
	}
	return steps, parts
}

// TestLibreChatForEveryCutOfTheText: what the page shows of each step, and of the message that takes their place, is the redaction of the whole
// text. The statement stands in both.
func TestLibreChatForEveryCutOfTheText(t *testing.T) {
	characters := strings.Split(answerText, "")
	final := libreChat(`{"final":true,"responseMessage":{"content":[{"type":"text","text":` + quote(answerText) + `},{"type":"text","text":" joe@shop.example"}]}}`)
	for cut := range characters {
		stream := libreDelta("a", strings.Join(characters[:cut], "")) + libreDelta("b", "joe@") + libreDelta("a", strings.Join(characters[cut:], "")) +
			libreDelta("b", "shop.example") + final
		out, err := rewriteFor(t, "librechat", "AI.", stream)
		if err != nil {
			t.Fatal(err)
		}
		steps, parts := readLibreChat(t, out)
		if diff := cmp.Diff(map[string]string{"a": "AI.\n\n" + answerRedacted, "b": "[redacted:email]"}, steps); diff != "" {
			t.Fatalf("cut at %d, steps (-want +got):\n%s", cut, diff)
		}
		if diff := cmp.Diff([]string{"AI.", answerRedacted, " [redacted:email]"}, parts); diff != "" {
			t.Fatalf("cut at %d, parts (-want +got):\n%s", cut, diff)
		}
	}
}
