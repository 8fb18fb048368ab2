package redact_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

const (
	phone = "[redacted:phone]"
	card  = "[redacted:payment-card]"
	email = "[redacted:email]"
	iban  = "[redacted:iban]"
)

// TestTextReplacesUpToItsBounds holds, for each bound of a detector, a text at the bound and one beyond it.
func TestTextReplacesUpToItsBounds(t *testing.T) {
	set := newSet(t, all...)
	letters := func(n int) string { return strings.Repeat("a", n) }
	ones := func(n int) string { return strings.Repeat("1", n) }
	cases := map[string]struct{ text, want string }{
		"local part of 64 bytes":    {letters(64) + "@shop.example", email},
		"local part of 65 bytes":    {letters(65) + "@shop.example", "a" + email},
		"label of 63 letters":       {"joe@shop." + letters(63), email},
		"label of 64 letters":       {"joe@shop." + letters(64), "joe@shop." + letters(64)},
		"domain of 256 bytes":       {"j@" + strings.Repeat(letters(63)+".", 3) + letters(62) + ".a", email + ".a"},
		"zero-width up to 256":      {"j@a" + strings.Repeat("\u200b", 84) + ".de", email},
		"zero-width beyond 256":     {"j@aa" + strings.Repeat("\u200b", 84) + ".de", "j@aa" + strings.Repeat("\u200b", 84) + ".de"},
		"domain beyond 256 bytes":   {"j@" + strings.Repeat(letters(63)+".", 4) + "aaaa", email + ".aaaa"},
		"top-level name, 1 letter":  {"joe@shop.e", "joe@shop.e"},
		"top-level name, 2 letters": {"joe@shop.de", email},

		"international, 7 digits":                 {"+1234567", "+1234567"},
		"international, 8 digits":                 {"+12345678", phone},
		"international, 15 digits":                {"+" + ones(15), phone},
		"international, 15 digits and a trunk":    {"+11 (0)1111 111111111", phone},
		"international, 16 digits and a trunk":    {"+11(0)" + ones(14), "+11(0)" + ones(14)},
		"international, 16 digits in one piece":   {"+" + ones(16), phone},
		"international, 17 digits in one piece":   {"+" + ones(17), "+" + ones(17)},
		"international with 00, 7 digits":         {"001234567", "001234567"},
		"international with 00, 8 digits":         {"0012345678", phone},
		"international with 00, 16 digits":        {"00" + ones(16), phone},
		"international with 00, 17 digits":        {"00" + ones(17), "00" + ones(17)},
		"international, a country code of 0":      {"+01234567890", "+01234567890"},
		"national in groups, 8 digits":            {"030 12345", "030 12345"},
		"national in groups, 9 digits":            {"030 123456", phone},
		"national in groups, 12 digits":           {"0301 12345678", phone},
		"national in groups, 13 digits":           {"0301 123456789", "0301 123456789"},
		"national, an area code of 1 digit":       {"0 301234567", "0 301234567"},
		"national in one piece, 9 digits":         {"030123456", "030123456"},
		"national in one piece, 10 digits":        {"0301234567", phone},
		"national in one piece, 11 digits":        {"03012345678", phone},
		"national in one piece, 12 digits":        {"030123456789", "030123456789"},
		"after a word, 6 digits":                  {"phone 123456", "phone 123456"},
		"after a word, 7 digits":                  {"phone 1234567", "phone " + phone},
		"after a word, 15 digits":                 {"phone " + ones(15), "phone " + phone},
		"after a word, 16 digits":                 {"phone " + ones(16), "phone " + ones(16)},
		"after a word at 64 bytes":                {"phone" + strings.Repeat(" ", 59) + "4155552671", "phone" + strings.Repeat(" ", 59) + phone},
		"after a word at 65 bytes":                {"phone" + strings.Repeat(" ", 60) + "4155552671", "phone" + strings.Repeat(" ", 60) + "4155552671"},
		"after an order word at 64 bytes":         {"order" + strings.Repeat(" ", 59) + "0301234567", "order" + strings.Repeat(" ", 59) + "0301234567"},
		"after an order word at 65 bytes":         {"order" + strings.Repeat(" ", 60) + "0301234567", "order" + strings.Repeat(" ", 60) + phone},
		"three separators in a number":            {"030 - 1234567", phone},
		"four separators in a number":             {"030  - 1234567", "030  - 1234567"},
		"North American, area of 1":               {"115-555-2671", "115-555-2671"},
		"North American, area of 2":               {"215-555-2671", phone},
		"North American, exchange of 1":           {"215-155-2671", "215-155-2671"},
		"a serial number in groups of 3, a phone": {"012-345-678", phone},
		"a serial number in groups of 4, no":      {"0123-4567-8901", "0123-4567-8901"},

		"card in groups of 3":          {grouped(withCheckDigit("41111111111111"), 3), card},
		"card in groups of 2":          {grouped(withCheckDigit("4111111111111111"), 2), card},
		"card in groups of 2 and 4":    {"41 1111 1111 1111 11", "41 1111 1111 1111 11"},
		"card with a prefix of 2":      {withCheckDigit("211111111111111"), withCheckDigit("211111111111111")},
		"card with a prefix of 22":     {withCheckDigit("221111111111111"), card},
		"card with a prefix of 27":     {withCheckDigit("271111111111111"), card},
		"card with a prefix of 28":     {withCheckDigit("281111111111111"), withCheckDigit("281111111111111")},
		"card with a prefix of 3":      {withCheckDigit("311111111111111"), card},
		"card with a prefix of 6":      {withCheckDigit("611111111111111"), card},
		"card with a prefix of 7":      {withCheckDigit("711111111111111"), withCheckDigit("711111111111111")},
		"card after a plus, 15 digits": {"+" + withCheckDigit("41111111111111"), phone},
		"card after a plus, 17 digits": {"+" + withCheckDigit("4111111111111111"), "+" + card},

		"IBAN with two separators":   {"DE89  37040044053201300 0", iban},
		"IBAN with three separators": {"DE89   370400440532013000", "DE89   370400440532013000"},
		"IBAN with 6 digits":         {withCheckDigits("GB", "WESTABCDEFGHIJ1234"), iban},
		"IBAN with 5 digits":         {withCheckDigits("GB", "WESTABCDEFGHIJK123"), withCheckDigits("GB", "WESTABCDEFGHIJK123")},
		"IBAN one character short":   {"DE8937040044053201300", "DE8937040044053201300"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, redactWhole(set, tc.text)); diff != "" {
				t.Errorf("Text of %q (-want +got):\n%s", tc.text, diff)
			}
			if diff := cmp.Diff(tc.want, redactPieces(set, splitRunes(tc.text))); diff != "" {
				t.Errorf("character by character (-want +got):\n%s", diff)
			}
		})
	}
	for digits := 12; digits <= 20; digits++ {
		number := withCheckDigit("4" + ones(digits-2))
		want := number
		if digits >= 13 && digits <= 19 {
			want = card
		}
		if diff := cmp.Diff(want, redactWhole(set, number)); diff != "" {
			t.Errorf("card of %d digits (-want +got):\n%s", digits, diff)
		}
	}
}

