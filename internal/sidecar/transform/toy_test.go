package transform_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// toy is a wire format of streams. A record ends with a bell and consists of items, which are separated by semicolons: an operation, a key
// of one digit, and a text. The operations have letters in place of names:
//
//   - a piece of the text of the key
//     =  the whole text of the key up to now
//     #  the text of the key, the same in every record
//     !  the text of the key again
//     .  the text of the key is complete, but more can follow
//     $  the text of the key is complete for good
//     X  the stream ends; without key
type toy struct{ dialect.Format }

const (
	bell      = "\a"
	statement = "I am an AI."
	opening   = statement + "\n\n"
	// lastPiecewise is the largest key whose text has only pieces, and forgotten is a key whose text is never restated. The text of the key
	// revised has pieces and whole texts up to now.
	lastPiecewise = '4'
	forgotten     = '4'
	revised       = '8'
)

func (toy) Begin(written []byte) []byte { return written }

func (toy) OpenStream() dialect.Stream { return &toyStream{} }

type toyStream struct {
	kept []byte
	// ended are the keys that are complete for good.
	ended []int
	event dialect.Event
}

// item is an operation with its key and text.
type item struct {
	operation byte
	key       int
	text      string
}

func readItems(record string) []item {
	var items []item
	for field := range strings.SplitSeq(record, ";") {
		if field == "X" {
			items = append(items, item{operation: 'X'})
			continue
		}
		items = append(items, item{field[0], int(field[1] - '0'), field[2:]})
	}
	return items
}

func (i item) String() string {
	if i.operation == 'X' {
		return "X"
	}
	return string([]byte{i.operation, byte('0' + i.key)}) + i.text
}

func (s *toyStream) Split(piece []byte, event func([]byte) error) error {
	for _, c := range piece {
		if string(c) != bell {
			s.kept = append(s.kept, c)
			continue
		}
		record := bytes.Clone(s.kept)
		s.kept = s.kept[:0]
		if err := event(record); err != nil {
			return err
		}
	}
	return nil
}

func (*toyStream) Close(func([]byte) error) error { return nil }

func (s *toyStream) Scan(data []byte) (dialect.Event, error) {
	s.event = dialect.Event{}
	for _, i := range readItems(string(data)) {
		if i.operation == 'X' {
			s.event.Last = true
			continue
		}
		at := slices.IndexFunc(s.event.Messages, func(p dialect.Progress) bool { return p.Index == i.key })
		if at < 0 {
			at = len(s.event.Messages)
			s.event.Messages = append(s.event.Messages, dialect.Progress{Index: i.key})
		}
		p := &s.event.Messages[at]
		p.Continues = p.Continues || strings.IndexByte("+=", i.operation) >= 0
		p.Ends = p.Ends || strings.IndexByte("!.$", i.operation) >= 0
		p.Final = p.Final || i.operation == '$'
		if i.key == revised-'0' && i.operation == '=' { // A whole text begins the text again.
			s.ended = slices.DeleteFunc(s.ended, func(key int) bool { return key == i.key })
		}
		if p.Continues && slices.Contains(s.ended, i.key) {
			return s.event, refusal.Because(refusal.AnswerMalformed, "An ended text continues.")
		}
	}
	return s.event, nil
}

// arrivals has the arrival of the text of each operation.
var arrivals = map[byte]dialect.Arrival{
	'+': dialect.InPieces, '=': dialect.Cumulative, '#': dialect.Repeated, '!': dialect.Restated,
}

func (s *toyStream) Rewrite(dst, data []byte, closing bool, v dialect.Visitor) ([]byte, error) {
	items := readItems(string(data))
	for at := range items {
		i := &items[at]
		arrival, hasText := arrivals[i.operation]
		if i.operation == '$' {
			s.ended = append(s.ended, i.key)
		}
		if !hasText {
			continue
		}
		segment := dialect.Segment{
			Place: dialect.Place{Message: i.key, Unit: i.key}, Role: dialect.RoleAssistant, Kind: dialect.Prose, Arrival: arrival,
			End: closing && s.event.EndsMessage(i.key), Restatable: i.key != forgotten-'0', Revised: i.key == revised-'0',
			Text: []byte(i.text),
		}
		out, changed, err := v.VisitSegment(nil, &segment)
		if err != nil {
			return dst, err
		}
		if changed {
			i.text = string(out)
		}
	}
	return append(dst, writeRecord(items)...), nil
}

func writeRecord(items []item) string {
	fields := make([]string, len(items))
	for at, i := range items {
		fields[at] = i.String()
	}
	return strings.Join(fields, ";") + bell
}

// ListParts lists nothing: no text is a part of another one.
func (*toyStream) ListParts(*dialect.PartPieces) {}

// EndsByTexts reports false: the last line ends the answer.
func (*toyStream) EndsByTexts() bool { return false }

func (*toyStream) AppendText(dst []byte, place dialect.Place, text []byte) []byte {
	operation := byte('=')
	if place.Message <= lastPiecewise-'0' || place.Message == revised-'0' {
		operation = '+'
	}
	return append(dst, writeRecord([]item{{operation, place.Message, string(text)}})...)
}

// newSet returns all detectors.
func newSet(t testing.TB) *redact.Set {
	t.Helper()
	set, err := redact.NewSet([]string{"email", "phone", "payment-card", "iban"})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// loadTruths returns the recognition of claims.
func loadTruths(t testing.TB) *truth.Set {
	t.Helper()
	set, err := truth.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// rewrite passes the pieces of a stream through a Stream with the statement.
func rewrite(t testing.TB, set *redact.Set, pieces ...string) (string, error) {
	t.Helper()
	const asked = 0
	s := transform.New(set).Truthful(loadTruths(t)).Correcting(asked).Stream(toy{}, statement, new(redact.Counts))
	var out []byte
	var err error
	for _, piece := range pieces {
		if out, err = s.Write(out, []byte(piece)); err != nil {
			return string(out), err
		}
	}
	out, err = s.Close(out)
	return string(out), err
}
