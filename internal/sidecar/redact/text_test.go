package redact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

var all = []string{"email", "phone", "payment-card", "iban"}

func newSet(t testing.TB, names ...string) *redact.Set {
	t.Helper()
	set, err := redact.NewSet(names)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestText(t *testing.T) {
	set := newSet(t, all...)
	cases := map[string]struct{ text, want string }{
		"text without personal data": {"Where is my parcel?", "Where is my parcel?"},
		"empty text":                 {"", ""},

		"e-mail in a sentence":                  {"Write to joe.smith+shop@mail.example.com.", "Write to [redacted:email]."},
		"e-mail at both ends":                   {"a@b.example, c@d.example", "[redacted:email], [redacted:email]"},
		"e-mail in brackets":                    {"<joe@shop.example>", "<[redacted:email]>"},
		"e-mail in quotes":                      {`"joe@shop.example" 'ann@shop.example'`, `"[redacted:email]" '[redacted:email]'`},
		"e-mail in a link":                      {"mailto:joe@shop.example?subject=x", "mailto:[redacted:email]?subject=x"},
		"e-mail with an apostrophe":             {"o'brien@shop.example", "[redacted:email]"},
		"e-mail with a hyphen after it":         {"joe@shop.example- thanks", "[redacted:email]- thanks"},
		"e-mail with letters of other scripts":  {"müller@bücher.example, иван@почта.рф", "[redacted:email], [redacted:email]"},
		"e-mail inside a text without spaces":   {"メールはjoe@shop.exampleまで", "メールは[redacted:email]まで"},
		"e-mail in full-width characters":       {"ｊｏｅ＠ｓｈｏｐ．ｅｘａｍｐｌｅ", "[redacted:email]"},
		"e-mail with zero-width characters":     {"j\u200bo\u200be@sh\u00adop.exam\ufeffple", "[redacted:email]"},
		"e-mail with control characters":        {"j\x00oe@shop\x00.example\x7f", "[redacted:email]\x7f"},
		"card padded with NUL":                  {"4\x001\x001\x001 1111 1111 1111", "[redacted:payment-card]"},
		"line feeds separate":                   {"joe\n@shop.example and 4111\n1111\n1111\n1111", "joe\n@shop.example and 4111\n1111\n1111\n1111"},
		"e-mail whose local part is a number":   {"4111111111111111@shop.example 0301234567@shop.example", "[redacted:email] [redacted:email]"},
		"e-mail with a local part of 64 bytes":  {"0123456789012345678901234567890123456789012345678901234567890123@shop.example", "[redacted:email]"},
		"e-mail with a punycode top-level name": {"joe@shop.xn--p1ai", "[redacted:email]"},
		"mention and version, not e-mail":       {"@joe lodash@4.17.21 a@b", "@joe lodash@4.17.21 a@b"},

		"phone, international":               {"+49 30 901820 and +1 (415) 555-2671", "[redacted:phone] and [redacted:phone]"},
		"phone, international with 00":       {"0049 30 901820", "[redacted:phone]"},
		"phone, international in one piece":  {"ring +4915112345678.", "ring [redacted:phone]."},
		"phone with a trunk zero in it":      {"+49 (0)30 901820", "[redacted:phone]"},
		"phone, national forms":              {"030 901820; 0171/1234567; 020 7946 0958; 06.12.34.56.78", "[redacted:phone]; [redacted:phone]; [redacted:phone]; [redacted:phone]"},
		"phone, area code in brackets":       {"(030) 1234567 or (415) 555-2671", "[redacted:phone] or [redacted:phone]"},
		"phone in brackets":                  {"(030 1234567) (+49 30 901820)", "[redacted:phone] [redacted:phone]"},
		"phone after an opening bracket":     {"(030 1234567, all day)", "([redacted:phone], all day)"},
		"phone, national in one piece":       {"01711234567", "[redacted:phone]"},
		"phone, North American":              {"415-555-2671 415.555.2671 1-800-555-0199", "[redacted:phone] [redacted:phone] [redacted:phone]"},
		"phone because a word says so":       {"My phone number is 4155552671", "My phone number is [redacted:phone]"},
		"phone in a link":                    {"tel:+4930901820", "tel:[redacted:phone]"},
		"phone with an extension":            {"+1 415 555 2671 x12", "[redacted:phone] x12"},
		"phone in full-width digits":         {"０３０ １２３４５６７", "[redacted:phone]"},
		"phone in Arabic digits":             {"+٤٩ ٣٠ ٩٠١٨٢٠", "[redacted:phone]"},
		"phone with no-break and thin space": {"+49\u00a030\u2009901820", "[redacted:phone]"},
		"phone with typographic hyphens":     {"415\u2011555\u20132671", "[redacted:phone]"},

		"dates, not phones":           {"23.11.2026 03.11.2026 2026-11-23 03.11.2026 10:15", "23.11.2026 03.11.2026 2026-11-23 03.11.2026 10:15"},
		"date and hour, not phone":    {"On 03.11.2026 10:15 or 2026-01-03 1015", "On 03.11.2026 10:15 or 2026-01-03 1015"},
		"date after a phone word":     {"Call before 23.11.2026 or fax on 2026-11-23", "Call before 23.11.2026 or fax on 2026-11-23"},
		"prices, not phones":          {"1.234.567,89 EUR, $1,234,567.00, 012.345.678,90", "1.234.567,89 EUR, $1,234,567.00, 012.345.678,90"},
		"order numbers, not phones":   {"order 0123456789, ORD-0123456789, #0123456789, 4155552671", "order 0123456789, ORD-0123456789, #0123456789, 4155552671"},
		"address, not phone":          {"10115 Berlin, 192.168.100.200, v1.22.2", "10115 Berlin, 192.168.100.200, v1.22.2"},
		"serial number, not phone":    {"0123-4567-8901", "0123-4567-8901"},
		"base64, not phone":           {"QWxhZGRpbjpv+12345678cGVuIHNlc2FtZQ==", "QWxhZGRpbjpv+12345678cGVuIHNlc2FtZQ=="},
		"long digit string, no phone": {"012345678901234567890123456789", "012345678901234567890123456789"},

		"card in groups":                         {"4111 1111 1111 1111 and 3782-822463-10005", "[redacted:payment-card] and [redacted:payment-card]"},
		"card in one piece":                      {"Visa4111111111111111,", "Visa[redacted:payment-card],"},
		"card of 13 and of 19 digits":            {"4222222222222 6304000000000000000", "[redacted:payment-card] [redacted:payment-card]"},
		"card, then expiry and code":             {"5555 5555 5555 4444 12/27 123", "[redacted:payment-card] 12/27 123"},
		"card digit by digit":                    {"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[redacted:payment-card]"},
		"card with zero-width characters":        {"4111\u200b1111\u200b1111\u200b1111", "[redacted:payment-card]"},
		"card in mathematical digits":            {"𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏", "[redacted:payment-card]"},
		"card in circled digits":                 {"④①①①①①①①①①①①①①①①", "[redacted:payment-card]"},
		"wrong check digit, not a card":          {"4111 1111 1111 1112", "4111 1111 1111 1112"},
		"milliseconds and fractions, not a card": {"1732399999999 0.4111111111111111", "1732399999999 0.4111111111111111"},
		"list of small numbers, not a card":      {"5 10 15 20 25 30 35 40 45", "5 10 15 20 25 30 35 40 45"},

		"IBAN in groups":                {"DE89 3704 0044 0532 0130 00.", "[redacted:iban]."},
		"IBAN in one piece, lower case": {"iban:gb82west12345698765432", "iban:[redacted:iban]"},
		"IBAN with letters at the end":  {"MT84 MALT 0110 0001 2345 MTLC AST0 01S!", "[redacted:iban]!"},
		"IBAN with hyphens":             {"NL91-ABNA-0417-1643-00", "[redacted:iban]"},
		"wrong check, not an IBAN":      {"DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"},
		"longer name, not an IBAN":      {"XDE89370400440532013000", "XDE89370400440532013000"},

		"all kinds together": {
			"joe@shop.example, +49 30 901820, 4111111111111111, DE89370400440532013000",
			"[redacted:email], [redacted:phone], [redacted:payment-card], [redacted:iban]",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var counts redact.Counts
			got, changed := set.Text(nil, []byte(tc.text), &counts)
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
			if want := tc.text != tc.want; changed != want || counts.Total() > 0 != want {
				t.Errorf("changed is %t, counts are %v, want changed %t", changed, counts, want)
			}
		})
	}
}

