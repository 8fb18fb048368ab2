package shaped_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// findStream returns the shape of a stream of a preset, as listStreams names it.
func findStream(t *testing.T, preset, stream string) *shape.Shape {
	t.Helper()
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		if s.Name == preset {
			return listStreams(t, s)[stream]
		}
	}
	t.Fatalf("there is no preset %q", preset)
	return nil
}

func candidate(parts, more string) string {
	return `{"candidates":[{"content":{"parts":[` + parts + `]}` + more + `}]}`
}

// TestArrayOfGemini: the elements of an array leave one by one, and what leaves is an array, also if it ends with a refusal or has an error
// only.
func TestArrayOfGemini(t *testing.T) {
	c := newCodecOf(t, findStream(t, "gemini", "gemini, array"))
	first := candidate(`{"text":"Write to joe@"}`, "")
	s := c.Stream("AI.", new(redact.Counts))
	out, err := s.Write(nil, []byte("["+first+","))
	if want := "[\n" + candidate(`{"text":"AI.\n\nWrite to "}`, ""); err != nil || string(out) != want {
		t.Fatalf("error is %v, the first element is %s", err, out)
	}
	out, err = s.Write(nil, []byte(candidate(`{"text":"shop.example"}`, `,"finishReason":"STOP"`)+"\n]"))
	if want := ",\n" + candidate(`{"text":"[redacted:email]"}`, `,"finishReason":"STOP"`) + "\n]"; err != nil || string(out) != want {
		t.Fatalf("error is %v, the rest is %s", err, out)
	}
	if out, err = s.Close(nil); err != nil || len(out) > 0 || !s.HasEnded() || !s.Shown() {
		t.Errorf("error is %v, more is %q, shown is %t", err, out, s.Shown())
	}
	for name, stream := range map[string]string{
		"in the middle":        "[" + first + "," + candidate(`{"inlineData":{"data":"aa"}}`, ""),
		"at once":              "[" + candidate(`{"inlineData":{"data":"aa"}}`, ""),
		"not an array":         `"joe@shop.example"`,
		"array without an end": "[" + first,
	} {
		s := c.Stream("AI.", new(redact.Counts))
		out, err := s.Write(nil, []byte(stream+","))
		if err == nil {
			out, err = s.Close(out)
		}
		var why *refusal.Refusal
		if !errors.As(err, &why) {
			t.Fatalf("%s: error is %v", name, err)
		}
		events := framings[shape.FramingJSONArray].read(t, string(s.Refuse(out, why, "x1")))
		if last := events[len(events)-1]; !strings.Contains(last, why.ID) || strings.Contains(strings.Join(events, ""), "shop.example") {
			t.Errorf("%s: elements are %q", name, events)
		}
	}
	got, err := rewriteWith(c, "", `{"error":{"code":429,"message":"Ask joe@shop.example"}}`)
	if want := "[\n" + `{"error":{"code":429,"message":"Ask [redacted:email]"}}` + "\n]"; err != nil || got != want {
		t.Errorf("error is %v, the error of the server is %s", err, got)
	}
}

