package sidecar_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// toy is a wire format that shares nothing with the others: lines `who|text`, and streams whose records end with a bell and
// carry the whole text so far, `index|text`, `index|text|end`, or `bye`. A refusal is a line of the bot.
type toy struct{}

const (
	toyMedia, toyStreamMedia = "text/x-toy", "text/x-toy-stream"
	bell                     = "\a"
)

func (toy) AcceptRequest(contentType string) bool { return contentType == toyMedia }

func (toy) FormOf(contentType string) dialect.Form {
	return map[string]dialect.Form{toyMedia: dialect.Document, toyStreamMedia: dialect.Streamed}[contentType]
}

func (toy) RewriteRequest(dst, body []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	var read dialect.Request
	for line := range bytes.Lines(body) {
		who, text, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte("|"))
		if !found {
			return dst, read, refusal.Because(refusal.BodyMalformed, "A line names no one.")
		}
		role := map[string]dialect.Role{"me": dialect.RoleUser, "bot": dialect.RoleAssistant}[string(who)]
		var err error
		if dst, err = writeToyLine(dst, string(who), &dialect.Segment{Role: role, Kind: dialect.Prose, Text: text}, v); err != nil {
			return dst, read, err
		}
		v.VisitMessage(dialect.Message{Index: read.Messages, Role: role})
		read.Messages++
	}
	return dst, read, nil
}

func writeToyLine(dst []byte, who string, s *dialect.Segment, v dialect.Visitor) ([]byte, error) {
	out, changed, err := v.VisitSegment(nil, s)
	if !changed {
		out = s.Text
	}
	return append(dst, who+"|"+strings.ReplaceAll(string(out), "\n", " ")+"\n"...), err
}

// IsBeat reports no data.
func (toy) IsBeat([]byte) bool { return false }

// ConversationOf finds none.
func (toy) ConversationOf([]byte) string { return "" }

// ConversationOfAnswer finds none.
func (toy) ConversationOfAnswer([]byte) (string, bool) { return "", false }

// HasMember finds none.
func (toy) HasMember([]byte, string) bool { return false }

// HasBeats reports false: each stream is an answer.
func (toy) HasBeats() bool { return false }

func (toy) RepeatsConversation() bool { return true }

func (toy) NamesPeople() bool { return false }

func (toy) NamesConversations() bool { return false }

func (toy) DisclosesOnce() bool { return false }

func (toy) Recalls() bool { return false }

func (toy) AppendRecalled(dst, _ []byte, _ dialect.Said) ([]byte, bool) { return dst, false }

func (toy) Announce([]byte, string) (dialect.Announcement, bool) {
	return dialect.Announcement{}, false
}

func (toy) AcceptsAnnouncement([]byte) bool { return false }

func (toy) ReaderOf(string) (dialect.AnswerRewriter, bool) { return nil, false }

func (t toy) Failure() dialect.AnswerRewriter { return t }

func (toy) RewriteAnswer(dst, body []byte, v dialect.Visitor) ([]byte, error) {
	_, text, _ := bytes.Cut(bytes.TrimSuffix(body, []byte("\n")), []byte("|"))
	v.VisitMessage(dialect.Message{Role: dialect.RoleAssistant})
	return writeToyLine(dst, "bot", &dialect.Segment{Role: dialect.RoleAssistant, Kind: dialect.Prose, Text: text}, v)
}

func (t toy) RewriteFrame(dst, frame []byte, v dialect.Visitor) ([]byte, dialect.Request, error) {
	return t.RewriteRequest(dst, frame, v)
}

func (toy) DescribeRequest(body []byte) dialect.Request {
	return dialect.Request{Messages: bytes.Count(body, []byte("\n"))}
}

func (toy) SaysRefusals() bool { return true }

func (toy) FormatSaid(s dialect.Said) (body []byte, contentType string) {
	return []byte("bot|" + s.Text + "\n"), toyMedia
}

func (toy) FormatRefusal(r *refusal.Refusal, _ string) (body []byte, contentType string) {
	return []byte("bot|" + r.Error() + " (" + r.ID + ")\n"), toyMedia
}

func (toy) AppendRefusal(dst []byte, r *refusal.Refusal, _ string) []byte {
	return append(dst, "0|"+r.Error()+bell+"bye"+bell...)
}

func (toy) Begin(written []byte) []byte { return written }

func (toy) OpenStream() dialect.Stream { return &toyStream{} }

type toyStream struct{ kept []byte }

func (s *toyStream) Split(piece []byte, event func([]byte) error) error {
	s.kept = append(s.kept, piece...)
	for {
		record, rest, found := bytes.Cut(s.kept, []byte(bell))
		if !found {
			return nil
		}
		if err := event(record); err != nil {
			return err
		}
		s.kept = rest
	}
}

func (s *toyStream) Close(event func([]byte) error) error {
	if len(s.kept) == 0 {
		return nil
	}
	return event(s.kept)
}

func (*toyStream) Scan(data []byte) (dialect.Event, error) {
	fields := strings.Split(string(data), "|")
	if fields[0] == "bye" {
		return dialect.Event{Last: true}, nil
	}
	if len(fields) < 2 {
		return dialect.Event{}, refusal.Because(refusal.AnswerMalformed, "A record has no text.")
	}
	return dialect.Event{Messages: []dialect.Progress{{Index: int(fields[0][0] - '0'), Continues: true, Ends: len(fields) > 2}}}, nil
}

