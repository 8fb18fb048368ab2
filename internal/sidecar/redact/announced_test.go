package redact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// announcedKinds are the kinds that words, prefixes or decimals tell.
var announcedKinds = []string{"password", "pin", "one-time-code", "card-security-code", "bank-account", "secret-key", "precise-location"}

// newAnnouncedSet returns a set of these kinds and those of other tests, for people who write in some languages.
func newAnnouncedSet(t testing.TB, languages ...string) *redact.Set {
	t.Helper()
	set, err := redact.New(redact.Selection{Kinds: append(announcedKinds[:len(announcedKinds):len(announcedKinds)], all...), Languages: languages})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestAnnounced(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"password":                 {"My password is hunter2! Thanks", "My password is [redacted:password] Thanks"},
		"the end of a sentence":    {"password: abc12345. And now?", "password: [redacted:password]. And now?"},
		"in a document":            {`{"password": "hunter22", "pin":1234}`, `{"password": "[redacted:password]", "pin":"[redacted:pin]"}`},
		"in a variable":            {"export DB_PASSWORD=xk3Jq9pL", "export DB_PASSWORD=[redacted:password]"},
		"in capitals":              {"PASSWORD: HUNTER22", "PASSWORD: [redacted:password]"},
		"in full width":            {"ｐａｓｓｗｏｒｄ： ｈｕｎｔｅｒ２２", "ｐａｓｓｗｏｒｄ： [redacted:password]"},
		"with zero width":          {"pass\u200bword: hunt\u200ber22", "pass\u200bword: [redacted:password]"},
		"without accents":          {"Mein Passwort lautet geheim77", "Mein Passwort lautet [redacted:password]"},
		"accents apart":            {"contrasen\u0303a: geheim77", "contrasen\u0303a: [redacted:password]"},
		"accents in an escape":     {`{"contrase\u00f1a": "geheim77"}`, `{"contrase\u00f1a": "[redacted:password]"}`},
		"no value":                 {"My password is not working since 2024", "My password is not working since 2024"},
		"a word":                   {"the password is wrong", "the password is wrong"},
		"a call":                   {`password = getenv("P1")`, `password = getenv("P1")`},
		"a link":                   {"password: https://x.example/r4", "password: https://x.example/r4"},
		"a part of a word":         {"mypassword2: hunter22", "mypassword2: hunter22"},
		"masked":                   {"password: ********", "password: ********"},
		"PIN":                      {"The PIN is 4821.", "The PIN is [redacted:pin]."},
		"PIN of 3 digits":          {"PIN 482", "PIN 482"},
		"PIN of 9 digits":          {"PIN 482111111", "PIN 482111111"},
		"a decimal":                {"pin 4821.5", "pin 4821.5"},
		"one-time code":            {"Your verification code is 123-456", "Your verification code is [redacted:one-time-code]"},
		"one-time code with G":     {"verification code G-123456 ok", "verification code [redacted:one-time-code] ok"},
		"security code of a card":  {"security code 123", "security code [redacted:card-security-code]"},
		"CVV":                      {"cvv 123, exp 12/29", "cvv [redacted:card-security-code], exp 12/29"},
		"CVV in German":            {"Kartenprüfnummer: 123", "Kartenprüfnummer: [redacted:card-security-code]"},
		"account":                  {"account number 1234 567890", "account number [redacted:bank-account]"},
		"sort code":                {"sort code 20-00-00", "sort code [redacted:bank-account]"},
		"account of a shop":        {"customer account number 12345678", "customer account number 12345678"},
		"language not declared":    {"Moje hasło to geheim77", "Moje hasło to geheim77"},
		"key":                      {"use sk-proj-aB3dE5fG7hJ9kL1mN3pQ ok", "use [redacted:secret-key] ok"},
		"short key":                {"sk-learn==1.2.3", "sk-learn==1.2.3"},
		"location":                 {"I am at 52.5200,-13.4050.", "I am at [redacted:precise-location]."},
		"location with directions": {"52.52000° N, 13.40500° E", "[redacted:precise-location]"},
		"few decimals":             {"52.520,13.405", "52.520,13.405"},
		"no latitude":              {"91.5200,13.4050", "91.5200,13.4050"},
		"no longitude":             {"52.5200,181.4050", "52.5200,181.4050"},
		"a vector":                 {"[0.1234, 0.5678, 0.9012]", "[0.1234, 0.5678, 0.9012]"},
	}
	set := newAnnouncedSet(t, "de", "es-ES")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, redactWhole(set, c.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkCuts(t, set, c.text)
		})
	}
}

// TestAnnouncedForEveryCut cuts texts in which cues and what they announce stand near what other detectors find, and far from each other.
func TestAnnouncedForEveryCut(t *testing.T) {
	set := newAnnouncedSet(t)
	for _, text := range append([]string{
		"password password: hunter22 pin pin 1234 5678 cvv 4111 1111 1111 1111 123",
		"my password is" + strings.Repeat(" ", 70) + "hunter22", "password: " + strings.Repeat("a1", 140) + " x",
		"one-time one time code: 123 456 7 verification code 123 4567 security security code 1234567",
		"パスワードはhunter22です。暗証番号は1234です", "κωδικός πρόσβασης μου είναι hunter22",
		"-52.5200, -13.4050 and 1.52000,2.52000,3 x1.52000,2.52000 GPS:1.52000° N, 2.52000° W",
		strings.Repeat("a", 60) + "-sk-aB3dE5fG7hJ9kL1mN3pQ sk-" + strings.Repeat("a", 60) + "1 sk-1" + strings.Repeat("b", 300),
		"password" + strings.Repeat("\u200b", 90) + ": hunter22", `{"password":"a\u0031b\"c12","pin":-1234,"cvv":123}`,
	}, corpus...) {
		checkCuts(t, set, text)
	}
}

func BenchmarkAnnounced(b *testing.B) {
	set := newAnnouncedSet(b)
	texts := map[string]string{
		"prose": "The delivery of your order takes two days, and we tell you when the parcel is on its way. ",
		"cues":  "password password: pin is my pin is my security ", "prefixes": "sk-1 eyJ2 AKIA3 ", "words": "p p p p p p p p ",
		"decimals": "1.2345,6.7890;", "links": "pin is is is is is is is my ", "passwords": "password aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			whole := []byte(strings.Repeat(text, 1<<20/len(text)))
			var out []byte
			for b.Loop() {
				out, _ = set.Text(out[:0], whole, new(redact.Counts))
			}
		})
	}
}