func TestGeminiRefuses(t *testing.T) {
	part := func(part string) string { return `{"contents":[{"parts":[` + part + `]}]}` }
	for name, tc := range map[string]struct {
		body string
		want refusal.Rule
	}{
		"image":                          {part(`{"inlineData":{"mimeType":"image/png","data":"aa"}}`), refusal.PartUnreadable},
		"image in snake case":            {part(`{"inline_data":{"mime_type":"image/png","data":"aa"}}`), refusal.PartUnreadable},
		"file":                           {part(`{"fileData":{"fileUri":"gs://a/b"}}`), refusal.PartUnreadable},
		"image in the result":            {part(`{"functionResponse":{"name":"f","parts":[{"inlineData":{"data":"aa"}}]}}`), refusal.PartUnreadable},
		"image in the instruction":       {`{"systemInstruction":{"parts":[{"inlineData":{"data":"aa"}}]},"contents":[{"parts":[]}]}`, refusal.PartUnreadable},
		"image in place of contents":     {`{"contents":{"parts":{"inlineData":{"data":"aa"}}}}`, refusal.PartUnreadable},
		"image in place of parts":        {`{"contents":[{"parts":{"inlineData":{"data":"aa"}}}]}`, refusal.PartUnreadable},
		"image of one content":           {`{"contents":{"parts":[{"inlineData":{"data":"aa"}}]}}`, refusal.PartUnreadable},
		"spoken answer":                  {`{"generationConfig":{"responseModalities":["AUDIO"]},"contents":[{"parts":[]}]}`, refusal.PartUnreadable},
		"contents that are no list":      {`{"contents":"hi"}`, refusal.BodyShape},
		"parts that are no list":         {`{"contents":[{"parts":"hi"}]}`, refusal.BodyShape},
		"no contents":                    {`{"messages":[]}`, refusal.BodyShape},
		"other letters in a name":        {`{"Contents":[],"contents":[{"parts":[]}]}`, refusal.BodyShape},
		"member of a content, elsewhere": {`{"contents":[{"PARTS":[{"text":"hi"}],"parts":[]}]}`, refusal.BodyShape},
	} {
		var why *refusal.Refusal
		_, _, err := newCodecFor(t, "gemini").Request(nil, []byte(tc.body), new(redact.Counts))
		if !errors.As(err, &why) || !why.IsFor(tc.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestStructuredRequestsOfGemini: JSON for a program, and a demanded function call, get no statement.
func TestStructuredRequestsOfGemini(t *testing.T) {
	for members, want := range map[string]bool{
		`"generationConfig":{"responseMimeType":"text/plain"}`:                            false,
		`"generationConfig":{"responseMimeType":"application/json"}`:                      true,
		`"generation_config":{"response_schema":{"type":"OBJECT"}}`:                       true,
		`"generationConfig":{"responseJsonSchema":{"type":"object"}}`:                     true,
		`"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}`:                          false,
		`"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}`:                           true,
		`"systemInstruction":{"parts":{"text":"Be kind to joe@shop.example"}},"tools":[]`: false,
	} {
		body := `{` + members + `,"contents":[{"parts":[{"text":"hi"}]}]}`
		got, read, err := newCodecFor(t, "gemini").Request(nil, []byte(body), new(redact.Counts))
		if err != nil || read.Structured != want || strings.Contains(string(got), "joe@") {
			t.Errorf("%s: structured is %t, error is %v, request is %s", members, read.Structured, err, got)
		}
	}
}

// TestStreamsOfGemini: what else an event of Gemini has.
func TestStreamsOfGemini(t *testing.T) {
	frame := func(events ...string) string { return framings[shape.FramingSSE].write(events) }
	cases := map[string]struct{ stream, want string }{
		"function call": {
			frame(candidate(`{"functionCall":{"name":"find","args":{"who":["joe@shop.example"],"to":"joe@"}},"thoughtSignature":"CiQB41=="}`, "")),
			frame(candidate(`{"functionCall":{"name":"find","args":{"who":["[redacted:email]"],"to":"joe@"}},"thoughtSignature":"CiQB41=="}`, "")),
		},
		"pieces of arguments": {
			frame(candidate(`{"functionCall":{"partialArgs":[{"jsonPath":"$.who","stringValue":"joe@"}]}}`, "")),
			frame(candidate(`{"functionCall":{"partialArgs":[{"jsonPath":"$.who","stringValue":""}]}}`, "")),
		},
		"grounding": {
			frame(candidate(`{"text":"Hi. "}`, `,"groundingMetadata":{"groundingSupports":[{"segment":{"text":"joe@"}}],"webSearchQueries":["joe@"],"searchEntryPoint":{"sdkBlob":"am9l"}}`)),
			frame(candidate(`{"text":"Hi. "}`, `,"groundingMetadata":{"groundingSupports":null,"webSearchQueries":["joe@"],"searchEntryPoint":{"sdkBlob":null}}`)),
		},
		"blocked question": {
			frame(`{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"not to joe@shop.example"}}`),
			frame(`{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"not to [redacted:email]"}}`),
		},
		"two candidates": {
			frame(`{"candidates":[{"content":{"parts":[{"text":"ada@"}]}},{"index":1,"content":{"parts":[{"text":"joe@"}]}}]}`,
				`{"candidates":[{"index":1,"content":{"parts":[{"text":"y.example. "}]}},{"index":0,"content":{"parts":[{"text":"x.example. "}]}}]}`),
			frame(`{"candidates":[{"content":{"parts":[{"text":""}]}},{"index":1,"content":{"parts":[{"text":""}]}}]}`,
				`{"candidates":[{"index":1,"content":{"parts":[{"text":"[redacted:email]. "}]}},{"index":0,"content":{"parts":[{"text":"[redacted:email]. "}]}}]}`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := rewriteFor(t, "gemini", "", tc.stream)
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
		})
	}
	for name, parts := range map[string]string{
		"image": `{"inlineData":{"data":"aa"}}`, "text that is a list": `{"text":["joe@"]}`, "part that is a text": `"joe@"`,
	} {
		var why *refusal.Refusal
		if out, err := rewriteFor(t, "gemini", "", frame(candidate(parts, ""))); !errors.As(err, &why) {
			t.Errorf("%s: error is %v, stream:\n%s", name, err, out)
		}
	}
}

// bedrock writes the events of a stream of Bedrock.
func bedrock(events ...string) string { return framings[shape.FramingAWS].write(events) }

func blockDelta(index, delta string) string {
	return `{"contentBlockDelta":{"contentBlockIndex":` + index + `,"delta":{` + delta + `}}}`
}

const firstStop = `{"contentBlockStop":{"contentBlockIndex":0}}`

// TestStreamsOfBedrock: what is held back of a block leaves before the event that ends it, and what else an event has.
func TestStreamsOfBedrock(t *testing.T) {
	for name, tc := range map[string]struct{ stream, want []string }{
		"end of a block": {
			[]string{blockDelta("0", `"text":"joe@shop.example"`), firstStop},
			[]string{blockDelta("0", `"text":""`), blockDelta("0", `"text":"[redacted:email]"`), firstStop},
		},
		"two blocks": {
			[]string{blockDelta("0", `"text":"joe@"`), blockDelta("1", `"text":"ada@"`), blockDelta("0", `"text":"x.example. "`), blockDelta("1", `"text":"y.example. "`)},
			[]string{blockDelta("0", `"text":""`), blockDelta("1", `"text":""`), blockDelta("0", `"text":"[redacted:email]. "`), blockDelta("1", `"text":"[redacted:email]. "`)},
		},
		"reasoning": {
			[]string{blockDelta("0", `"reasoningContent":{"text":"Hm. "}`), blockDelta("0", `"reasoningContent":{"signature":"Er4111111111111111"}`), firstStop},
			[]string{blockDelta("0", `"reasoningContent":{"text":"Hm. "}`), blockDelta("0", `"reasoningContent":{"signature":"Er4111111111111111"}`), firstStop},
		},
		"citation": {
			[]string{blockDelta("0", `"citation":{"title":"joe@","sourceContent":[{"text":"joe@shop.example"}]}`)},
			[]string{blockDelta("0", `"citation":{"title":"joe@","sourceContent":[{"text":"[redacted:email]"}]}`)},
		},
		"trace": {
			[]string{`{"metadata":{"trace":{"guardrail":{"modelOutput":["joe@shop.example"]}}}}`},
			[]string{`{"metadata":{"trace":{"guardrail":{"modelOutput":["[redacted:email]"]}}}}`},
		},
		"exception": {
			[]string{`{"throttlingException":{"message":"Ask joe@shop.example"}}`}, []string{`{"throttlingException":{"message":"Ask [redacted:email]"}}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := rewriteFor(t, "bedrock-converse", "", bedrock(tc.stream...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, framings[shape.FramingAWS].read(t, out)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBedrockRefuses(t *testing.T) {
	block := func(block string) string { return `{"messages":[{"role":"user","content":[` + block + `]}]}` }
	for name, tc := range map[string]struct {
		body string
		want refusal.Rule
	}{
		"image":               {block(`{"image":{"format":"png","source":{"bytes":"aa"}}}`), refusal.PartUnreadable},
		"document":            {block(`{"document":{"name":"a","source":{"bytes":"aa"}}}`), refusal.PartUnreadable},
		"image of a tool":     {block(`{"toolResult":{"toolUseId":"t","content":[{"image":{}}]}}`), refusal.PartUnreadable},
		"signed reasoning":    {block(`{"reasoningContent":{"reasoningText":{"text":"joe@shop.example","signature":"Er=="}}}`), refusal.SignedPersonal},
		"body of InvokeModel": {`{"anthropic_version":"bedrock-2023-05-31","prompt":"hi"}`, refusal.BodyShape},
	} {
		var why *refusal.Refusal
		_, _, err := newCodecFor(t, "bedrock-converse").Request(nil, []byte(tc.body), new(redact.Counts))
		if !errors.As(err, &why) || !why.IsFor(tc.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	good := bedrock(blockDelta("0", `"text":"Hi. "`))
	for name, tc := range map[string]struct {
		stream string
		want   refusal.Rule
	}{
		"text of a block that has ended": {good + bedrock(firstStop) + good, refusal.AnswerMalformed},
		"unknown event":                  {bedrock(`{"said":{"text":"joe@"}}`), refusal.AnswerMalformed},
		"unknown delta":                  {bedrock(blockDelta("0", `"sound":{"bytes":"aa"}`)), refusal.AnswerUnreadable},
		"image":                          {bedrock(`{"contentBlockStart":{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}}`), refusal.AnswerUnreadable},
		"reasoning with personal data":   {bedrock(blockDelta("0", `"reasoningContent":{"text":"joe@shop.example"}`), firstStop), refusal.AnswerUnreadable},
		"changed byte":                   {good[:len(good)-3] + "x" + good[len(good)-2:], refusal.AnswerMalformed},
		"end in the middle":              {good + good[:9], refusal.AnswerMalformed},
		"payload that is no JSON":        {bedrock(`{"messageStart":{"role":}}`), refusal.AnswerMalformed},
		"event above 64 KiB":             {bedrock(blockDelta("0", `"text":"`+strings.Repeat("a", 65<<10)+`"`)), refusal.AnswerTooLarge},
	} {
		var why *refusal.Refusal
		if out, err := rewriteFor(t, "bedrock-converse", "", tc.stream); !errors.As(err, &why) || !why.IsFor(tc.want) {
			t.Errorf("%s: error is %v, stream:\n%q", name, err, out)
		}
	}
}
