package shaped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// revisedText is a text of a socket that arrives in pieces and as a whole: the frames that say so, of the message with an ID, and the one
// that ends it.
type revisedText struct {
	piece, whole func(id, text string) string
	end          func(id string) string
	// last is the frame that ends an answer, or "".
	last string
	// read returns which message a frame changes and to what, given what the client shows of it.
	read func(frame map[string]any, shown map[string]string)
}

// readOpenWebUI changes what the page of Open WebUI shows.
func readOpenWebUI(frame map[string]any, shown map[string]string) {
	event, _ := frame["data"].([]any)[0].(map[string]any)
	of, _ := event["data"].(map[string]any)
	data, _ := of["data"].(map[string]any)
	id := fmt.Sprint(event["message_id"])
	if choices, isPiece := data["choices"].([]any); isPiece {
		delta, _ := choices[0].(map[string]any)["delta"].(map[string]any)
		shown[id] += fmt.Sprint(delta["content"])
	}
	if content, isWhole := data["content"].(string); isWhole && content != "" {
		shown[id] = content
	}
}

// revisedTexts has the texts by preset.
var revisedTexts = map[string]revisedText{
	"open-webui": {
		piece: func(id, text string) string {
			return webUIEvent(id, `"choices":[{"delta":{"content":`+quote(text)+`}}]`)
		},
		whole: func(id, text string) string { return webUIEvent(id, `"content":`+quote(text)) },
		end:   func(id string) string { return webUIEvent(id, `"done":true`) },
		read:  readOpenWebUI,
	},
	"chainlit": {
		piece: func(id, text string) string {
			return chainlit("stream_token", `{"id":"`+id+`","token":`+quote(text)+`,"isSequence":false,"isInput":false}`)
		},
		whole: func(id, text string) string {
			return chainlit("stream_start", `{"id":"`+id+`","output":`+quote(text)+`,"type":"assistant_message","streaming":true}`)
		},
		end:  func(id string) string { return chainlit("update_message", `{"id":"`+id+`","streaming":false}`) },
		last: chainlit("task_end", "{}"),
		read: readChainlit,
	},
	"chainlit, tokens that are whole": {
		piece: func(id, text string) string {
			return chainlit("stream_token", `{"id":"`+id+`","token":`+quote(text)+`}`)
		},
		whole: func(id, text string) string {
			return chainlit("stream_token", `{"token":`+quote(text)+`,"isSequence":true,"id":"`+id+`"}`)
		},
		end:  func(id string) string { return chainlit("update_message", `{"id":"`+id+`","streaming":false}`) },
		last: chainlit("task_end", "{}"),
		read: readChainlit,
	},
}

func chainlit(event, data string) string {
	return `{"packet":"42","event":"` + event + `","data":[` + data + "]}\n"
}

// readChainlit changes what the page of Chainlit shows.
func readChainlit(frame map[string]any, shown map[string]string) {
	step, _ := frame["data"].([]any)[0].(map[string]any)
	id, isMessage := step["id"].(string)
	token, isToken := step["token"].(string)
	output, isWhole := step["output"].(string)
	switch {
	case isToken && step["isSequence"] == true:
		shown[id] = token
	case isToken:
		shown[id] += token
	case isWhole && isMessage:
		shown[id] = output
	}
}

func webUIEvent(id, members string) string {
	return `{"packet":"42","event":"events","data":[{"chat_id":"c","message_id":"` + id + `","data":{"type":"chat:completion","data":{` + members + `}}}]}` + "\n"
}

// sayRevised returns frames that say the text of a message in random pieces and wholes, of which the first replaces another text or none.
func (r revisedText) sayRevised(random *rand.Rand, id, text string) (frames []string) {
	characters := strings.Split(text, "")
	join := func(from, to int) string { return strings.Join(characters[from:to], "") }
	for range random.IntN(3) {
		frames = append(frames, r.whole(id, "See joe@"+join(0, random.IntN(len(characters)))))
		if random.IntN(2) == 0 {
			frames = append(frames, r.end(id))
		}
	}
	frames = append(frames, r.whole(id, join(0, 1)))
	for at := 1; at < len(characters); {
		next := min(len(characters), at+1+random.IntN(9))
		if random.IntN(2) == 0 {
			frames = append(frames, r.piece(id, join(at, next)))
		} else {
			frames = append(frames, r.whole(id, join(0, next)))
		}
		at = next
	}
	return append(frames, r.end(id))
}

