package shaped_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

func TestRequest(t *testing.T) {
	codec := newCodec(t)
	cases := map[string]struct {
		body, want string
		read       dialect.Request
	}{
		"plain request": {
			body: `{ "model": "m", "messages": [ {"role": "user", "content": "Hello"} ] }`,
			want: `{"model":"m","messages":[{"role":"user","content":"Hello"}]}`,
			read: dialect.Request{Messages: 1},
		},
		"streamed, in a conversation": {
			body: `{"stream":true,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`,
			want: `{"stream":true,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`,
			read: dialect.Request{Messages: 3, Streamed: true},
		},
		"personal data in a text": {
			body: `{"messages":[{"role":"user","content":"I am joe\u0040shop.example"}]}`,
			want: `{"messages":[{"role":"user","content":"I am [redacted:email]"}]}`,
			read: dialect.Request{Messages: 1},
		},
		"personal data in parts": {
			body: `{"messages":[{"role":"user","content":[{"type":"text","text":"ring +49 30 901820"},{"type":"text","text":"now"}]}]}`,
			want: `{"messages":[{"role":"user","content":[{"type":"text","text":"ring [redacted:phone]"},{"type":"text","text":"now"}]}]}`,
			read: dialect.Request{Messages: 1},
		},
		"personal data in tool calls and results": {
			body: `{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"pay","arguments":"{\"card\":\"4111111111111111\",\"to\":\"joe\\u0040shop.example\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"paid from DE89370400440532013000"}]}`,
			want: `{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"pay","arguments":"{\"card\":\"[redacted:payment-card]\",\"to\":\"[redacted:email]\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"paid from [redacted:iban]"}]}`,
			read: dialect.Request{Messages: 2},
		},
		"personal data at unknown places": {
			body: `{"messages":[{"role":"user","name":"joe@shop.example","x":[{"y":"joe@shop.example"}]}],"user":"joe@shop.example","metadata":{"card":4111111111111111}}`,
			want: `{"messages":[{"role":"user","name":"[redacted:email]","x":[{"y":"[redacted:email]"}]}],"user":"[redacted:email]","metadata":{"card":"[redacted:payment-card]"}}`,
			read: dialect.Request{Messages: 1},
		},
		"personal data where an identifier belongs": {
			body: `{"model":"joe@shop.example","messages":[{"role":"user","tool_call_id":"+49 30 901820"}]}`,
			want: `{"model":"[redacted:email]","messages":[{"role":"user","tool_call_id":"[redacted:phone]"}]}`,
			read: dialect.Request{Messages: 1},
		},
		"members of a tool in any spelling": {
			body: `{"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"Function":{"type":"string"},"Messages":{}}}},"Function":1}],"messages":[{"content":"a"}]}`,
			want: `{"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"Function":{"type":"string"},"Messages":{}}}},"Function":1}],"messages":[{"content":"a"}]}`,
			read: dialect.Request{Messages: 1},
		},
		"identifiers and numbers stay": {
			body: `{"model":"org/model-4:2026","seed":4111111111111111,"top_p":0.4111111111111111,"temperature":424.7660228494551,"x":1.4111111111111111,"y":4222222222222.5,"messages":[{"role":"tool","tool_call_id":"call_0301234567"}]}`,
			want: `{"model":"org/model-4:2026","seed":4111111111111111,"top_p":0.4111111111111111,"temperature":424.7660228494551,"x":1.4111111111111111,"y":4222222222222.5,"messages":[{"role":"tool","tool_call_id":"call_0301234567"}]}`,
			read: dialect.Request{Messages: 1},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, read, err := codec.Request(nil, []byte(tc.body), new(redact.Counts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.read, read.Request); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRequestRecognizesTheDisclosure: the history is evidence only where an answer that people see holds a statement.
func TestRequestRecognizesTheDisclosure(t *testing.T) {
	const user = `{"role":"user","content":"a"},`
	cases := map[string]struct {
		history string
		want    bool
	}{
		"answer with the statement":                  {user + `{"role":"assistant","content":"You chat with an AI.\n\nHi"}`, true},
		"answer in another language":                 {user + `{"role":"assistant","content":"Sie chatten mit einer KI.\n\nHallo"}`, true},
		"role behind the content":                    {user + `{"content":"You chat with an AI.\n\nHi","role":"assistant"}`, true},
		"answer in parts":                            {user + `{"role":"assistant","content":[{"type":"text","text":"You chat with an AI.\n\nHi"}]}`, true},
		"refusal":                                    {user + `{"role":"assistant","content":null,"refusal":"You chat with an AI.\n\nNo"}`, true},
		"empty list of calls":                        {user + `{"role":"assistant","content":"You chat with an AI.\n\nHi","tool_calls":[],"function_call":null}`, true},
		"statement that ends at 8 KiB":               {`{"role":"assistant","content":"` + strings.Repeat("a", 8<<10-len("You chat with an AI.")) + `You chat with an AI."}`, true},
		"statement that ends one byte later":         {`{"role":"assistant","content":"` + strings.Repeat("a", 8<<10-len("You chat with an AI.")+1) + `You chat with an AI."}`, false},
		"nothing yet":                                {`{"role":"user","content":"a"}`, false},
		"greeting of the client":                     {`{"role":"assistant","content":"Hi! How can I help?"},{"role":"user","content":"a"}`, false},
		"example of the client":                      {user + `{"role":"assistant","content":"b"},{"role":"user","content":"c"}`, false},
		"turn that calls a tool":                     {user + `{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]},{"role":"tool","content":"x"}`, false},
		"turn that calls a tool, with the statement": {user + `{"role":"assistant","content":"You chat with an AI.\n\n","tool_calls":[{"id":"c"}]}`, false},
		"the older call, with the statement":         {user + `{"function_call":{"name":"f"},"role":"assistant","content":"You chat with an AI.\n\n"}`, false},
		"statement from the user":                    {`{"role":"user","content":"You chat with an AI."}`, false},
		"statement from the developer":               {`{"role":"system","content":"You chat with an AI."},{"role":"assistant","content":"Hi"}`, false},
		"statement in another member":                {`{"role":"assistant","name":"You chat with an AI.","content":"Hi"}`, false},
		"statement in a message without a role":      {`{"role":"assistant","content":"Hi"},{"content":"You chat with an AI."}`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, read, err := newCodec(t).Request(nil, []byte(`{"messages":[`+tc.history+`]}`), new(redact.Counts))
			if err != nil {
				t.Fatal(err)
			}
			if read.Disclosed != tc.want {
				t.Errorf("disclosed is %t, want %t", read.Disclosed, tc.want)
			}
		})
	}
}

func TestRequestRefuses(t *testing.T) {
	codec := newCodec(t)
	cases := map[string]struct {
		body string
		rule refusal.Rule
	}{
		"not JSON":                         {`hello`, refusal.BodyMalformed},
		"member given twice":               {`{"messages":[{"content":"a","content":"b"}]}`, refusal.BodyMalformed},
		"data after the end":               {`{"messages":[{"content":"a"}]}{}`, refusal.BodyMalformed},
		"a list":                           {`[]`, refusal.BodyShape},
		"no messages":                      {`{"model":"m"}`, refusal.BodyShape},
		"empty messages":                   {`{"messages":[]}`, refusal.BodyShape},
		"messages in an object":            {`{"messages":{"role":"user"}}`, refusal.BodyShape},
		"message that is text":             {`{"messages":["hello"]}`, refusal.BodyShape},
		"content is a number":              {`{"messages":[{"content":4111111111111111}]}`, refusal.BodyShape},
		"content is an object":             {`{"messages":[{"content":{"text":"a"}}]}`, refusal.BodyShape},
		"part that is text":                {`{"messages":[{"content":["a"]}]}`, refusal.BodyShape},
		"stream is text":                   {`{"stream":"true","messages":[{"content":"a"}]}`, refusal.BodyShape},
		"role is a list":                   {`{"messages":[{"role":["user"]}]}`, refusal.BodyShape},
		"image":                            {`{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}`, refusal.PartUnreadable},
		"image without a type":             {`{"messages":[{"content":[{"image_url":{"url":"data:"}}]}]}`, refusal.PartUnreadable},
		"image behind a text":              {`{"messages":[{"content":[{"type":"text","text":"a","image_url":"x"}]}]}`, refusal.PartUnreadable},
		"sound":                            {`{"messages":[{"content":[{"type":"input_audio","input_audio":{}}]}]}`, refusal.PartUnreadable},
		"sound in a part that says text":   {`{"messages":[{"content":[{"type":"text","text":"a","input_audio":{"data":"eA=="}}]}]}`, refusal.PartUnreadable},
		"file in a part that says text":    {`{"messages":[{"content":[{"file":{"file_data":"eA=="},"type":"text","text":"a"}]}]}`, refusal.PartUnreadable},
		"unknown in a part that says text": {`{"messages":[{"content":[{"type":"text","text":"a","x":1}]}]}`, refusal.PartUnreadable},
		"refusal in a text part":           {`{"messages":[{"content":[{"type":"text","refusal":"a","text":"b"}]}]}`, refusal.PartUnreadable},
		"second spelling of messages":      {`{"messages":[{"content":"a"}],"Messages":[{"content":"b"}]}`, refusal.BodyShape},
		"second spelling of content":       {`{"messages":[{"content":"a","CONTENT":"b"}]}`, refusal.BodyShape},
		"second spelling beyond ASCII":     {`{"messages":[{"content":"a"}],"me\u017fsages":[]}`, refusal.BodyShape},
		"asks for sound":                   {`{"modalities":["text","audio"],"messages":[{"content":"a"}]}`, refusal.PartUnreadable},
		"personal name":                    {`{"messages":[{"content":"a"}],"metadata":{"joe@shop.example":1}}`, refusal.NamePersonal},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := codec.Request(nil, []byte(tc.body), new(redact.Counts))
			var why *refusal.Refusal
			if !errors.As(err, &why) {
				t.Fatalf("error is %v, want a *refusal.Refusal", err)
			}
			if diff := cmp.Diff(refusal.New(tc.rule).ID, why.ID); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
			if why.What == "" || why.Remedy == "" {
				t.Errorf("refusal is %+v, want what and remedy", why)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	codec := newCodec(t)
	cases := map[string]struct {
		opening, body, want string
		shown               bool
	}{
		"nothing to do": {
			body: `{"id":"chatcmpl-1","created":1732399999999,"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`,
			want: `{"id":"chatcmpl-1","created":1732399999999,"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`,
		},
		"opening in every choice, personal data behind it": {
			opening: "You chat with an AI.",
			body:    `{"choices":[{"message":{"content":"Ring +49 30 901820"}},{"message":{"content":"Or 415-555-2671"}}]}`,
			want:    `{"choices":[{"message":{"content":"You chat with an AI.\n\nRing [redacted:phone]"}},{"message":{"content":"You chat with an AI.\n\nOr [redacted:phone]"}}]}`,
			shown:   true,
		},
		"opening in the first part": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}`,
			want:    `{"choices":[{"message":{"content":[{"type":"text","text":"AI.\n\na"},{"type":"text","text":"b"}]}}]}`,
			shown:   true,
		},
		"no opening without a text": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"m\":\"joe@shop.example\"}"}}]}}]}`,
			want:    `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"m\":\"[redacted:email]\"}"}}]}}]}`,
		},
		"opening with an address stays whole": {
			opening: "AI of help@shop.example",
			body:    `{"choices":[{"message":{"content":""}}]}`,
			want:    `{"choices":[{"message":{"content":"AI of help@shop.example\n\n"}}]}`,
			shown:   true,
		},
		"probabilities are taken out": {
			body: `{"choices":[{"logprobs":{"content":[{"token":"joe@shop.example"}]},"message":{"content":"a"}}]}`,
			want: `{"choices":[{"logprobs":null,"message":{"content":"a"}}]}`,
		},
		"refusal, thoughts and links are inspected": {
			body: `{"choices":[{"message":{"content":"","refusal":"joe@shop.example","reasoning_content":"joe@shop.example","annotations":[{"url":"mailto:joe@shop.example"}]}}]}`,
			want: `{"choices":[{"message":{"content":"","refusal":"[redacted:email]","reasoning_content":"[redacted:email]","annotations":[{"url":"mailto:[redacted:email]"}]}}]}`,
		},
		"refusal alone: the opening stands in it": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":null,"refusal":"I cannot help."}}]}`,
			want:    `{"choices":[{"message":{"content":null,"refusal":"AI.\n\nI cannot help."}}]}`,
			shown:   true,
		},
		"refusal in a list of parts: the opening stands in it": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":[{"type":"refusal","refusal":"No."}]}}]}`,
			want:    `{"choices":[{"message":{"content":[{"type":"refusal","refusal":"AI.\n\nNo."}]}}]}`,
			shown:   true,
		},
		"empty refusal and a text: one opening": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"refusal":"","content":"Hi"}}]}`,
			want:    `{"choices":[{"message":{"refusal":"","content":"AI.\n\nHi"}}]}`,
			shown:   true,
		},
		"text of a turn that calls a tool: not shown": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}`,
			want:    `{"choices":[{"message":{"content":"AI.\n\n","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}`,
		},
		"text of a turn with the older call: not shown": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"function_call":{"name":"f","arguments":"{}"},"content":"a"}}]}`,
			want:    `{"choices":[{"message":{"function_call":{"name":"f","arguments":"{}"},"content":"AI.\n\na"}}]}`,
		},
		"the first choice calls a tool, the second speaks: not shown": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]}},{"message":{"content":"a","tool_calls":[],"function_call":null}}]}`,
			want:    `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]}},{"message":{"content":"AI.\n\na","tool_calls":[],"function_call":null}}]}`,
		},
		"the first choice speaks, the second calls a tool: shown": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":"a"}},{"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]}}]}`,
			want:    `{"choices":[{"message":{"content":"AI.\n\na"}},{"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]}}]}`,
			shown:   true,
		},
		"the first choice has no text, the second speaks: not shown": {
			opening: "AI.",
			body:    `{"choices":[{"message":{"content":null}},{"message":{"content":"a"}}]}`,
			want:    `{"choices":[{"message":{"content":null}},{"message":{"content":"AI.\n\na"}}]}`,
		},
		"members in capital letters that have no other spelling": {
			body: `{"Id":"c1","Title":"Bad request","usage":{"Choices":1},"choices":[{"message":{"content":"a","Name":"b"}}]}`,
			want: `{"Id":"c1","Title":"Bad request","usage":{"Choices":1},"choices":[{"message":{"content":"a","Name":"b"}}]}`,
		},
		"error": {
			opening: "AI.",
			body:    `{"error":{"message":"unknown user joe@shop.example","type":"invalid_request_error"}}`,
			want:    `{"error":{"message":"unknown user [redacted:email]","type":"invalid_request_error"}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, shown, err := codec.Answer(nil, []byte(tc.body), tc.opening, new(redact.Counts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if shown != tc.shown {
				t.Errorf("shown is %t, want %t", shown, tc.shown)
			}
		})
	}
}

func TestAnswerRefuses(t *testing.T) {
	codec := newCodec(t)
	cases := map[string]struct {
		body string
		rule refusal.Rule
	}{
		"not JSON":                      {`<html>`, refusal.AnswerMalformed},
		"cut":                           {`{"choices":[`, refusal.AnswerMalformed},
		"a list":                        {`[]`, refusal.AnswerMalformed},
		"choices in an object":          {`{"choices":{"message":{"content":"a"}}}`, refusal.AnswerMalformed},
		"content is a number":           {`{"choices":[{"message":{"content":1}}]}`, refusal.AnswerMalformed},
		"sound":                         {`{"choices":[{"message":{"audio":{"data":"UklGRg=="}}}]}`, refusal.AnswerUnreadable},
		"image":                         {`{"choices":[{"message":{"content":[{"type":"image_url"}]}}]}`, refusal.AnswerUnreadable},
		"file in a part that says text": {`{"choices":[{"message":{"content":[{"type":"text","text":"a","file":{}}]}}]}`, refusal.AnswerUnreadable},
		"refusal in a text part":        {`{"choices":[{"message":{"content":[{"type":"text","refusal":"a"}]}}]}`, refusal.AnswerUnreadable},
		"text in a refusal part":        {`{"choices":[{"message":{"content":[{"text":"a","type":"refusal"}]}}]}`, refusal.AnswerUnreadable},
		"text and refusal in a part":    {`{"choices":[{"message":{"content":[{"text":"a","refusal":"b"}]}}]}`, refusal.AnswerUnreadable},
		"second spelling of choices":    {`{"choices":[{"message":{"content":"a"}}],"Choices":[{"message":{"content":"b"}}]}`, refusal.AnswerMalformed},
		"second spelling of a message":  {`{"choices":[{"message":{"content":"a"},"Message":{"content":"b"}}]}`, refusal.AnswerMalformed},
		"second spelling of arguments":  {`{"choices":[{"message":{"function_call":{"arguments":"a","Arguments":"b"}}}]}`, refusal.AnswerMalformed},
		"personal name":                 {`{"choices":[],"joe@shop.example":1}`, refusal.AnswerMalformed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := codec.Answer(nil, []byte(tc.body), "", new(redact.Counts))
			var why *refusal.Refusal
			if !errors.As(err, &why) {
				t.Fatalf("error is %v, want a *refusal.Refusal", err)
			}
			if diff := cmp.Diff(refusal.New(tc.rule).ID, why.ID); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountsAddUp(t *testing.T) {
	codec := newCodec(t)
	var counts redact.Counts
	body := `{"messages":[{"content":"a@b.example c@d.example +49 30 901820"},{"content":"4111111111111111"}],"user":"e@f.example"}`
	if _, _, err := codec.Request(nil, []byte(body), &counts); err != nil {
		t.Fatal(err)
	}
	want := redact.Counts{redact.Email: 3, redact.Phone: 1, redact.PaymentCard: 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// TestPlacesBelowPlaces: of two selectors for all that stands below, the narrower one holds, wherever the shape lists it.
func TestPlacesBelowPlaces(t *testing.T) {
	wide, narrow := shape.Place{At: shape.Selectors{"$.a.**"}}, shape.Place{At: shape.Selectors{"$.a.b.**"}, Is: shape.Opaque}
	ofCase := shape.Place{At: shape.Selectors{"$.a[t=u].b.**"}, Is: shape.Opaque}
	for name, places := range map[string][]shape.Place{
		"wide first": {wide, narrow}, "narrow first": {narrow, wide}, "case first": {ofCase, wide}, "case and all": {narrow, ofCase, wide},
	} {
		t.Run(name, func(t *testing.T) {
			s := shape.Shape{Answer: shape.Document{Places: places}, Refusal: shape.Refusal{Body: "{}"}}
			format, err := shaped.Compile(&s)
			if err != nil {
				t.Fatal(err)
			}
			c := newCodec(t)
			c.format = format
			out, _, err := c.Answer(nil, []byte(`{"a":{"t":"u","x":["4111111111111111"],"b":{"c":["4111111111111111"]},"d":{"b":"4111111111111111"}}}`), "", new(redact.Counts))
			want := `{"a":{"t":"u","x":["[redacted:payment-card]"],"b":{"c":["4111111111111111"]},"d":{"b":"[redacted:payment-card]"}}}`
			if err != nil || string(out) != want {
				t.Errorf("answer is %s, error is %v, want %s", out, err, want)
			}
		})
	}
}
