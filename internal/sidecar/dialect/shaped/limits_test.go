package shaped_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// TestStreamAtItsLimits tries each bound at the bound and one above.
func TestStreamAtItsLimits(t *testing.T) {
	texts := func(n int) string {
		var stream strings.Builder
		for i := range n {
			fmt.Fprintf(&stream, "data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"a\"}}]}\n\n", i)
		}
		return stream.String()
	}
	index := func(form string, n int) string { return "data: " + fmt.Sprintf(form, n) + "\n\n" }
	const choice, call = `{"choices":[{"index":%d,"delta":{}}]}`, `{"choices":[{"delta":{"tool_calls":[{"index":%d}]}}]}`
	cases := map[string]struct {
		stream string
		bad    bool
	}{
		"256 texts":          {texts(256), false},
		"257 texts":          {texts(257), true},
		"choice 1024":        {index(choice, 1024), false},
		"choice 1025":        {index(choice, 1025), true},
		"call 1024":          {index(call, 1024), false},
		"call 1025":          {index(call, 1025), true},
		"event of 64 KiB":    {makeEvent(64 << 10), false},
		"event of one more":  {makeEvent(64<<10 + 1), true},
		"64 KiB in 2 fields": {"data: " + strings.Repeat(" ", 64<<10-14) + "\ndata: " + `{"choices":[]}`[:13] + "}\n\n", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newCodec(t).Stream("", new(redact.Counts)).Write(nil, []byte(tc.stream))
			if (err != nil) != tc.bad {
				t.Errorf("error is %v, want one: %t", err, tc.bad)
			}
		})
	}
}

// makeEvent returns an event with so many bytes of data.
func makeEvent(length int) string {
	const empty = `{"choices":[{"delta":{"content":""}}]}`
	return "data: " + strings.Replace(empty, `""`, `"`+strings.Repeat("a", length-len(empty))+`"`, 1) + "\n\n"
}