// TestRevisedTextsOfSockets: in whatever order pieces and whole texts of several messages arrive, what a client shows in the end is the
// redaction of each whole text, with the statement before one of them.
func TestRevisedTextsOfSockets(t *testing.T) {
	for preset, of := range revisedTexts {
		t.Run(preset, func(t *testing.T) {
			name, _, _ := strings.Cut(preset, ",")
			c := newCodecFor(t, name)
			random := rand.New(rand.NewPCG(5, 6))
			for range 300 {
				queues := [][]string{of.sayRevised(random, "a", answerText), of.sayRevised(random, "b", answerText)}
				var stream strings.Builder
				for len(queues[0])+len(queues[1]) > 0 {
					next := random.IntN(2)
					if len(queues[next]) == 0 {
						next = 1 - next
					}
					stream.WriteString(queues[next][0])
					queues[next] = queues[next][1:]
				}
				checkRevised(t, c, of, stream.String()+of.last)
			}
		})
	}
}

// checkRevised rewrites frames as the sidecar does, which begins another answer when one has ended, and compares what a client shows.
func checkRevised(t *testing.T, c codec, of revisedText, frames string) {
	t.Helper()
	shown := map[string]string{}
	s := c.Stream("AI.", new(redact.Counts))
	for frame := range strings.Lines(frames) {
		if s.HasEnded() {
			s = c.Stream("", new(redact.Counts))
		}
		out, err := s.Write(nil, []byte(frame))
		if err != nil {
			t.Fatalf("%s: %v", frames, err)
		}
		for line := range strings.Lines(string(out)) {
			var value map[string]any
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			of.read(value, shown)
		}
	}
	for id, text := range shown {
		if diff := cmp.Diff(answerRedacted, strings.TrimPrefix(text, "AI.\n\n")); diff != "" {
			t.Fatalf("frames\n%s\nmessage %s (-want +got):\n%s", frames, id, diff)
		}
	}
	if !s.HasEnded() {
		t.Fatalf("the answer has not ended:\n%s", frames)
	}
}