func (*toyStream) Rewrite(dst, data []byte, closing bool, v dialect.Visitor) ([]byte, error) {
	fields := strings.Split(string(data), "|")
	if fields[0] == "bye" {
		return append(dst, "bye"+bell...), nil
	}
	segment := dialect.Segment{
		Place: dialect.Place{Message: int(fields[0][0] - '0')}, Role: dialect.RoleAssistant, Kind: dialect.Prose,
		Arrival: dialect.Cumulative, End: closing && len(fields) > 2, Text: []byte(fields[1]),
	}
	out, _, err := v.VisitSegment(nil, &segment)
	fields[1] = string(out)
	return append(dst, strings.Join(fields, "|")+bell...), err
}

// ListParts lists nothing: no text is a part of another one.
func (*toyStream) ListParts(*dialect.PartPieces) {}

// EndsByTexts reports false: the last line ends the answer.
func (*toyStream) EndsByTexts() bool { return false }

func (*toyStream) AppendText(dst []byte, place dialect.Place, text []byte) []byte {
	return append(dst, string(rune('0'+place.Message))+"|"+string(text)+bell...)
}

// newToyHarness serves the toy under the name of the interface `json`.
func newToyHarness(t *testing.T, upstream http.HandlerFunc) *harness {
	t.Helper()
	return newHarnessWith(t, upstream, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Ports[0].Parameters = "toy", map[string]string{"path": chatPath}
	}, func(o *sidecar.Options) {
		o.Formats = map[string]dialect.Format{"toy": toy{}}
	})
}

// askToy sends lines of the toy.
func (h *harness) askToy(body string) answer {
	h.t.Helper()
	return h.sendRaw(http.MethodPost, chatPath, body, "Content-Type", toyMedia)
}

func TestAnotherFormatNeedsNoOtherCode(t *testing.T) {
	h := newToyHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", toyMedia)
		_, _ = io.WriteString(w, "bot|I know "+personal+"\n")
	})
	got := h.askToy("me|I am " + personal + "\n")
	if diff := cmp.Diff("bot|You are chatting with an AI system.  I know "+redacted+"\n", got.body); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("me|I am "+redacted+"\n", h.listReceived()[0].Body); diff != "" {
		t.Errorf("request upstream (-want +got):\n%s", diff)
	}
	later := h.askToy("me|Hi\n" + got.body + "me|Hi\n")
	if diff := cmp.Diff("bot|I know "+redacted+"\n", later.body); diff != "" {
		t.Errorf("later answer (-want +got):\n%s", diff)
	}
	if r := h.records(); !r[0].Disclosed || r[1].Disclosed || r[0].Redacted["answer"]["iban"] != 1 || r[0].Shape != "toy" {
		t.Errorf("records are %+v", r)
	}
}

// TestTextsThatComeWholeEachTime: each record repeats the disclosure, and none shows what a later one takes back.
func TestTextsThatComeWholeEachTime(t *testing.T) {
	text := "I know " + personal
	var stream strings.Builder
	for i := range text {
		stream.WriteString("0|" + text[:i+1] + bell)
	}
	stream.WriteString("0|" + text + "|end" + bell + "bye" + bell)
	h := newToyHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", toyStreamMedia)
		_, _ = io.WriteString(w, stream.String())
	})
	got := h.askToy("me|Hi\n")
	want := english + "I know " + redacted
	records := strings.Split(strings.TrimSuffix(got.body, bell), bell)
	if diff := cmp.Diff([]string{"0|" + want + "|end", "bye"}, records[len(records)-2:]); diff != "" {
		t.Errorf("end of the stream (-want +got):\n%s", diff)
	}
	shown := ""
	for _, record := range records[:len(records)-1] {
		next := strings.TrimSuffix(strings.TrimPrefix(record, "0|"), "|end")
		if !strings.HasPrefix(next, shown) || !strings.HasPrefix(want, next) {
			t.Errorf("record %q does not lead to %q", record, want)
		}
		shown = next
	}
	if r := h.takeRecord(); !r.Disclosed || !r.Streamed || r.Redacted["answer"]["phone"] != 1 {
		t.Errorf("record is %+v", r)
	}
}

// TestTextThatIsReplaced: a text that does not go on with what came before begins again, with its disclosure.
func TestTextThatIsReplaced(t *testing.T) {
	h := newToyHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", toyStreamMedia)
		_, _ = io.WriteString(w, "0|Write to joe@shop"+bell+"0|Sorry. Write to ann@shop.example"+bell+"1|Hi. "+bell+"bye"+bell)
	})
	got := h.askToy("me|Hi\n")
	want := "0|" + english + "Write to " + bell + "0|" + english + "Sorry. Write to " + bell + "1|" + english + "Hi. " + bell +
		"0|" + english + "Sorry. Write to [redacted:email]" + bell + "bye" + bell
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

func TestRefusalsLookAsTheirFormatDoes(t *testing.T) {
	h := newToyHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", toyStreamMedia)
		_, _ = io.WriteString(w, "0|Hi. "+bell+"nothing"+bell)
	})
	answers := []answer{h.askToy("hello"), h.askToy("me|Hi\n")}
	want := []string{
		"bot|A line names no one. Send one JSON object in UTF-8, without duplicate member names and without data after the object. (sidecar.body_malformed)\n",
		"0|" + english + "Hi. " + bell + "0|A record has no text. The developer of the chatbot or model service must send chat completions, as JSON or as an event stream." + bell + "bye" + bell,
	}
	if diff := cmp.Diff(want, []string{answers[0].body, answers[1].body}); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if answers[0].status != http.StatusBadRequest || answers[0].header.Get("Content-Type") != toyMedia {
		t.Errorf("status %d, header %v", answers[0].status, answers[0].header)
	}
	for _, r := range h.records() {
		if r.Outcome != "refused" {
			t.Errorf("record is %+v", r)
		}
	}
}
