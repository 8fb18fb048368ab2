package redact_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// corpus holds texts whose finds are hard to cut: neighbours, prefixes of each other, ends, invisible characters.
var corpus = []string{
	"",
	"Hello! Your order 4711 ships on 23.11.2026 at 10:15 for 1.234,56 EUR.",
	"Write to joe.smith@mail.example.com, ring +49 (0)30 901820, pay with 4111 1111 1111 1111 or DE89 3704 0044 0532 0130 00.",
	"a@b.example@c.example 030 1234567@shop.example 4111111111111111@shop.example",
	"(030) 1234567 (030 7654321) 030 1234567, 0171 1234567 4111 1111 1111 1111",
	"0171-1234567-joe@x.example de12 some words that go on DE89 3704 0044 0532 0130 0",
	"MT84 MALT 0110 0001 2345 MTLC AST0 01S! GB82WEST12345698765432x",
	"メールはjoe@shop.exampleまで、電話は０３０ １２３４５６７",
	"j\u200bo\u200be@sh\u00adop.exam\ufeffple 4111\u200b1111\u200b1111\u200b1111\u200b",
	"phone 12345678, order by phone 0123456789, " + strings.Repeat("x", 70) + "@shop.example",
	strings.Repeat("1", 100) + " " + strings.Repeat("12 ", 40) + "4111111111111111",
	strings.Repeat("a.", 150) + "b@" + strings.Repeat("c.", 150) + "example",
	"4" + strings.Repeat("\u200b", 100) + "111111111111111@x.example +4" + strings.Repeat("\u200b", 90) + "930901820",
	"㏂@㏂.example ⑩①①①①①①①①①①①①①①①",
	"{\"to\":\"joe\\u0040shop.example\",\"n\":\"\\ud835\\udfd2111111111111111\\\\u0040\"}",
	"Order 4711, please ring 0171 2345678 / Bestellung 4711. 0301234567; orders 0123456789 and 0123456790",
	"Rechnung vom 03.11.2026 Nummer 0123456789, order 4711 0171 2345678 order 2026-11-03 0301234567",
	"1. Ада, the customer of the longest standing in the street of Ada\u200b\u200b\u200b\n2.4111111111111111\n3.01712345678\n17.5\n19.4111111111111111",
	"98d9626a-59eb-4444-8959-13818e57c821 0171 2345678 4111111111111111 59433033-9132-48d7-a14f-71870d366623@x.example, run-59433033-9132-48d7-a14f-71870d366623-0",
	"4 59433033-9132-48d7-a14f-71870d366623/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.4111111111111111 DE 59433033-9132-48d7-a14f-71870d36662",
	"[redacted:email] +[redacted:phone] 0,5 0.4111111111111111 5 10 15 20 25 30 35 40 45",
}

func redactWhole(set *redact.Set, text string) string {
	out, _ := set.Text(nil, []byte(text), new(redact.Counts))
	return string(out)
}

func redactPieces(set *redact.Set, pieces []string) string {
	var counts redact.Counts
	var out []byte
	w := set.Window()
	for _, piece := range pieces {
		out = w.Write(out, []byte(piece), &counts)
	}
	return string(w.Close(out, &counts))
}

func splitRunes(text string) []string { return strings.Split(text, "") }

func TestWindowEqualsWholeTextForEveryCut(t *testing.T) {
	set := newSet(t, all...)
	for _, text := range corpus {
		checkCuts(t, set, text)
	}
}