// TestSocketsWithManyMessages: a connection that goes on for long is not refused because it had many messages.
func TestSocketsWithManyMessages(t *testing.T) {
	c := newCodecFor(t, "open-webui")
	of := revisedTexts["open-webui"]
	s := c.Stream("", new(redact.Counts))
	for i := range 3000 {
		if s.HasEnded() {
			s = c.Stream("", new(redact.Counts))
		}
		id := fmt.Sprint("m", i)
		if _, err := s.Write(nil, []byte(of.whole(id, "Hi")+of.end(id))); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRevisedTextsAreBounded: what a stream remembers of the texts of many messages has a bound.
func TestRevisedTextsAreBounded(t *testing.T) {
	of := revisedTexts["open-webui"]
	s := newCodecFor(t, "open-webui").Stream("", new(redact.Counts))
	for i := range 2 {
		if _, err := s.Write(nil, []byte(of.whole(fmt.Sprint("m", i), strings.Repeat("a ", 30<<9)))); err != nil {
			t.Fatal(err)
		}
	}
	var why *refusal.Refusal
	for i := range 8 {
		if _, err := s.Write(nil, []byte(of.whole(fmt.Sprint("n", i), strings.Repeat("a ", 30<<9)))); errors.As(err, &why) {
			break
		}
	}
	if why == nil || !why.IsFor(refusal.AnswerTooLarge) {
		t.Errorf("the refusal is %v", why)
	}
}

// TestWholeTextsInListsOfLists: a text is one of its own by its positions in all lists inside of its message.
func TestWholeTextsInListsOfLists(t *testing.T) {
	item := func(text string) string { return `{"content":[{"text":` + quote(text) + `}]}` }
	output := func(first, second, more string) string {
		return webUIEvent("m", `"output":[`+item(first)+","+item(second)+`]`+more)
	}
	s := newCodecFor(t, "open-webui").Stream("", new(redact.Counts))
	got, err := s.Write(nil, []byte(output("Ask joe@shop.example", "or joe@", "")+output("Ask joe@shop.example", "or joe@shop.example", `,"done":true`)))
	want := output("Ask ", "or ", "") + output("Ask [redacted:email]", "or [redacted:email]", `,"done":true`)
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("error is %v, frames (-want +got):\n%s", err, diff)
	}
}

// growingParts are events with two parts of a message, of which each says the text up to then.
var growingParts = map[string]func(first, second string, isLast bool) string{
	"open-webui": func(first, second string, isLast bool) string {
		more := ""
		if isLast {
			more = `,"done":true`
		}
		return webUIEvent("m", `"output":[{"type":"message","content":[{"type":"output_text","text":`+quote(first)+`},{"type":"output_text","text":`+quote(second)+`}]}]`+more)
	},
	"langgraph-runs": func(first, second string, isLast bool) string {
		event := "event: messages/partial\ndata: " + `[{"type":"AIMessageChunk","id":"m","content":[{"type":"text","text":` + quote(first) + `},{"type":"text","text":` + quote(second) + "}]}]\n\n"
		if isLast {
			event = strings.Replace(event, "partial", "complete", 1)
		}
		return event
	},
}

// TestDataCutBetweenGrowingParts cuts a text between two parts of a message that each event says up to then. What the page shows of the
// parts in the end is the redaction of the whole text, and before that it has no personal data.
func TestDataCutBetweenGrowingParts(t *testing.T) {
	parts := regexp.MustCompile(`"text":"([^"]*)"`)
	const text = "Grüße! Ask joe.smith@shop.example, card 4111 1111 1111 1111, or DE89 3704 0044 0532 0130 00 now."
	const want = "Grüße! Ask [redacted:email], card [redacted:payment-card], or [redacted:iban] now."
	characters := strings.Split(text, "")
	for preset, event := range growingParts {
		c := newCodecFor(t, preset)
		for cut := range characters {
			first, second := strings.Join(characters[:cut], ""), characters[cut:]
			frames := []string{event(strings.Join(characters[:cut/2], ""), "", false)}
			for grown := 0; grown < len(second); grown += 5 {
				frames = append(frames, event(first, strings.Join(second[:grown], ""), false))
			}
			var counts redact.Counts
			s := c.Stream("", &counts)
			shown := ""
			for _, frame := range append(frames, event(first, strings.Join(second, ""), true)) {
				out, err := s.Write(nil, []byte(frame))
				shown = ""
				for _, part := range parts.FindAllSubmatch(out, -1) {
					shown += string(part[1])
				}
				if err != nil || c.HasPersonalData([]byte(shown)) {
					t.Fatalf("%s, cut at %d: error is %v, shown is %q", preset, cut, err, shown)
				}
			}
			if diff := cmp.Diff(want, shown); diff != "" || counts[redact.Email] != 1 || counts[redact.PaymentCard] != 1 {
				t.Fatalf("%s, cut at %d: counts are %v, shown (-want +got):\n%s", preset, cut, counts, diff)
			}
		}
	}
}

// TestPartsThatAreReplaced: a piece of data that is none any more, because the next part has become another one, is shown again.
func TestPartsThatAreReplaced(t *testing.T) {
	for preset, event := range growingParts {
		var counts redact.Counts
		s := newCodecFor(t, preset).Stream("", &counts)
		out, err := s.Write(nil, []byte(event("Ask joe@", "shop.example, or", false)+event("Ask joe@", " Sorry.", true)))
		want := event("Ask [redacted:email]", ", ", false) + event("Ask joe@", " Sorry.", true)
		if diff := cmp.Diff(want, string(out)); err != nil || diff != "" || counts[redact.Email] != 1 {
			t.Errorf("%s: error is %v, counts are %v, stream (-want +got):\n%s", preset, err, counts, diff)
		}
	}
}
