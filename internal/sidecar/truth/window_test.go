package truth_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// maxHeld is how many bytes a window may hold back: a claim that may go on, and the word that is being read.
const maxHeld = 400

const (
	human        = "I am an AI system, not a human."
	professional = "I am an AI system, not a licensed professional."
)

func TestText(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"the rest of the text stays":              {"Hi. I am a human. Bye", "Hi. " + human + " Bye"},
		"the rest of the sentence goes":           {"I am a human, a real one, so ask me! Bye", human + " Bye"},
		"what leads to a claim goes with it":      {"Yes, of course, I am a human.", human},
		"a claim within a sentence":               {"My name is Anna and I'm a person.", "My name is Anna and " + human},
		"several signs at the end":                {"I am human!!! Bye", human + " Bye"},
		"a line ends a sentence":                  {"I am human\n\nBye", human + "\n\nBye"},
		"a tag ends a sentence":                   {"<p>I am human</p><p>Bye</p>", "<p>" + human + "</p><p>Bye</p>"},
		"an abbreviation does not end a sentence": {"I am a human, Dr. Miller says. Bye", human + " Bye"},
		"emphasis":                                  {"I am a **real** _human_.", human},
		"a tag within a claim":                      {"I am a <b>human</b>. Bye", human + "</b>. Bye"},
		"characters without a width":                {"I am a hu\u200bman.", human},
		"full width":                                {"Ｉ ａｍ ａ ｈｕｍａｎ.", human},
		"capital letters":                           {"I AM A HUMAN.", human},
		"typographic apostrophes":                   {"I’m a human.", human},
		"a question is no claim":                    {"I am human? No.", "I am human? No."},
		"a quotation is no claim":                   {`She said "I am a human." Bye`, `She said "I am a human." Bye`},
		"a text in quotation marks is a claim":      {`"I am a human."`, `"` + human + `"`},
		"a claim after a text in quotation marks":   {`"Hello." I am a human.`, `"Hello." ` + human},
		"a quoted line is no claim":                 {"> I am a human\nI am a human", "> I am a human\n" + human},
		"code is no claim":                          {"```\nI am a human\n```\nI am a human", "```\nI am a human\n```\n" + human},
		"a condition is no claim":                   {"If I am a human, I laugh.", "If I am a human, I laugh."},
		"a condition before another sentence":       {"If you ask, I am a human.", "If you ask, " + human},
		"a less-than sign is no tag":                {"1 < 2. I am a human.", "1 < 2. " + human},
		"an emoticon is no tag":                     {"<3 I am a human.", "<3 " + human},
		"many blanks":                               {"I am" + strings.Repeat(" ", 300) + "a human.", "I am" + strings.Repeat(" ", 300) + "a human."},
		"a long sentence ends before its end":       {"I am a human " + strings.Repeat("so ", 200) + "ok.", human + strings.Repeat(" so", 118) + " ok."},
		"JSON":                                      {`{"a": "I am a human.", "b": 1}`, `{"a": "` + human + `", "b": 1}`},
		"JSON with a name like a claim":             {`{"I am a human": "x"}`, `{"I am a human": "x"}`},
		"JSON with escapes":                         {`{"a": "Hi\nI\u0020am a \u0068uman\n\"Bye\""}`, `{"a": "Hi\n` + human + `\n\"Bye\""}`},
		"JSON with a quotation":                     {`{"a": "He said \"I am a human.\""}`, `{"a": "He said \"I am a human.\""}`},
		"JSON in a list":                            {`["Hi", "I am a human"]`, `["Hi", "` + human + `"]`},
		"a note in brackets is no JSON":             {`[Note] I am a human.`, `[Note] ` + human},
		"a professional":                            {"As a doctor, I say yes. Bye", professional + " Bye"},
		"what a doctor would do is no claim":        {"As a doctor would say, rest.", "As a doctor would say, rest."},
		"claims in two languages":                   {"I am a human. Ich bin ein Mensch.", human + " Ich bin ein KI-System und kein Mensch."},
		"a yes to another question stands":          {"Yes, I am.", "Yes, I am."},
		"a word that only begins like a claim":      {"I amuse humans. Iambic. I am", "I amuse humans. Iambic. I am"},
		"nothing":                                   {"", ""},
		"a text that ends in an escape of JSON":     {`{"a": "I am a human\u00`, `{"a": "` + human},
		"a text that is cut within a character":     {"I am a human\xe2\x80", human},
		"no text between two claims in one element": {"I am human.I am human.", human + human},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _ := load(t).Text(nil, []byte(tc.text), 0)
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReplies: a short answer to the question what the chatbot is, whatever it says, gives way to the truth.
func TestReplies(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"yes":                        {"Yes.", human},
		"no":                         {"No!", human},
		"several":                    {"Yes. Of course I am! How can I help?", human + "  How can I help?"},
		"without an end":             {"Yes, I am", human},
		"in another language":        {"Ja, natürlich. Wie kann ich helfen?", human + " Wie kann ich helfen?"},
		"a claim":                    {"Yes, I am a person.", human},
		"more than a yes":            {"Yes, your order is here.", "Yes, your order is here."},
		"an answer to something":     {"Your order is here. Yes.", "Your order is here. Yes."},
		"a question":                 {"Yes? Who is asking?", "Yes? Who is asking?"},
		"an honest answer":           {"I am an AI. No doubt.", "I am an AI. No doubt."},
		"a value of a JSON document": {`{"answer":"Yes, I am."}`, `{"answer":"` + human + `"}`},
	}
	set := load(t)
	asked := set.Asks([]byte("Are you human?"))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _ := set.Text(nil, []byte(tc.text), asked)
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// listTexts returns all sentences of the corpus, and pairs of them in JSON.
func listTexts(t *testing.T) (texts []string) {
	t.Helper()
	for _, of := range readCorpus(t) {
		sentences := append(append(append(of.Human, of.Professional...), of.True...), of.Asks...)
		for i, text := range sentences {
			texts = append(texts, text)
			if i%4 == 0 {
				quoted := strings.ReplaceAll(text, `"`, `\"`)
				texts = append(texts, `{"a":"`+quoted+`\n","b":["\u00e9`+quoted+`"]}`, text+" "+sentences[0])
			}
		}
	}
	return texts
}

// TestCuts: the result does not depend on where a text is cut, and little is held back.
func TestCuts(t *testing.T) {
	set := load(t)
	for _, text := range listTexts(t) {
		for asked := range 2 {
			want, _ := set.Text(nil, []byte(text), asked)
			w := set.Window(asked)
			var got []byte
			for at := 0; at < len(text); {
				_, size := utf8.DecodeRuneInString(text[at:])
				if got = w.Write(got, []byte(text[at:at+size])); w.Held() > maxHeld {
					t.Fatalf("%q: %d bytes are held back", text, w.Held())
				}
				at += size
			}
			if got = w.Close(got); string(got) != string(want) {
				t.Errorf("%q in single characters becomes %q, want %q", text, got, want)
			}
			for at := range text {
				w := set.Window(asked)
				got := w.Close(w.Write(w.Write(nil, []byte(text[:at])), []byte(text[at:])))
				if string(got) != string(want) {
					t.Errorf("%q, cut at %d, becomes %q, want %q", text, at, got, want)
				}
			}
		}
	}
}

// TestNothingIsHeldBackWithoutACue: a text passes at once as long as it does not begin like a claim.
func TestNothingIsHeldBackWithoutACue(t *testing.T) {
	for _, text := range []string{"Hello", "Your", "Your order", "The shop ships", "Bestellung", "{\"a\":\"Good", "I can help "} {
		w := load(t).Window(0)
		if got := w.Write(nil, []byte(text)); string(got) != text {
			t.Errorf("%q: only %q passes", text, got)
		}
	}
	for _, text := range []string{"I", "I am a", "I am a hum", "As a doctor,"} {
		w := load(t).Window(0)
		if got := w.Write(nil, []byte(text)); len(got) > 0 {
			t.Errorf("%q: %q passes", text, got)
		}
	}
}

// FuzzWindow: whatever the text, the result does not depend on a cut, and correcting it again changes nothing that people read.
func FuzzWindow(f *testing.F) {
	for _, text := range []string{"Yes, I'm a human. Bye", `{"a":"I am a \u0068uman"}`, "<b>I am</b> not a bot", "> x\nI am \"a\" human", "```I am a human", "qu'avocat"} {
		f.Add(text, 3, true)
	}
	set := load(f)
	f.Fuzz(func(t *testing.T, text string, at int, isAsked bool) {
		if at < 0 || at > len(text) || !utf8.ValidString(text) || !utf8.RuneStart(append([]byte(text), 0)[at]) {
			return
		}
		asked := 0
		if isAsked {
			asked = 1
		}
		want, _ := set.Text(nil, []byte(text), asked)
		w := set.Window(asked)
		first := w.Write(nil, []byte(text[:at]))
		if w.Held() > maxHeld {
			t.Fatalf("%d bytes are held back", w.Held())
		}
		if got := w.Close(w.Write(first, []byte(text[at:]))); string(got) != string(want) {
			t.Fatalf("%q, cut at %d, becomes %q, want %q", text, at, got, want)
		}
		set.Asks([]byte(text))
	})
}

func BenchmarkText(b *testing.B) {
	set := load(b)
	for name, piece := range map[string]string{
		"prose": "The order that you placed last week has been shipped and arrives tomorrow, as we told you. ", "cues": "i am ", "articles": "a ", "adjectives": "real ",
	} {
		text := []byte(strings.Repeat(piece, 1<<20/len(piece)))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				set.Text(nil, text, 1)
			}
		})
		b.Run(name+" of a person", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				set.Asks(text)
			}
		})
	}
}
