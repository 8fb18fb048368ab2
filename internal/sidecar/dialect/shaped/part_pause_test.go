package shaped_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// pausedText has data at which a message is cut, between words that stay.
const pausedText = "Ask joe@shop.example, pay 4111 1111 1111 1111 now. Call +49 30 901820 too. "

// TestPartsInPauses: whatever waits can be let go at any time. Clients then get the events in their order, all words, and no datum as a whole.
func TestPartsInPauses(t *testing.T) {
	for name, o := range orderedStreams() {
		t.Run(name, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			random := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				l := o.lay(random, cutAtRandom(random, pausedText, 1+random.IntN(5)))
				o.pass = func(events []string) string { return o.passInPauses(t, c, random, events) }
				checkPaused(t, l, o.checkOrder(t, c, l))
			}
		})
	}
}

// passInPauses passes the events through the sidecar, with a long pause after some of them.
func (o *orderedStream) passInPauses(t *testing.T, c codec, random *rand.Rand, events []string) string {
	t.Helper()
	framing := framings[findStream(t, o.preset, o.preset).Stream.Framing]
	s := c.Stream("", new(redact.Counts))
	var out []byte
	var err error
	for i := range events {
		if out, err = s.Write(out, []byte(framing.write(events[i:i+1]))); err != nil {
			t.Fatal(err)
		}
		if random.IntN(3) > 0 {
			continue
		}
		for range 2 { // The end of a later part can begin to wait when the first one goes.
			if out, err = s.LetGo(out); err != nil {
				t.Fatal(err)
			}
		}
		if s.Waiting() != 0 {
			t.Fatalf("after a pause the end of a part waits on:\n%s", strings.Join(events[:i+1], "\n"))
		}
	}
	if out, err = s.Close(out); err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// checkPaused checks what clients put together of a message with pauses.
func checkPaused(t *testing.T, l laidParts, got string) {
	t.Helper()
	for _, datum := range []string{"joe@shop.example", "4111 1111 1111 1111", "+49 30 901820"} {
		if strings.Contains(got, datum) {
			t.Fatalf("%s\nclients put together %q", strings.Join(l.events, "\n"), got)
		}
	}
	rest := got
	for _, word := range []string{"Ask ", ", pay ", " now. Call ", " too. "} {
		_, after, found := strings.Cut(rest, word)
		if !found {
			t.Fatalf("%s\nclients put together %q, without %q", strings.Join(l.events, "\n"), got, word)
		}
		rest = after
	}
}

// TestPausesShowNoTellingBeginning: people see words after a pause, and of a datum at most a beginning that does not tell the rest.
func TestPausesShowNoTellingBeginning(t *testing.T) {
	for _, tc := range []struct {
		parts []string
		// seen is what clients have after the pause before the last part, and want what they have in the end, both with a line between parts.
		seen, want string
	}{
		{[]string{"Pay 4111 1111 1111 111", "1 now. "}, "Pay ", "Pay [redacted:payment-card]| now. "},
		{[]string{"Pay 4111 1111 1111 1", "111"}, "Pay ", "Pay [redacted:payment-card]"},
		{[]string{"Pay 4111 1111", " 1111 ", "1111 now. "}, "Pay ", "Pay [redacted:payment-card]| now. "},
		{[]string{"Pay 4111", " 1111 ", "1111", " 1111 now. "}, "Pay 4111", "Pay 4111|[redacted:payment-card]| now. "},
		{[]string{"Pay ４１１１ １１１１ １１１１ １１１", "１ now. "}, "Pay ", "Pay [redacted:payment-card]| now. "},
		{[]string{"Pay 4111 1111 1111 111", "2 now. "}, "Pay ", "Pay 4111 1111 1111 111|2 now. "},
		{[]string{"IBAN DE89 3704 0044 0532 0130 0", "0 ok. "}, "IBAN ", "IBAN [redacted:iban]| ok. "},
		{[]string{"IBAN NL27 ABCD EFGH KL", "12 34 ok. "}, "IBAN ", "IBAN [redacted:iban]| ok. "},
		{[]string{"Ask j", "o", "e", "@", "shop", " now. "}, "Ask j|o|e", "Ask j|o|e|@|shop| now. "},
		{[]string{"Ask j", "o", "e", "@", "shop", ".", "example", " now. "}, "Ask j|o|e|[redacted:email]", "Ask j|o|e|[redacted:email]| now. "},
		{[]string{"Ask joe@sh", "op.example now. "}, "Ask ", "Ask [redacted:email]| now. "},
		{[]string{"Ask joe@shop.exampl", "e now. "}, "Ask [redacted:email]", "Ask [redacted:email]|[redacted:email] now. "},
		{[]string{"It takes 10 days for the wo", "rd of 2026", " now. "}, "It takes 10 days for the wo|rd of 2026", "It takes 10 days for the wo|rd of 2026| now. "},
		{[]string{"We are @", " the shop. "}, "We are @", "We are @| the shop. "},
	} {
		for name, o := range orderedStreams() {
			t.Run(name, func(t *testing.T) {
				seen, got := o.passWithPauses(t, tc.parts)
				if diff := cmp.Diff([]string{tc.seen, tc.want}, []string{seen, got}); diff != "" {
					t.Errorf("%q (-want +got):\n%s", tc.parts, diff)
				}
			})
		}
	}
}

// passWithPauses passes the parts with a long pause after every event, and returns what clients have before the last part, and in the end.
func (o *orderedStream) passWithPauses(t *testing.T, parts []string) (seen, all string) {
	t.Helper()
	c := newCodecOf(t, findStream(t, o.preset, o.preset))
	framing := framings[findStream(t, o.preset, o.preset).Stream.Framing]
	var cut [][]string
	for _, part := range parts {
		cut = append(cut, []string{part})
	}
	s := c.Stream("", new(redact.Counts))
	var out []byte
	var err error
	isLast := false
	for _, event := range o.write(cut) {
		if !isLast && strings.Contains(event, quote(parts[len(parts)-1])) {
			isLast, seen = true, o.readParts(t, out)
		}
		if out, err = s.Write(out, []byte(framing.write([]string{event}))); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if out, err = s.LetGo(out); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, err = s.Close(out); err != nil {
		t.Fatal(err)
	}
	return seen, o.readParts(t, out)
}

// readParts returns the texts of the parts in a stream, with a line between them. Parts without a text do not count.
func (o *orderedStream) readParts(t *testing.T, stream []byte) string {
	t.Helper()
	var text strings.Builder
	var last any
	for _, data := range framings[findStream(t, o.preset, o.preset).Stream.Framing].read(t, string(stream)) {
		var event map[string]any
		if json.Unmarshal([]byte(data), &event) != nil {
			continue // The mark of the end.
		}
		part, piece, isPiece := o.read(event)
		if !isPiece || piece == "" {
			continue
		}
		if text.Len() > 0 && part != last {
			text.WriteString("|")
		}
		text.WriteString(piece)
		last = part
	}
	return text.String()
}

// TestPauseWithoutData: a pause changes nothing of a message whose data is not cut there.
func TestPauseWithoutData(t *testing.T) {
	const first, second = "Write to joe@shop.example or", " ada@shop.example now"
	for _, p := range partedStreams {
		t.Run(p.preset, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, p.preset, p.preset))
			o := orderedStream{partedStream: p}
			l := laidParts{events: p.write([][]string{{first}, {second}})}
			random := rand.New(rand.NewPCG(1, 2))
			for range 50 {
				var all strings.Builder
				for _, data := range framings[findStream(t, p.preset, p.preset).Stream.Framing].read(t, o.passInPauses(t, c, random, l.events)) {
					var event map[string]any
					if json.Unmarshal([]byte(data), &event) != nil {
						continue // The mark of the end.
					}
					if _, piece, isPiece := p.read(event); isPiece {
						all.WriteString(piece)
					}
				}
				if want := string(redactText(t, first+second)); all.String() != want {
					t.Fatalf("clients put together %q, want %q", all.String(), want)
				}
			}
		})
	}
}