// TestRequestAtItsLimits: an identifier of 128 characters is one, a longer text is inspected; numbers are inspected from 13
// digits on.
func TestRequestAtItsLimits(t *testing.T) {
	body := func(id, number string) string {
		return `{"model":"` + id + `","x":` + number + `,"messages":[{"content":"a"}]}`
	}
	number := "DE89370400440532013000"
	cases := map[string]struct{ body, want string }{
		"identifier of 128": {body(strings.Repeat("a", 105)+":"+number, "1"), body(strings.Repeat("a", 105)+":"+number, "1")},
		"identifier of 129": {body(strings.Repeat("a", 106)+":"+number, "1"), body(strings.Repeat("a", 106)+":[redacted:iban]", "1")},
		"number of 13":      {body("m", "4222222222222"), body("m", `"[redacted:payment-card]"`)},
		"number of 12":      {body("m", "300123456789"), body("m", "300123456789")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _, err := newCodec(t).Request(nil, []byte(tc.body), new(redact.Counts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStreamDoesNotGrow: a long stream takes no more memory than a short one.
func TestStreamDoesNotGrow(t *testing.T) {
	for name, event := range map[string]string{
		"text":             delta(`"content":" parcel"`),
		"digits":           delta(`"content":" 4111"`),
		"reasoning":        delta(`"reasoning_content":"joe@"`),
		"unknown places":   `data: {"choices":[{"index":0,"delta":{},"x":{"y":"joe@"}}],"provider":"joe 1"}` + "\n\n",
		"finish each time": `data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}` + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newCodec(t).Stream("AI.", new(redact.Counts))
			var out []byte
			for range 100 {
				out, _ = s.Write(out[:0], []byte(event))
			}
			if n := testing.AllocsPerRun(1000, func() { out, _ = s.Write(out[:0], []byte(event)) }); n > 8 {
				t.Errorf("%v allocations for each event", n)
			}
			if len(out) > 2*len(event)+64 {
				t.Errorf("an event of %d bytes becomes %d", len(event), len(out))
			}
		})
	}
}

// TestCardNumbersThatAreJSONNumbers: a place that expects a string, a time or an index may hold any number.
func TestCardNumbersThatAreJSONNumbers(t *testing.T) {
	answer := func(choice, members string) string {
		return `{"choices":[{` + choice + `,"message":{"content":"a"}}]` + members + `}`
	}
	message := func(members string) string { return `{"choices":[{"message":{` + members + `}}]}` }
	cases := map[string]func(number string) string{
		"id":            func(n string) string { return answer(`"index":0`, `,"id":`+n) },
		"created":       func(n string) string { return answer(`"index":0`, `,"created":`+n) },
		"index":         func(n string) string { return answer(`"index":`+n, "") },
		"finish_reason": func(n string) string { return answer(`"finish_reason":`+n, "") },
		"role":          func(n string) string { return message(`"role":` + n) },
		"refusal":       func(n string) string { return message(`"refusal":` + n) },
		"part":          func(n string) string { return message(`"content":[{"type":"text","text":` + n + `}]`) },
		"part type":     func(n string) string { return message(`"content":[{"type":` + n + `,"text":"a"}]`) },
		"name":          func(n string) string { return message(`"function_call":{"name":` + n + `}`) },
		"arguments":     func(n string) string { return message(`"tool_calls":[{"function":{"arguments":` + n + `}}]`) },
		"call": func(n string) string {
			return message(`"tool_calls":[{"id":` + n + `,"type":` + n + `,"index":` + n + `}]`)
		},
	}
	for name, format := range cases {
		for _, number := range []string{"4111111111111111", "4.111111111111111e15", "4111111111111111.0"} {
			t.Run(name+" "+number, func(t *testing.T) {
				got, _, err := newCodec(t).Answer(nil, []byte(format(number)), "", new(redact.Counts))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(format(`"[redacted:payment-card]"`), string(got)); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
			})
		}
		t.Run(name+" in milliseconds", func(t *testing.T) {
			want := format("1764362193000")
			got, _, err := newCodec(t).Answer(nil, []byte(want), "", new(redact.Counts))
			if err != nil || string(got) != want {
				t.Errorf("answer is %s (%v), want %s", got, err, want)
			}
		})
	}
}

// TestStreamedCardNumbersThatAreJSONNumbers: a number where a text grows is refused, because a client could join it with the next.
func TestStreamedCardNumbersThatAreJSONNumbers(t *testing.T) {
	const number, mark = "4111111111111111", `"[redacted:payment-card]"`
	cases := map[string]struct {
		form string
		bad  bool
	}{
		"id and created": {`{"id":%[1]s,"created":%[1]s,"choices":[{"index":0,"delta":{}}]}`, false},
		"finish_reason":  {`{"choices":[{"finish_reason":%s}]}`, false},
		"role":           {`{"choices":[{"delta":{"role":%s}}]}`, false},
		"call":           {`{"choices":[{"delta":{"tool_calls":[{"id":%[1]s,"type":%[1]s,"function":{"name":%[1]s}}]}}]}`, false},
		"index":          {`{"choices":[{"index":%s,"delta":{}}]}`, true},
		"index of call":  {`{"choices":[{"delta":{"tool_calls":[{"index":%s}]}}]}`, true},
		"content":        {`{"choices":[{"delta":{"content":%s}}]}`, true},
		"refusal":        {`{"choices":[{"delta":{"refusal":%s}}]}`, true},
		"arguments":      {`{"choices":[{"delta":{"function_call":{"arguments":%s}}}]}`, true},
		"side text":      {`{"choices":[{"text":%s}]}`, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			data := func(value string) string { return "data: " + fmt.Sprintf(tc.form, value) + "\n\n" }
			got, err := newCodec(t).Stream("", new(redact.Counts)).Write(nil, []byte(data(number)))
			if tc.bad {
				if err == nil {
					t.Errorf("stream is %s, want a refusal", got)
				}
				return
			}
			if diff := cmp.Diff(data(mark), string(got)); err != nil || diff != "" {
				t.Errorf("error is %v, stream (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestEventsThatAreAddedRepeatRedactedNumbers: the shared members of an added event are those of the rewritten event.
func TestEventsThatAreAddedRepeatRedactedNumbers(t *testing.T) {
	got := rewrite(t, "", `data: {"created":4111111111111111,"choices":[{"index":0,"delta":{"content":"joe@"}}]}`+"\n\n")
	if strings.Contains(got, "4111111111111111") || strings.Count(got, `"created":"[redacted:payment-card]"`) != 2 {
		t.Errorf("stream is %s", got)
	}
}
