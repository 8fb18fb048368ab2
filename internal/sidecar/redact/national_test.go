package redact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// newNationalSet returns a set of all kinds for places.
func newNationalSet(t testing.TB, places ...string) *redact.Set {
	t.Helper()
	set, err := redact.New(redact.Selection{Kinds: append([]string{"national-id"}, all...), Places: places})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// nationalCase is a text with what the detectors of a place make of it.
type nationalCase struct{ place, text, want string }

// checkNational redacts the texts, whole and cut everywhere.
func checkNational(t *testing.T, cases map[string]nationalCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			set := newNationalSet(t, tc.place)
			if diff := cmp.Diff(tc.want, redactWhole(set, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkCuts(t, set, tc.text)
		})
	}
}

// TestNationalIdentifiers holds, by place, texts with an identifier of the place or with what only looks like one.
func TestNationalIdentifiers(t *testing.T) {
	const id = "[redacted:national-id]"
	cases := map[string]nationalCase{
		"form that needs no cue":            {"us-ca", "I am 078-05-1120.", "I am " + id + "."},
		"nine digits after a cue":           {"us", "SSN: 078051120", "SSN: " + id},
		"nine digits before a cue":          {"nl", "123456782 is mijn BSN.", id + " is mijn BSN."},
		"nine digits without a cue":         {"nl", "Het is 123456782.", "Het is 123456782."},
		"wrong check digit":                 {"nl", "BSN 123456783", "BSN 123456783"},
		"cue that announces another number": {"nl", "123456782, BSN: 111222333", "123456782, BSN: " + id},
		"word for a reference after a cue":  {"nl", "BSN staat klopt, order 123456782", "BSN staat klopt, order 123456782"},
		"place of a group":                  {"eu", "Mein IdNr. ist 86 095 742 719", "Mein IdNr. ist " + id},
		"another place":                     {"fr", "SSN 123-45-6789", "SSN 123-45-6789"},
		"letters and spaces":                {"gb", "My NI number is AB 12 34 56 C, thanks", "My NI number is " + id + ", thanks"},
		"letters in one word":               {"it", "CF RSSMRA85T10A562S.", "CF " + id + "."},
		"part of a name":                    {"gb", "part X-AB123456C and AB123456CD", "part X-AB123456C and AB123456CD"},
		"signs without spaces":              {"jp", "マイナンバーは123456789018です", "マイナンバーは" + id + "です"},
		"full width":                        {"pl", "PESEL ４４０５１４０１３５９", "PESEL " + id},
		"first letter of a Spanish foreign": {"es", "NIE X-1234567-L", "NIE " + id},
		"order":                             {"us", "order 078-05-1120", "order 078-05-1120"},
	}
	checkNational(t, cases)
}
