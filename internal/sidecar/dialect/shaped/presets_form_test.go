package shaped_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

func TestRefusalsOfPresets(t *testing.T) {
	r := refusal.New(refusal.Suspended)
	form := `{"message":"The chatbot is suspended; only humans answer now. Ask the team that runs the chatbot how to reach a human."`
	rest := `"rule":"sidecar.suspended","what":"The chatbot is suspended; only humans answer now.",` +
		`"remedy":"Ask the team that runs the chatbot how to reach a human.","exchange":"x1"}`
	anthropic := `{"type":"error","error":{"type":"permission_error",` + form[1:] + `,` + rest + `}`
	ollama := `{"error":` + form[len(`{"message":`):] + `,` + rest
	for preset, want := range map[string]struct{ body, events string }{
		"anthropic-messages": {anthropic, "event: error\ndata: " + anthropic + "\n\n"},
		"ollama-chat":        {ollama, ollama + "\n"},
	} {
		format := newCodecFor(t, preset).format
		body, contentType := format.FormatRefusal(r, "x1")
		if diff := cmp.Diff(want.body, string(body)); diff != "" || contentType != "application/json" {
			t.Errorf("%s: type is %s, body (-want +got):\n%s", preset, contentType, diff)
		}
		if diff := cmp.Diff(want.events, string(format.AppendRefusal(nil, r, "x1"))); diff != "" {
			t.Errorf("%s: events (-want +got):\n%s", preset, diff)
		}
	}
}

func TestOllamaStreamsUnlessToldOtherwise(t *testing.T) {
	for member, want := range map[string]bool{"": true, `"stream":true,`: true, `"stream":null,`: true, `"stream":false,`: false} {
		_, read, err := newCodecFor(t, "ollama-chat").Request(nil, []byte(`{`+member+`"messages":[{"content":"a"}]}`), new(redact.Counts))
		if err != nil || read.Streamed != want {
			t.Errorf("%s: streamed is %t, %v", member, read.Streamed, err)
		}
	}
}
