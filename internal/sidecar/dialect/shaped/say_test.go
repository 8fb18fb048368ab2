package shaped_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// TestSaidTextsAreAnswers: the dialect reads an answer of the sidecar as an answer of the chatbot whose text people see.
func TestSaidTextsAreAnswers(t *testing.T) {
	list, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		for _, isStreamed := range []bool{false, true} {
			t.Run(s.Name, func(t *testing.T) {
				format := shapedtest.Preset(t, s.Name)
				body, contentType := format.FormatSaid(dialect.Said{
					Text: "He said \"no\".\n", ExchangeID: "e1", At: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Streamed: isStreamed,
				})
				if body == nil {
					t.Skip("the shape describes no such answer")
				}
				want := map[bool]dialect.Form{false: dialect.Document, true: dialect.Streamed}[isStreamed && s.Say.Stream != nil || s.Say.Body == ""]
				// Frames of a socket have no type.
				if form := format.FormOf(contentType); contentType != "" && form != want {
					t.Errorf("%q is of the form %d, want %d", contentType, form, want)
				}
				checkSaid(t, format, body, want)
			})
		}
	}
}

// checkSaid checks that the text of the answer is there, and that a statement would stand in front of it.
func checkSaid(t *testing.T, format dialect.Format, body []byte, form dialect.Form) {
	t.Helper()
	of := map[dialect.Form]string{dialect.Document: shape.OfAnswer, dialect.Streamed: shape.OfStream}[form]
	texts, err := example.FindTexts(format, shape.Example{Of: of, In: string(body)})
	if err != nil {
		t.Fatal(err)
	}
	// Some APIs say a text again when it is complete, and some name the author.
	if !slices.Contains(texts, "He said \"no\".\n") {
		t.Errorf("texts are %q", texts)
	}
	set, err := redact.NewSet(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := transform.New(set)
	var counts redact.Counts
	if form == dialect.Document {
		_, read, err := tr.Answer(nil, body, format, "Statement.", &counts)
		// An error has no place for a statement.
		if isError := bytes.HasPrefix(body, []byte(`{"error":`)); err != nil || read.Shown == isError {
			t.Errorf("shown %t, error %v in %s", read.Shown, err, body)
		}
		return
	}
	stream := tr.Stream(format, "Statement.", &counts)
	if _, err := stream.Write(nil, body); err != nil {
		t.Fatal(err)
	}
	if !stream.HasEnded() {
		if _, err := stream.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
	if !stream.Shown() {
		t.Errorf("people do not see the text of %s", body)
	}
}

// TestSaidAnswersOfRoutesThatAlwaysStream: the clients of Gemini's routes for streams read nothing else there, and their requests do not say so.
func TestSaidAnswersOfRoutesThatAlwaysStream(t *testing.T) {
	said := `{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi."}]},"finishReason":"STOP","index":0}],"modelVersion":"chaperone","responseId":"x"}`
	for name, want := range map[string][2]string{
		"turn":   {"application/json", said},
		"stream": {"text/event-stream", "data: " + said + "\n\n"},
		"array":  {"application/json", "[\n" + said + "\n]"},
	} {
		s, err := shape.FindPreset("gemini")
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(s.Routes, func(r shape.Route) bool { return r.Name == name })
		format, err := shaped.Compile(s.Of(&s.Routes[at]))
		if err != nil {
			t.Fatal(err)
		}
		body, media := format.FormatSaid(dialect.Said{Text: "Hi.", ExchangeID: "x"})
		if got := [2]string{media, string(body)}; got != want {
			t.Errorf("%s says %q, want %q", name, got, want)
		}
	}
}

func TestRequestsThatCannotBeReadAreDescribed(t *testing.T) {
	formats, err := shaped.Presets()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		format, body string
		want         dialect.Request
	}{
		"nothing":                       {"openai-chat", "", dialect.Request{}},
		"no JSON":                       {"openai-chat", "hello", dialect.Request{}},
		"stream at the end":             {"openai-chat", `{"messages":[{"role":7}],"stream":true}`, dialect.Request{Streamed: true, Messages: 1}},
		"cut behind the stream":         {"openai-chat", `{"stream":true,"messages":[{"role":"us`, dialect.Request{Streamed: true, Messages: 1}},
		"structured":                    {"openai-chat", `{"response_format":{"type":"json_object"},"messages":1}`, dialect.Request{Structured: true}},
		"a grammar":                     {"openai-chat", `{"structured_outputs":{"regex":"a"}}`, dialect.Request{Structured: true}},
		"an API that streams by itself": {"ollama-chat", `{"messages":[`, dialect.Request{Streamed: true}},
		"not streamed":                  {"ollama-chat", `{"stream":false}`, dialect.Request{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, formats[tc.format].DescribeRequest([]byte(tc.body))); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}
