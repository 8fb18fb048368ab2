package redact_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// TestJSONStaysJSON: in a text that is a JSON document, what replaces a number is a string.
func TestJSONStaysJSON(t *testing.T) {
	set := newSet(t, all...)
	const (
		card, phone, email, iban = `"[redacted:payment-card]"`, `"[redacted:phone]"`, `[redacted:email]`, `[redacted:iban]`
	)
	for name, tc := range map[string]struct{ in, want string }{
		"number":                      {`{"phone": 4915112345671}`, `{"phone": ` + phone + `}`},
		"number at the start":         {` {"card":4111111111111111}`, ` {"card":` + card + `}`},
		"negative number":             {`{"card": -4111111111111111}`, `{"card": ` + card + `}`},
		"fraction of zero":            {`{"card": 4111111111111111.0, "n": 2}`, `{"card": ` + card + `, "n": 2}`},
		"exponent":                    {`{"card":4111111111111111e0}`, `{"card":` + card + `}`},
		"list of numbers":             {`[ {"a":[4111111111111111,4242424242424242]}]`, `[ {"a":[` + card + `,` + card + `]}]`},
		"card in four numbers":        {`{"a":[4111,1111,1111,1111]}`, `{"a":[` + card + `]}`},
		"text":                        {`{"who":"joe@shop.example","card":"4111111111111111"}`, `{"who":"` + email + `","card":"[redacted:payment-card]"}`},
		"quotation mark in a text":    {`{"a":"\"joe\"@shop.example","card":4111111111111111}`, `{"a":"` + email + `","card":` + card + `}`},
		"backslash before the end":    {`{"a":"C:\\","card":4111111111111111}`, `{"a":"C:\\","card":` + card + `}`},
		"name of a member":            {`{"4111111111111111":4111111111111111}`, `{"[redacted:payment-card]":` + card + `}`},
		"list of texts":               {`["DE89370400440532013000",4111111111111111]`, `["` + iban + `",` + card + `]`},
		"list in a list":              {`[[4111111111111111]]`, `[[` + card + `]]`},
		"address that looks quoted":   {`{"k":"@shop.example","n":4111111111111111}`, `{"k":"@shop.example","n":` + card + `}`},
		"escape before an address":    {`{"a":"{\"b\":\"\\u0040joe@shop.example\"}"}`, `{"a":"{\"b\":\"\\\\` + email + `\"}"}`},
		"escape before a brace":       {`{"a":"{\u0040joe@shop.example"}`, `{"a":"{\u0040\"` + email + `\""}`},
		"document in a string":        {`{"a":"{\"n\": 4111111111111111.5}","n":4242424242424242}`, `{"a":"{\"n\": \"[redacted:payment-card]\"}","n":` + card + `}`},
		"document in two strings":     {`{"a":"{\"b\":\"[[4111111111111111]]\"}"}`, `{"a":"{\"b\":\"[[\\\"[redacted:payment-card]\\\"]]\"}"}`},
		"two documents in one":        {`{"a":"{\"b\":\"{\\\"n\\\":4111111111111111}\",\"c\":4242424242424242}"}`, `{"a":"{\"b\":\"{\\\"n\\\":\\\"[redacted:payment-card]\\\"}\",\"c\":\"[redacted:payment-card]\"}"}`},
		"escapes of a code":           {`{"a":"\u007B\u0022n\u0022:4111111111111111}"}`, `{"a":"\u007B\u0022n\u0022:\"[redacted:payment-card]\"}"}`},
		"document that is a string":   {`"{\"n\": 4111111111111111}"`, `"{\"n\": \"[redacted:payment-card]\"}"`},
		"text of a document":          {`{"a":"{\"n\":\"4111111111111111\"}"}`, `{"a":"{\"n\":\"[redacted:payment-card]\"}"}`},
		"prose in a string":           {`{"a":"Card 4111111111111111"}`, `{"a":"Card [redacted:payment-card]"}`},
		"prose after a document":      {`{"a":"{\"n\":1}","b":"Card 4111111111111111"}`, `{"a":"{\"n\":1}","b":"Card [redacted:payment-card]"}`},
		"prose after a quotation":     {`"Hello", card 4111111111111111`, `"Hello", card [redacted:payment-card]`},
		"prose":                       {`My card is 4111111111111111`, `My card is [redacted:payment-card]`},
		"prose after a footnote":      {`[1] My card is 4111111111111111`, `[1] My card is [redacted:payment-card]`},
		"prose after a link":          {`[here](https://shop.example) 4111111111111111`, `[here](https://shop.example) [redacted:payment-card]`},
		"prose with a document in it": {`See {"card":4111111111111111}`, `See {"card":[redacted:payment-card]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, redactWhole(set, tc.in)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			checkCuts(t, set, tc.in)
		})
	}
}

// TestDataInPieces: a list of numbers that arrives in pieces is JSON if no person reads it, wherever it is cut. A window that is used again begins
// again.
func TestDataInPieces(t *testing.T) {
	set := newSet(t, all...)
	for text, want := range map[string]string{
		` [ 4111111111111111, -4242424242424242]`: ` [ "[redacted:payment-card]", "[redacted:payment-card]"]`,
		`[5,{"n":4111111111111111}]`:              `[5,{"n":"[redacted:payment-card]"}]`,
		`4111111111111111`:                        `[redacted:payment-card]`,
		`[a](b) 4111111111111111`:                 `[a](b) [redacted:payment-card]`,
	} {
		w := set.DataWindow()
		for cut := range len(text) {
			out := w.Write(nil, []byte(text[:cut]), new(redact.Counts))
			out = w.Close(w.Write(out, []byte(text[cut:]), new(redact.Counts)), new(redact.Counts))
			if diff := cmp.Diff(want, string(out)); diff != "" {
				t.Errorf("cut at %d (-want +got):\n%s", cut, diff)
			}
		}
	}
}

// TestContactInJSONStaysNumber: a number that is not replaced keeps its type.
func TestContactInJSONStaysNumber(t *testing.T) {
	set, err := redact.NewSet(all, "+4915112345671")
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"phone": 4915112345671, "a": 1}`
	if diff := cmp.Diff(text, redactWhole(set, text)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	checkCuts(t, set, text)
}

// TestRandomJSONStaysJSON redacts random JSON documents, whole and in pieces.
func TestRandomJSONStaysJSON(t *testing.T) {
	set := newSet(t, all...)
	r := rand.New(rand.NewPCG(3, 4))
	replaced := 0
	for range 2000 {
		text := `{"data":` + randomJSON(r, 3) + `}`
		if !json.Valid([]byte(text)) {
			t.Fatalf("the test made %s", text)
		}
		want := redactWhole(set, text)
		checkNested(t, text, want)
		if want != text {
			replaced++
		}
		pieces := randomPieces(r, text)
		if diff := cmp.Diff(want, redactPieces(set, pieces)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", pieces, diff)
		}
	}
	if replaced < 400 {
		t.Errorf("only %d documents have personal data", replaced)
	}
}

// checkNested checks that a text that became another one is a document still, and so is each of its strings that was one.
func checkNested(t *testing.T, text, got string) {
	t.Helper()
	if !json.Valid([]byte(got)) {
		t.Fatalf("%s became %s", text, got)
	}
	list := func(text string) (texts []string) {
		d := json.NewDecoder(strings.NewReader(text))
		for token, err := d.Token(); err == nil; token, err = d.Token() {
			if s, isText := token.(string); isText && s != "" && strings.ContainsRune(`{["`, rune(s[0])) {
				texts = append(texts, s)
			}
		}
		return texts
	}
	now := list(got)
	for i, inner := range list(text) {
		if i < len(now) && json.Valid([]byte(inner)) && len(now) == len(list(text)) {
			checkNested(t, inner, now[i])
		}
	}
}

// randomJSON returns a random value with personal data in texts, names and numbers.
func randomJSON(r *rand.Rand, depth int) string {
	texts := []string{
		"joe@shop.example", "4111 1111 1111 1111", "DE89370400440532013000", `\"joe\"`, `@shop.example`, `\u0040`, `\\`, `\n`, "phone ", "0171 2345678",
		"order ", "é", "x", ",", "(", "+49", "[", "]", "{", ":", "joe", "",
	}
	numbers := []string{
		"0", "-4915112345671", "4915112345671", "491511234567", "4111111111111111", "4111111111111111.0", "4.111111111111111e15", "-4111111111111111E+0",
		"1.4111111111111111", "4111", "1111", "1711234567", "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		"0.4915112345671", "4242424242424242.4111111111111111", "1e4111111111111111", "-0.5", "true", "null",
	}
	blanks := []string{"", "", " ", "\n  "}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	text := func() string { return `"` + pick(texts) + pick(texts) + pick(texts) + `"` }
	if depth > 0 && r.IntN(5) == 0 {
		inner, _ := json.Marshal(`{"data":` + randomJSON(r, depth-1) + `}`)
		return string(inner)
	}
	switch kind := r.IntN(6); {
	case kind < 2 || depth == 0 && kind > 3:
		return pick(numbers)
	case kind < 4:
		return text()
	case kind == 4:
		var elements []string
		for range r.IntN(5) {
			elements = append(elements, pick(blanks)+randomJSON(r, depth-1)+pick(blanks))
		}
		return "[" + strings.Join(elements, ",") + "]"
	default:
		var members []string
		for range r.IntN(4) {
			members = append(members, pick(blanks)+text()+pick(blanks)+":"+pick(blanks)+randomJSON(r, depth-1))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}
