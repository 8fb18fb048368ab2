package shaped_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// webUIEnd makes the event with which an answer of Open WebUI ends early.
func webUIEnd(kind string) string {
	return `{"packet":"42","event":"events","data":[{"chat_id":"c","message_id":"m","data":{"type":"` + kind + `","data":{}}}]}` + "\n"
}

// TestEarlyEndsOfOpenWebUI: an answer that fails or is canceled ends, and the page has all of its text before.
func TestEarlyEndsOfOpenWebUI(t *testing.T) {
	for _, kind := range []string{"chat:message:error", "chat:tasks:cancel"} {
		s := newCodecFor(t, "open-webui").Stream("", new(redact.Counts))
		got, err := s.Write(nil, []byte(webUIEvent("m", `"choices":[{"delta":{"content":"Write to joe@"}}]`)+webUIEnd(kind)))
		if err != nil || !s.HasEnded() || !strings.Contains(string(got), `"content":"joe@"`) || !strings.HasSuffix(string(got), webUIEnd(kind)) {
			t.Errorf("%s: ended is %t, error %v, frames:\n%s", kind, s.HasEnded(), err, got)
		}
	}
}

// TestOutputOfOpenWebUI: the page shows the items of `output` in place of the text, so that the statement stands there too. A piece of the
// arguments of a tool says nothing of which ones, and becomes empty where it may be personal data.
func TestOutputOfOpenWebUI(t *testing.T) {
	const item = `{"type":"message","id":"i1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}`
	const statement = `{"type":"message","id":"chaperone-statement","status":"completed","role":"assistant","content":[{"type":"output_text","text":"AI."}]},`
	call := func(arguments string) string {
		return `,{"type":"function_call","name":"find","arguments":` + quote(arguments) + `}`
	}
	s := newCodecFor(t, "open-webui").Stream("AI.", new(redact.Counts))
	got, err := s.Write(nil, []byte(webUIEvent("m", `"content":"Hi","output":[`+item+call("joe@")+`],"done":true`)))
	want := webUIEvent("m", `"content":"AI.\n\nHi","output":[`+statement+item+call("")+`],"done":true`)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, frames (-want +got):\n%s", err, diff)
	}
}

// TestPicturesOfOpenWebUI: a message with a picture is refused, wherever the page names the file.
func TestPicturesOfOpenWebUI(t *testing.T) {
	const picture = `"files":[{"type":"image","url":"/api/v1/files/f1/content"}]`
	for _, body := range []string{
		`{"messages":[{"role":"user","content":"Hi"}],` + picture + `}`,
		`{"messages":[{"role":"user","content":"Hi",` + picture + `}]}`,
		`{"messages":[{"role":"user","content":"Hi"}],"user_message":{"content":"Hi",` + picture + `}}`,
	} {
		var why *refusal.Refusal
		if _, _, err := newCodecFor(t, "open-webui").Request(nil, []byte(body), new(redact.Counts)); !errors.As(err, &why) || !why.IsFor(refusal.PartUnreadable) {
			t.Errorf("error of %s is %v", body, err)
		}
	}
}