// withCheckDigit appends the digit of ISO/IEC 7812-1, annex B.
func withCheckDigit(number string) string {
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 0 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	return fmt.Sprintf("%s%d", number, (10-sum%10)%10)
}

// withCheckDigits returns an IBAN with the digits of ISO 7064 between country and account.
func withCheckDigits(country, account string) string {
	remainder := 0
	for _, c := range account + country + "00" {
		if c >= 'A' {
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		} else {
			remainder = (remainder*10 + int(c-'0')) % 97
		}
	}
	return fmt.Sprintf("%s%02d%s", country, 98-remainder, account)
}

func grouped(digits string, size int) string {
	var groups []string
	for len(digits) > size {
		groups, digits = append(groups, digits[:size]), digits[size:]
	}
	return strings.Join(append(groups, digits), " ")
}

func TestEveryTellingWordFitsIntoItsBound(t *testing.T) {
	if longest, bound := redact.LongestWord(); longest != bound {
		t.Errorf("the longest word has %d bytes, words are read up to %d", longest, bound)
	}
}

func TestWindowForgetsWhatItHasWritten(t *testing.T) {
	const most = 4 << 10
	set := newSet(t, all...)
	for name, piece := range map[string]string{
		"plain text":    "Where is my parcel? ",
		"numbers":       "Order 4711 of 23.11.2026. ",
		"finds":         "joe@shop.example, +49 30 901820. ",
		"folded text":   "Где моя посылка？ ",
		"no boundaries": "averyveryverylongword",
		"large pieces":  strings.Repeat("Where is my parcel? ", 3<<10),
	} {
		t.Run(name, func(t *testing.T) {
			w := set.Window()
			var out []byte
			for written := 0; written < 1<<20; written += len(piece) {
				out = w.Write(out[:0], []byte(piece), new(redact.Counts))
				if w.Retained() > most {
					t.Fatalf("the window occupies %d bytes after %d bytes of text, want at most %d", w.Retained(), written, most)
				}
			}
		})
	}
}

func TestLargeTextEqualsItsPieces(t *testing.T) {
	set := newSet(t, all...)
	find := "Write to jö.doe@shop.example, ring +49 (0)30 901820, pay with 4111 1111 1111 1111."
	want := strings.ReplaceAll("Write to E, ring P, pay with C.", "E", email)
	want = strings.NewReplacer("P", phone, "C", card).Replace(want)
	for shift := range len(find) + 2 {
		padding := strings.Repeat("x ", redact.MaxPiece/2-len(find)/2) + strings.Repeat(".", shift) + " "
		if diff := cmp.Diff(padding+want, redactWhole(set, padding+find)); diff != "" {
			t.Fatalf("shifted by %d (-want +got):\n%s", shift, diff)
		}
	}
}

func TestTextNeedsLittleMemoryForALargeText(t *testing.T) {
	const most = 16 << 20
	set := newSet(t, all...)
	for name, text := range map[string]string{
		"an escape":                          `\u0020` + strings.Repeat("Where is my parcel? ", 1<<20/20),
		"characters that fold to many bytes": strings.Repeat("\ufdfa", 1<<20/3),
	} {
		t.Run(name, func(t *testing.T) {
			out := make([]byte, 0, 2*len(text))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			set.Text(out, []byte(text), new(redact.Counts))
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > most {
				t.Errorf("%d bytes of text took %d bytes of memory, want at most %d", len(text), took, most)
			}
		})
	}
}

func TestFoldingIsThatOfTheUnicodeTables(t *testing.T) {
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		if r > 0x20000 && r%97 != 0 {
			continue
		}
		if want, got := redact.FoldByTables(r), redact.FoldRune(r); got != want {
			t.Errorf("%U folds to %q, want %q", r, got, want)
		}
	}
}
