package redact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

func TestContactsOfTheOrganisationStay(t *testing.T) {
	contacts := []string{"Privacy@shop.example", "+49 (0)30 90182-0", "(415) 555-2671", "116117", "mailto:help@shop.example", "https://shop.example/4155552672"}
	set, err := redact.NewSet(all, contacts...)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct{ text, want string }{
		"address":                              {"Write to privacy@shop.example.", "Write to privacy@shop.example."},
		"address in capital letters":           {"PRIVACY@SHOP.EXAMPLE", "PRIVACY@SHOP.EXAMPLE"},
		"address in full-width characters":     {"ｐrivacy＠shop．example", "ｐrivacy＠shop．example"},
		"address with zero-width characters":   {"priv\u200bacy@shop.ex\u00adample", "priv\u200bacy@shop.ex\u00adample"},
		"address with escapes":                 {`privacy\u0040shop.example`, `privacy\u0040shop.example`},
		"address of a link":                    {"<a href=\"mailto:help@shop.example\">", "<a href=\"mailto:help@shop.example\">"},
		"address and a person's":               {"privacy@shop.example, not joe@shop.example", "privacy@shop.example, not [redacted:email]"},
		"person's before the address":          {"joe@shop.example privacy@shop.example", "[redacted:email] privacy@shop.example"},
		"longer local part":                    {"joe.privacy@shop.example", "[redacted:email]"},
		"longer domain":                        {"privacy@shop.example.org", "[redacted:email]"},
		"number that ends as the short one":    {"phone 030 116117", "phone [redacted:phone]"},
		"telephone number":                     {"Ring +49 30 90182-0 or +49 30 90182-1.", "Ring +49 30 90182-0 or [redacted:phone]."},
		"telephone number with 00":             {"0049 30 901820", "0049 30 901820"},
		"telephone number, national":           {"030 901820; 030/901820; 030 901821", "030 901820; 030/901820; [redacted:phone]"},
		"telephone number with the zero":       {"+49 (0)30 901820", "+49 (0)30 901820"},
		"telephone number with the zero, [0]":  {"+49 [0]30 901820, +49[0]30/901820; +49 [0]30 901821", "+49 [0]30 901820, +49[0]30/901820; [redacted:phone]"},
		"telephone number in Arabic digits":    {"+٤٩ ٣٠ ٩٠١٨٢٠", "+٤٩ ٣٠ ٩٠١٨٢٠"},
		"telephone number, American":           {"415-555-2671, 1-415-555-2671, +1 (415) 555-2671, 415-555-2672", "415-555-2671, 1-415-555-2671, +1 (415) 555-2671, [redacted:phone]"},
		"telephone number of another place":    {"+33 1 30 90 18 20 99", "[redacted:phone]"},
		"telephone number with more digits":    {"+49 30 9018201", "[redacted:phone]"},
		"end of the telephone number":          {"phone 0901820", "phone [redacted:phone]"},
		"card and account next to the contact": {"privacy@shop.example 4111 1111 1111 1111 DE89 3704 0044 0532 0130 00", "privacy@shop.example [redacted:payment-card] [redacted:iban]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, redactWhole(set, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkCuts(t, set, tc.text)
		})
	}
	if set.Finds([]byte("privacy@shop.example")) || !set.Finds([]byte("joe@shop.example")) {
		t.Error("Finds does not agree with Text")
	}
}

func TestAddressThatDiffersFromTheContactInOneLetterIsRedacted(t *testing.T) {
	const eAcute = "e\u0301" // a letter and its accent as two characters (Unicode NFD)
	set, err := redact.NewSet(all, "müller@shop.example", "почта@shop.example", "help-desk@bücher.example", "info@shop.caf"+eAcute, "ada@[192.0.2.1]")
	if err != nil {
		t.Fatal(err)
	}
	const redacted = "[redacted:email]"
	contacts := map[string]string{
		"one character for each letter": "müller@shop.example",
		"accent as another character":   "mu\u0308ller@shop.example",
		"capital letters":               "MÜLLER@Shop.Example",
		"capital letter and accent":     "MU\u0308LLER@shop.example",
		"full-width letters":            "ｍüller＠shop.example",
		"escapes":                       `m\u00fcller@shop.example m\u00FCller\u0040shop.example mu\u0308ller@shop.example`,
		"soft hyphen":                   "mül\u00adler@shop.example",
		"variation selector":            "müller\ufe0e@shop.example",
		"Cyrillic":                      "почта@shop.example, ПОЧТА@SHOP.EXAMPLE",
		"domain":                        "help-desk@bücher.example",
		"non-breaking hyphen":           "help\u2011desk@bücher.example",
		"last letter":                   "info@shop.café",
		"accent of the last letter":     "info@shop.caf" + eAcute + ".",
		"address literal":               "ada@[192.0.2.1]",
		"accent after a bracket":        "ada@[192.0.2.1]\u0301 for Ada",
		"accent far behind":             "müller@shop.example" + strings.Repeat("\u200b", 100) + "\u0301 for Ada",
	}
	for name, text := range contacts {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(text, redactWhole(set, text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkCuts(t, set, text)
		})
	}
	others := map[string]struct{ text, want string }{
		"another letter":               {"möller@shop.example", redacted},
		"another letter, escaped":      {`m\u00f6ller@shop.example`, redacted},
		"another accent":               {"mu\u0301ller@shop.example", redacted},
		"no accent":                    {"muller@shop.example", redacted},
		"letter of another script":     {"mьller@shop.example", redacted},
		"Cyrillic":                     {"пошта@shop.example", redacted},
		"domain":                       {"help-desk@bäcker.example", redacted},
		"last letter":                  {"info@shop.cafè", redacted},
		"last letter without accent":   {"info@shop.cafe", redacted},
		"other accent at the end":      {"info@shop.cafe\u0300 x", redacted + "\u0300 x"},
		"accent at the end, escaped":   {`info@shop.cafe\u0300 x`, redacted + `\u0300 x`},
		"accent after invisible signs": {"müller@shop.example\u200b\u0301 x", redacted + "\u200b\u0301 x"},
	}
	for name, tc := range others {
		t.Run("not "+name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, redactWhole(set, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkCuts(t, set, tc.text)
		})
	}
}