func TestTextSeesEscapesOfADocumentInside(t *testing.T) {
	set := newSet(t, all...)
	cases := map[string]struct{ text, want string }{
		"escaped at sign":          {`{"to":"joe\u0040shop.example"}`, `{"to":"[redacted:email]"}`},
		"escaped digits":           {`{"card":"\u0034111111111111111"}`, `{"card":"[redacted:payment-card]"}`},
		"escaped surrogates":       {`"\ud835\udfd2111111111111111"`, `"[redacted:payment-card]"`},
		"line feed before a phone": {`"call\n+49 30 901820\n"`, `"call\n[redacted:phone]\n"`},
		"escape that is not whole": {`a\u00`, `a\u00`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _ := set.Text(nil, []byte(tc.text), new(redact.Counts))
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextUsesOnlyTheChosenDetectors(t *testing.T) {
	text := "joe@shop.example, +49 30 901820, 4111111111111111, DE89370400440532013000"
	cases := map[string]struct{ detector, want string }{
		"e-mail": {"email", "[redacted:email], +49 30 901820, 4111111111111111, DE89370400440532013000"},
		"phone":  {"phone", "joe@shop.example, [redacted:phone], 4111111111111111, DE89370400440532013000"},
		"card":   {"payment-card", "joe@shop.example, +49 30 901820, [redacted:payment-card], DE89370400440532013000"},
		"IBAN":   {"iban", "joe@shop.example, +49 30 901820, 4111111111111111, [redacted:iban]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var counts redact.Counts
			got, _ := newSet(t, tc.detector).Text(nil, []byte(text), &counts)
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
			if counts.Total() != 1 {
				t.Errorf("counts are %v, want one", counts)
			}
		})
	}
}

func TestNewSetRefusesAnUnknownDetector(t *testing.T) {
	_, err := redact.NewSet([]string{"email", "passport"})
	if err == nil {
		t.Fatal("NewSet took it")
	}
	if diff := cmp.Diff(`"passport" is not a detector`, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
