package bot_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

func ask(t *testing.T, o bot.Options, body string) (int, string) {
	t.Helper()
	server := httptest.NewServer(bot.Handler(o))
	t.Cleanup(server.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+bot.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(answer)
}

func TestBotAnswers(t *testing.T) {
	cases := map[string]struct{ body, want string }{
		"echo of the last user message": {`{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`, "You said: c"},
		"echo of parts":                 {`{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`, "You said: ab"},
		"greeting":                      {`{"messages":[{"role":"user","content":"Hello"}]}`, bot.Greeting},
		"contact":                       {`{"messages":[{"role":"user","content":"Please show contact"}]}`, bot.Contact},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			status, answer := ask(t, bot.Options{}, tc.body)
			var got struct {
				Choices []struct{ Message struct{ Content string } }
			}
			if err := json.Unmarshal([]byte(answer), &got); err != nil || status != http.StatusOK || len(got.Choices) != 1 {
				t.Fatalf("status %d, answer %q (%v)", status, answer, err)
			}
			if diff := cmp.Diff(tc.want, got.Choices[0].Message.Content); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBotStreams(t *testing.T) {
	cases := map[string]struct {
		options bot.Options
		pieces  int
	}{
		"word by word":   {bot.Options{}, 3},
		"in three bytes": {bot.Options{CutBytes: 3}, 5},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, answer := ask(t, tc.options, `{"stream":true,"messages":[{"role":"user","content":"grün"}]}`)
			text, pieces := "", 0
			for event := range strings.SplitSeq(strings.TrimSuffix(answer, "\n\n"), "\n\n") {
				var got struct {
					Choices []struct{ Delta struct{ Content string } }
				}
				if json.Unmarshal([]byte(strings.TrimPrefix(event, "data: ")), &got) == nil && got.Choices[0].Delta.Content != "" {
					text += got.Choices[0].Delta.Content
					pieces++
				}
			}
			if diff := cmp.Diff("You said: grün", text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if pieces != tc.pieces || !strings.HasSuffix(answer, "data: [DONE]\n\n") {
				t.Errorf("%d pieces in %q, want %d and [DONE]", pieces, answer, tc.pieces)
			}
		})
	}
}

func TestBotRefusesWhatIsNotJSON(t *testing.T) {
	if status, answer := ask(t, bot.Options{}, "hello"); status != http.StatusBadRequest {
		t.Errorf("status is %d (%s), want 400", status, answer)
	}
}

func TestBotReadsARequestOfTheLargestSizeAndNoLarger(t *testing.T) {
	const largest = 4 << 20
	message := func(size int) string {
		before, after := `{"messages":[{"role":"user","content":"Hello"}],"padding":"`, `"}`
		return before + strings.Repeat("a", size-len(before)-len(after)) + after
	}
	if status, _ := ask(t, bot.Options{}, message(largest)); status != http.StatusOK {
		t.Errorf("status of a request of %d bytes: want 200, got %d", largest, status)
	}
	if status, _ := ask(t, bot.Options{}, message(largest+1)); status != http.StatusBadRequest {
		t.Errorf("status of a request of %d bytes: want 400, got %d", largest+1, status)
	}
}