// TestSeveralDataInParts: what clients put together is the redaction of the whole text, byte for byte, also where data stands beside data. Where a
// part by itself has more, more is replaced.
func TestSeveralDataInParts(t *testing.T) {
	data := []string{"joe@shop.example", "ada@shop.example", "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "4111111111111111", "and", "x"}
	for name, o := range orderedStreams() {
		t.Run(name, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			random := rand.New(rand.NewPCG(3, 4))
			const addresses = "joe@shop.example ada@shop.example"
			for cut := range len(addresses) {
				o.check(t, c, random, []string{addresses[:cut], addresses[cut:]})
				o.check(t, c, random, []string{"", addresses[:cut], addresses[cut : cut+1], addresses[cut+1:]})
			}
			for range 300 {
				var words []string
				for range 1 + random.IntN(4) {
					words = append(words, data[random.IntN(len(data))])
				}
				o.check(t, c, random, cutAtRandom(random, strings.Join(words, []string{" ", ", ", "\n"}[random.IntN(3)])+" ", 1+random.IntN(4)))
			}
		})
	}
}

// TestPartsThatAreNoOneText: an address ends with its part if the next part begins with a word of its own, which stays.
func TestPartsThatAreNoOneText(t *testing.T) {
	for _, tc := range []struct{ parts, want []string }{
		{[]string{"Write to joe@shop.example", "Our shop is open. "}, []string{"Write to [redacted:email]", "Our shop is open. "}},
		{[]string{"Write to joe@shop1.example", "A shop is open. "}, []string{"Write to [redacted:email]", "A shop is open. "}},
		{[]string{"Write to joe@shop.exa", "mple is best. "}, []string{"Write to [redacted:email]", " is best. "}},
		{[]string{"Write to JOE@SHOP.EXA", "MPLE is best. "}, []string{"Write to [redacted:email]", " is best. "}},
		{[]string{"Write to joe@", "Shop.example is best. "}, []string{"Write to [redacted:email]", " is best. "}},
	} {
		for name, document := range listedDocuments {
			if diff := cmp.Diff(document.write(tc.want...), document.rewrite(t, tc.parts...)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		for name, o := range orderedStreams() {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			random := rand.New(rand.NewPCG(5, 6))
			for range 20 {
				if got, want := o.checkOrder(t, c, o.lay(random, tc.parts)), strings.Join(tc.want, ""); got != want {
					t.Errorf("%s: parts %q become %q, want %q", name, tc.parts, got, want)
				}
			}
		}
	}
}