// checkCuts compares what a window makes of the text, cut once anywhere and cut at every character, with what Text makes of it.
func checkCuts(t *testing.T, set *redact.Set, text string) {
	t.Helper()
	want := redactWhole(set, text)
	if diff := cmp.Diff(want, redactPieces(set, splitRunes(text))); diff != "" {
		t.Errorf("character by character (-want +got):\n%s", diff)
	}
	for cut := range text {
		got := redactPieces(set, []string{text[:cut], text[cut:]})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

func TestWindowEqualsWholeTextForRandomCutsOfRandomTexts(t *testing.T) {
	for _, detectors := range [][]string{all, {"email"}, {"phone"}, {"payment-card"}, {"iban"}} {
		set := newSet(t, detectors...)
		r := rand.New(rand.NewPCG(1, 2))
		for range 3000 {
			text := randomText(r)
			pieces := randomPieces(r, text)
			if diff := cmp.Diff(redactWhole(set, text), redactPieces(set, pieces)); diff != "" {
				t.Fatalf("%v of %q (-want +got):\n%s", detectors, pieces, diff)
			}
		}
	}
}

// randomText puts together scraps that begin, join and end candidates.
func randomText(r *rand.Rand) string {
	scraps := []string{
		"joe", "@", "shop.example", ".", "-", " ", ", ", "+49", "030", "0", "1", "4111", "1111", "11", "DE89", "3704 0044 0532 0130 00",
		"(", ")", "/", "é", "日", "\u200b", "１", "⑩", "order ", "orders ", "phone ", "my ", " and ", "nr. ", "! ", "; ", "0123456789", "\n", "x", "\\u0040", "\\", "\\ud835\\udfd2", "$", "%", "_", "23.11.2026",
		"\"", "[", "]", "[0]", "+", "%2B", "wa.me/", "IBAN", "DE 89 3704 0044 0532 0130 00", "DE89370400440532013000", "COBADEFFXXX", "abends", "Ada ",
		"06 12 34 56 78", " / ", "+39 333 1234567", "347 7654321", "05.12.24", "4111.", "\n2.", "\n1.", "1.4", "4111111111111111.5", "。", "192.0.2.1", "_1111_1111_1111", ",1111,1111,1111", "171", "2345678", "\t", "12:30", "5 ", "1) ", ",", "4111111111111111",
		"59433033-9132-48d7-a14f-71870d366623", "98d9626a-59eb-4444-", "8959-", "13818e57c821", "59433033", "0123456789abcdef0123456789abcdef", "f4111111111111111",
	}
	var text strings.Builder
	for range r.IntN(40) {
		text.WriteString(scraps[r.IntN(len(scraps))])
	}
	return text.String()
}

func randomPieces(r *rand.Rand, text string) []string {
	var pieces []string
	piece := ""
	for _, c := range splitRunes(text) {
		piece += c
		if r.IntN(4) == 0 {
			pieces = append(pieces, piece)
			piece = ""
		}
	}
	return append(pieces, piece)
}

func TestWindowHoldsAtMostSixtyFourBytesWithoutAnOpenMatch(t *testing.T) {
	set := newSet(t, all...)
	w := set.Window()
	for range 1000 {
		w.Write(nil, []byte("averyveryverylongword"), new(redact.Counts))
		if w.Held() > 64 {
			t.Fatalf("%d bytes are held", w.Held())
		}
	}
	w.Write(nil, []byte(" and then "), new(redact.Counts))
	if w.Held() != 0 {
		t.Errorf("%d bytes are held after a space", w.Held())
	}
}

func TestWindowIsBoundedWhateverArrives(t *testing.T) {
	set := newSet(t, all...)
	for name, piece := range map[string]string{
		"digits":                "1",
		"digits with gaps":      "1 ",
		"invisible characters":  "\u200b",
		"number and invisibles": "4\u200b\u200b\u200b",
		"labels":                "a@a.",
		"at signs":              "a@",
		"quotes":                "\"a",
		"numbers with domains":  "4111111111111111@a.",
		"joined groups":         "4111_",
		"trunk prefixes":        "1[0]",
		"accounts":              "DE 89 ",
		"words after numbers":   "01712345678a",
		"address literals":      "a@[1.",
		"brackets":              "(",
		"backslashes":           `\u00`,
	} {
		t.Run(name, func(t *testing.T) {
			w := set.Window()
			for range 3000 {
				w.Write(nil, []byte(piece), new(redact.Counts))
				if w.Held() > 512 {
					t.Fatalf("%d bytes are held", w.Held())
				}
			}
		})
	}
}

func TestWindowCanBeUsedAgain(t *testing.T) {
	set := newSet(t, all...)
	w := set.Window()
	for range 2 {
		out := w.Write(nil, []byte("joe@shop.exa"), new(redact.Counts))
		out = w.Close(w.Write(out, []byte("mple"), new(redact.Counts)), new(redact.Counts))
		if diff := cmp.Diff("[redacted:email]", string(out)); diff != "" {
			t.Errorf("window (-want +got):\n%s", diff)
		}
	}
}

func FuzzWindow(f *testing.F) {
	for i, text := range corpus {
		f.Add(text, uint64(i))
	}
	set := newSet(f, all...)
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if !utf8.ValidString(text) {
			return
		}
		pieces := randomPieces(rand.New(rand.NewPCG(seed, 0)), text)
		if diff := cmp.Diff(redactWhole(set, text), redactPieces(set, pieces)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", pieces, diff)
		}
	})
}

func BenchmarkText(b *testing.B) {
	set := newSet(b, all...)
	for name, text := range map[string]string{
		"nothing":  strings.Repeat("Where is my parcel? It should have come. ", 25),
		"numbers":  strings.Repeat("Order 4711 of 23.11.2026 for 19.99 EUR. ", 25),
		"cyrillic": strings.Repeat("Где моя посылка? Она должна прийти. ", 16),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			var out []byte
			for b.Loop() {
				out, _ = set.Text(out[:0], []byte(text), new(redact.Counts))
			}
		})
	}
}
