package shaped_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// TestRefusalsOfGeminiHaveTheirStatus: clients read the code of the body, and must find the status of the response there.
func TestRefusalsOfGeminiHaveTheirStatus(t *testing.T) {
	for rule, want := range map[refusal.Rule]string{refusal.BodyShape: `{"error":{"code":400,"status":"REFUSED",`, refusal.PartUnreadable: `{"error":{"code":422,"status":"REFUSED",`} {
		body, _ := shapedtest.Preset(t, "gemini").FormatRefusal(refusal.New(rule), "")
		if !strings.HasPrefix(string(body), want) || strings.Contains(string(body), "chat completions") {
			t.Errorf("refusal is %s, want the start %s", body, want)
		}
	}
}

// TestChunksOfLangServeWithListsAreRefused: nothing tells which text an element of a list continues, so data cut between chunks would pass.
func TestChunksOfLangServeWithListsAreRefused(t *testing.T) {
	for name, tc := range map[string][2]string{
		"lists":                 {`["Write to joe@"]`, `["shop.example"]`},
		"lists of a message":    {`{"type":"AIMessageChunk","content":["Write to joe@"]}`, `{"type":"AIMessageChunk","content":["shop.example"]}`},
		"a list after a string": {`"Write to joe@"`, `["shop.example"]`},
	} {
		var stream strings.Builder
		for _, chunk := range tc {
			stream.WriteString("event: data\ndata: " + chunk + "\n\n")
		}
		got, err := rewriteWith(newCodecFor(t, "langserve"), "", stream.String())
		var why *refusal.Refusal
		if !errors.As(err, &why) || !why.IsFor(refusal.AnswerMalformed) {
			t.Errorf("%s: error is %v, stream is %s", name, err, got)
		}
	}
}

// TestTextsOfLangServeComeBeforeErrors: clients stop reading at the event.
func TestTextsOfLangServeComeBeforeErrors(t *testing.T) {
	got, err := rewriteWith(newCodecFor(t, "langserve"), "", "event: data\ndata: \"Write to joe@shop.example\"\n\nevent: error\ndata: {\"status_code\":500}\n\n")
	if err != nil || strings.Index(got, "[redacted:email]") > strings.Index(got, "event: error") || !strings.Contains(got, "[redacted:email]") {
		t.Errorf("error is %v, stream is %s", err, got)
	}
}
