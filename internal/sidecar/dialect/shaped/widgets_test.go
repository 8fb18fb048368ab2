package shaped_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// embedChunk makes an event of the embedded chat of AnythingLLM.
func embedChunk(id, text, closes string) string {
	return `data: {"uuid":"` + id + `","type":"textResponseChunk","textResponse":` + quote(text) + `,"sources":[],"close":` + closes + `,"error":false}` + "\n\n"
}

// TestEmbeddedChatForEveryCutOfTheText: the chunks of a text are put together by their identifier, also where the last one has text.
func TestEmbeddedChatForEveryCutOfTheText(t *testing.T) {
	for name, form := range map[string]func(a, b string) string{
		"close in an event of its own": func(a, b string) string {
			return embedChunk("u", a, "false") + embedChunk("u", b, "false") + embedChunk("u", "", "true")
		},
		"close with text": func(a, b string) string { return embedChunk("u", a, "false") + embedChunk("u", b, "true") },
		"no close":        func(a, b string) string { return embedChunk("u", a, "false") + embedChunk("u", b, "false") },
		"two texts": func(a, b string) string {
			return embedChunk("u", a, "false") + embedChunk("v", "joe@", "false") + embedChunk("u", b, "true")
		},
	} {
		t.Run(name, func(t *testing.T) {
			characters := strings.Split(answerText, "")
			for cut := range characters {
				out, err := rewriteFor(t, "anythingllm-embed", "", form(strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")))
				if err != nil {
					t.Fatal(err)
				}
				var text string
				for _, data := range splitEvents(t, "anythingllm-embed", out) {
					var event struct{ UUID, TextResponse string }
					if err := json.Unmarshal([]byte(data), &event); err != nil {
						t.Fatal(err)
					}
					if event.UUID == "u" {
						text += event.TextResponse
					}
				}
				if diff := cmp.Diff(answerRedacted, text); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
		})
	}
}

// TestWithdrawnAnswersOfDify: what an output moderation says in place of a text stands there with the statement, and says nothing that the
// pieces and it together would show.
func TestWithdrawnAnswersOfDify(t *testing.T) {
	message := func(event, text string) string {
		return `data: {"event":"` + event + `","message_id":"m","answer":` + quote(text) + "}\n\n"
	}
	out, err := rewriteFor(t, "dify-chat", "AI.", message("message", "Write to joe@")+message("message_replace", "Sorry, no answer."))
	want := message("message", "AI.\n\nWrite to ") + message("message", "joe@") + message("message_replace", "AI.\n\nSorry, no answer.")
	if diff := cmp.Diff(want, out); err != nil || diff != "" {
		t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
	}
}

// TestWidgetsRefuseWhatTheyCannotFollow: a text that replaces another, a picture, and a chunk of no text end the answer.
func TestWidgetsRefuseWhatTheyCannotFollow(t *testing.T) {
	for name, tc := range map[string]struct {
		preset, stream string
		want           refusal.Rule
	}{
		"text in place of another":  {"deep-chat", "data: {\"text\":\"joe@\"}\n\ndata: {\"text\":\"shop.example\",\"overwrite\":true}\n\n", refusal.AnswerUnreadable},
		"picture":                   {"deep-chat", "data: {\"files\":[{\"src\":\"data:image/png;base64,AAAA\"}],\"text\":\"\"}\n\n", refusal.AnswerUnreadable},
		"chunk of no text":          {"anythingllm-embed", "data: {\"type\":\"textResponseChunk\",\"textResponse\":\"joe@\"}\n\n", refusal.AnswerMalformed},
		"file of the Vercel AI SDK": {"vercel-data-stream", "k:{\"data\":\"AAAA\",\"mimeType\":\"image/png\"}\n", refusal.AnswerUnreadable},
		"step of another name":      {"langserve", "event: steps\ndata: 1\n\n", refusal.AnswerUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			var why *refusal.Refusal
			if out, err := rewriteFor(t, tc.preset, "", tc.stream); !errors.As(err, &why) || !why.IsFor(tc.want) {
				t.Errorf("error is %v, stream:\n%s", err, out)
			}
		})
	}
}
