package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// event is what a client reads of a streamed answer.
type event struct {
	ID      string `json:"id"`
	Created int    `json:"created"`
	Choices []struct {
		Index int `json:"index"`
		Delta struct {
			Role      string `json:"role"`
			Content   string `json:"content"`
			Reasoning string `json:"reasoning_content"`
			Function  struct {
				Arguments string `json:"arguments"`
			} `json:"function_call"`
			Calls []struct {
				Index    int `json:"index"`
				Function struct {
					Arguments string `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"delta"`
		Finish string `json:"finish_reason"`
	} `json:"choices"`
}

// texts is what the client has put together: by choice, and by call within it.
type texts struct {
	Contents, Thoughts, Functions, Arguments map[string]string
	Finished                                 []int
	Done                                     bool
}

// run sends a stream in pieces and reads what comes out. Text behind the end of its choice is an error.
func run(t testing.TB, opening string, pieces ...string) (texts, string) {
	t.Helper()
	out := rewrite(t, opening, pieces...)
	return read(t, []byte(out)), out
}

// rewrite sends a stream in pieces and returns what comes out.
func rewrite(t testing.TB, opening string, pieces ...string) string {
	t.Helper()
	s := newCodec(t).Stream(opening, new(redact.Counts))
	var out []byte
	var err error
	for _, piece := range pieces {
		if out, err = s.Write(out, []byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err = s.Close(out); err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func read(t testing.TB, stream []byte) texts {
	t.Helper()
	got := texts{Contents: map[string]string{}, Thoughts: map[string]string{}, Functions: map[string]string{}, Arguments: map[string]string{}}
	var splitter sse.Splitter
	take := func(data []byte) error {
		if got.Done = string(data) == "[DONE]"; got.Done || len(data) == 0 {
			return nil
		}
		var e event
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("%s: %w", data, err)
		}
		got.add(t, e)
		return nil
	}
	if err := errors.Join(splitter.Write(stream, take), splitter.Close(take)); err != nil {
		t.Fatal(err)
	}
	return got
}

func (x *texts) add(t testing.TB, e event) {
	t.Helper()
	for _, c := range e.Choices {
		for _, finished := range x.Finished {
			if finished == c.Index && c.Delta.Content != "" {
				t.Errorf("choice %d has text behind its end", c.Index)
			}
		}
		key := fmt.Sprint(c.Index)
		x.Contents[key] += c.Delta.Content
		x.Thoughts[key] += c.Delta.Reasoning
		x.Functions[key] += c.Delta.Function.Arguments
		for _, call := range c.Delta.Calls {
			x.Arguments[fmt.Sprintf("%d.%d", c.Index, call.Index)] += call.Function.Arguments
		}
		if c.Finish != "" {
			x.Finished = append(x.Finished, c.Index)
		}
	}
}

const answerText = "Grüße! Write to joe.smith@mail.example.com or ring +49 (0)30 901820. Card 4111 1111 1111 1111, " +
	"IBAN DE89 3704 0044 0532 0130 00, ｊｏｅ＠ｓｈｏｐ.example, order 4711 of 23.11.2026."

const answerRedacted = "Grüße! Write to [redacted:email] or ring [redacted:phone]. Card [redacted:payment-card], " +
	"IBAN [redacted:iban], [redacted:email], order 4711 of 23.11.2026."

func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

func delta(members string) string {
	return `data: {"id":"c1","created":17,"choices":[{"index":0,"delta":{` + members + `},"finish_reason":null}]}` + "\n\n"
}

const finish = `data: {"id":"c1","created":17,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"

func TestStreamEqualsWholeTextForEveryCutOfTheText(t *testing.T) {
	characters := strings.Split(answerText, "")
	for cut := range characters {
		first, second := strings.Join(characters[:cut], ""), strings.Join(characters[cut:], "")
		got, _ := run(t, "", delta(`"role":"assistant","content":""`), delta(`"content":`+quote(first)),
			delta(`"content":`+quote(second)), finish, "data: [DONE]\n\n")
		if diff := cmp.Diff(answerRedacted, got.Contents["0"]); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
		if !got.Done {
			t.Fatal("the end of the stream is lost")
		}
	}
}

func TestStreamEqualsWholeTextCharacterByCharacterAndByteByByte(t *testing.T) {
	for name, lineEnd := range map[string]string{"line feeds": "\n", "carriage returns": "\r", "both": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			var stream strings.Builder
			stream.WriteString(": ping" + lineEnd)
			for _, c := range strings.Split(answerText, "") {
				stream.WriteString(strings.ReplaceAll(delta(`"content":`+quote(c)), "\n", lineEnd))
			}
			stream.WriteString(strings.ReplaceAll(finish+"data: [DONE]\n\n", "\n", lineEnd))
			pieces := make([]string, stream.Len())
			for i := range pieces {
				pieces[i] = stream.String()[i : i+1]
			}
			got, _ := run(t, "", pieces...)
			if diff := cmp.Diff(answerRedacted, got.Contents["0"]); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStreamFollowsEveryTextByItself mixes two choices, thoughts, two tool calls and the older function call at random.
func TestStreamFollowsEveryTextByItself(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	forms := []string{
		`{"index":%[2]d,"delta":{"content":%[1]s}}`,
		`{"delta":{"reasoning_content":%[1]s},"index":%[2]d}`,
		`{"index":%[2]d,"delta":{"function_call":{"arguments":%[1]s}}}`,
		`{"index":%[2]d,"delta":{"tool_calls":[{"index":0,"function":{"arguments":%[1]s}}]}}`,
		`{"delta":{"tool_calls":[{"function":{"arguments":%[1]s},"index":1}]},"index":%[2]d}`,
	}
	for range 50 {
		var rest [10][]string
		for i := range rest {
			rest[i] = strings.Split(answerText, "")
		}
		var stream strings.Builder
		for left := len(rest) * len(rest[0]); left > 0; {
			i := r.IntN(len(rest))
			n := min(r.IntN(9), len(rest[i]))
			piece := quote(strings.Join(rest[i][:n], ""))
			rest[i] = rest[i][n:]
			left -= n
			fmt.Fprintf(&stream, "data: {\"id\":\"c1\",\"choices\":["+forms[i%5]+"]}\n\n", piece, i/5)
		}
		stream.WriteString("data: [DONE]\n\n")
		got, _ := run(t, "", stream.String())
		both := map[string]string{"0": answerRedacted, "1": answerRedacted}
		want := texts{Contents: both, Thoughts: both, Functions: both, Done: true, Arguments: map[string]string{
			"0.0": answerRedacted, "0.1": answerRedacted, "1.0": answerRedacted, "1.1": answerRedacted,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("texts (-want +got):\n%s", diff)
		}
	}
}

func TestStream(t *testing.T) {
	cases := map[string]struct{ opening, stream, want string }{
		"opening in the first text": {
			opening: "You chat with an AI.",
			stream:  delta(`"role":"assistant","content":""`) + delta(`"content":"Hi "`) + finish + "data: [DONE]\n\n",
			want: delta(`"role":"assistant","content":"You chat with an AI.\n\n"`) + delta(`"content":"Hi "`) +
				finish + "data: [DONE]\n\n",
		},
		"held text comes before the end of the choice": {
			stream: delta(`"content":"write joe@shop.exam"`) + delta(`"content":"ple"`) + finish + "data: [DONE]\n\n",
			want: delta(`"content":"write "`) + delta(`"content":""`) + delta(`"content":"[redacted:email]"`) +
				finish + "data: [DONE]\n\n",
		},
		"end in the same event as the text": {
			stream: `data: {"choices":[{"index":0,"delta":{"content":"joe@shop.example"},"finish_reason":"stop"}]}` + "\n\n",
			want:   `data: {"choices":[{"index":0,"delta":{"content":"[redacted:email]"},"finish_reason":"stop"}]}` + "\n\n",
		},
		"held text comes at the end of the stream": {
			stream: delta(`"content":"joe@shop.example"`),
			want:   delta(`"content":""`) + delta(`"content":"[redacted:email]"`),
		},
		"ids, names and what follows the end are dropped": {
			stream: "id: joe@shop.example\nevent: joe@shop.example\n" + finish + "data: [DONE] joe@shop.example\n\ndata: joe@shop.example\n\n: end\n\n",
			want:   finish + "data: [DONE]\n\n",
		},
		"what keeps the connection open goes on without its text, before an event that waits": {
			stream: delta(`"content":"joe@"`) + finish + ": joe@shop.example\n\nevent: ping\n\ndata:\n\ndata: null\n\ndata: [DONE] \n\n",
			want:   delta(`"content":""`) + ":\n\n:\n\n:\n\n:\n\n" + delta(`"content":"joe@"`) + finish + "data: [DONE]\n\n",
		},
		"usage with a list of choices that is null": {
			stream: `data: {"choices":null,"usage":{"total_tokens":1}}` + "\n\n",
			want:   `data: {"choices":null,"usage":{"total_tokens":1}}` + "\n\n",
		},
		"index that is null": {
			stream: `data: {"choices":[{"index":null,"delta":{"content":"a, "}}]}` + "\n\n",
			want:   `data: {"choices":[{"index":null,"delta":{"content":"a, "}}]}` + "\n\n",
		},
		"data over several lines": {
			stream: "data: {\"choices\":\ndata:  []}\n\n",
			want:   "data: {\"choices\":[]}\n\n",
		},
		"probabilities are taken out": {
			stream: `data: {"choices":[{"index":0,"delta":{},"logprobs":{"content":[{"token":"joe@shop.example"}]}}]}` + "\n\n",
			want:   `data: {"choices":[{"index":0,"delta":{},"logprobs":null}]}` + "\n\n",
		},
		"texts at unknown places that could be pieces are emptied": {
			stream: delta(`"details":[{"text":"joe@","kind":"summary"}]`),
			want:   delta(`"details":[{"text":"","kind":"summary"}]`),
		},
		"unknown text at the depth of a delta": {
			stream: `data: {"choices":[{"index":0,"delta":{},"beside":{"text":"joe@","kind":"summary"}}]}` + "\n\n",
			want:   `data: {"choices":[{"index":0,"delta":{},"beside":{"text":"","kind":"summary"}}]}` + "\n\n",
		},
		"usage and empty choices": {
			stream: `data: {"choices":[],"usage":{"total_tokens":12}}` + "\n\n",
			want:   `data: {"choices":[],"usage":{"total_tokens":12}}` + "\n\n",
		},
		"error inside the stream": {
			stream: `data: {"error":{"message":"no user joe@shop.example"}}` + "\n\n",
			want:   `data: {"error":{"message":"no user [redacted:email]"}}` + "\n\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, got := run(t, tc.opening, tc.stream)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStreamRefuses(t *testing.T) {
	cases := map[string]struct {
		stream string
		rule   refusal.Rule
	}{
		"not JSON":                         {"data: joe@shop.example\n\n", refusal.AnswerMalformed},
		"two documents":                    {"data: {}\ndata: {}\n\n", refusal.AnswerMalformed},
		"neither choices nor error":        {`data: {"type":"delta","delta":"joe@"}` + "\n\n", refusal.AnswerMalformed},
		"error that is null":               {`data: {"error":null,"said":"joe@"}` + "\n\n", refusal.AnswerMalformed},
		"text next to the delta is a list": {`data: {"choices":[{"text":["a"]}]}` + "\n\n", refusal.AnswerMalformed},
		"a list":                           {"data: []\n\n", refusal.AnswerMalformed},
		"choices in an object":             {`data: {"choices":{"delta":{"content":"a"}}}` + "\n\n", refusal.AnswerMalformed},
		"content that is a number":         {delta(`"content":7`), refusal.AnswerMalformed},
		"delta is a text":                  {`data: {"choices":[{"delta":"joe@"}]}` + "\n\n", refusal.AnswerMalformed},
		"index is a text":                  {`data: {"choices":[{"index":"0","delta":{}}]}` + "\n\n", refusal.AnswerMalformed},
		"index below zero":                 {`data: {"choices":[{"index":-1,"delta":{}}]}` + "\n\n", refusal.AnswerMalformed},
		"index out of bounds":              {`data: {"choices":[{"index":99999,"delta":{}}]}` + "\n\n", refusal.AnswerMalformed},
		"sound":                            {delta(`"audio":{"data":"UklGRg=="}`), refusal.AnswerUnreadable},
		"second spelling of choices":       {`data: {"choices":[],"CHOICES":[{"delta":{"content":"joe@"}}]}` + "\n\n", refusal.AnswerMalformed},
		"second spelling of an index":      {`data: {"choices":[{"index":0,"Index":1,"delta":{}}]}` + "\n\n", refusal.AnswerMalformed},
		"second spelling of content":       {delta(`"content":"joe@","Content":"joe@"`), refusal.AnswerMalformed},
		"personal name":                    {`data: {"choices":[],"joe@shop.example":1}` + "\n\n", refusal.AnswerMalformed},
		"texts without end":                {makeManyTexts(), refusal.AnswerMalformed},
		"broken UTF-8":                     {"data: {\"a\":\"\xff\"}\n\n", refusal.AnswerMalformed},
		"text cut inside a letter":         {"data: {\"a\":\"\xc3\"}\n\ndata: {\"a\":\"\xbc\"}\n\n", refusal.AnswerMalformed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newCodec(t).Stream("", new(redact.Counts)).Write(nil, []byte(tc.stream))
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

func makeManyTexts() string {
	var stream strings.Builder
	for i := range 300 {
		fmt.Fprintf(&stream, "data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"a\"}}]}\n\n", i)
	}
	return stream.String()
}

func TestStreamGivesTheOpeningOncePerChoice(t *testing.T) {
	event := `data: {"choices":[{"index":0,"delta":{"content":"a "}},{"index":1,"delta":{"content":"b "}}]}` + "\n\n"
	got, _ := run(t, "AI.", event, event)
	want := map[string]string{"0": "AI.\n\na a ", "1": "AI.\n\nb b "}
	if diff := cmp.Diff(want, got.Contents); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(delta(`"content":"joe@shop.exam"`)+delta(`"content":"ple"`)+finish), uint8(7))
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{\"}}]}}]}\r\n\r\n"), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		codec := newCodec(t)
		whole, wholeErr := feed(codec, stream, len(stream)+1)
		cut, cutErr := feed(codec, stream, int(step)+1)
		if (wholeErr == nil) != (cutErr == nil) {
			t.Fatalf("whole: %v, by %d bytes: %v", wholeErr, int(step)+1, cutErr)
		}
		if diff := cmp.Diff(string(whole), string(cut)); wholeErr == nil && diff != "" {
			t.Errorf("by %d bytes (-want +got):\n%s", int(step)+1, diff)
		}
	})
}

func feed(codec codec, stream []byte, step int) ([]byte, error) {
	s := codec.Stream("AI.", new(redact.Counts))
	var out []byte
	for len(stream) > 0 {
		n := min(step, len(stream))
		var err error
		if out, err = s.Write(out, stream[:n]); err != nil {
			return nil, err
		}
		stream = stream[n:]
	}
	return s.Close(out)
}

// TestStreamShowsTheOpening: people see the choice 0.
func TestStreamShowsTheOpening(t *testing.T) {
	cases := map[string]struct {
		stream string
		want   bool
	}{
		"text":                          {delta(`"content":"a"`), true},
		"refusal":                       {delta(`"refusal":"a"`), true},
		"no text yet":                   {delta(`"role":"assistant"`), false},
		"text of another choice":        {`data: {"choices":[{"index":1,"delta":{"content":"a"}}]}` + "\n\n", false},
		"text of all choices":           {`data: {"choices":[{"index":1,"delta":{"content":"a"}},{"index":0,"delta":{"content":"a"}}]}` + "\n\n", true},
		"text, and a tool call later":   {delta(`"content":"a"`) + delta(`"tool_calls":[{"index":0}]`), false},
		"text, and a refused event":     {delta(`"content":"a"`) + delta(`"tool_calls":[{"index":0}],"audio":1`), true},
		"text in an event that waits":   {`data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}` + "\n\n", false},
		"text in the last event so far": {`data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newCodec(t).Stream("AI.", new(redact.Counts))
			out, _ := s.Write(nil, []byte(tc.stream))
			if s.Shown() != tc.want {
				t.Errorf("shown is %t, want %t, after %s", s.Shown(), tc.want, out)
			}
		})
	}
}

func BenchmarkStreamEvent(b *testing.B) {
	s := newCodec(b).Stream("", new(redact.Counts))
	piece := []byte(delta(`"content":" parcel"`))
	var out []byte
	for b.Loop() {
		out, _ = s.Write(out[:0], piece)
	}
}
