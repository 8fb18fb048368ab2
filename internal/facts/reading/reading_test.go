package reading

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestMeasure(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want Measures
	}{
		"nothing":                              {"", Measures{}},
		"only marks":                           {" … !? ", Measures{}},
		"one word":                             {"Hello", Measures{Sentences: 1, Words: 1, LIX: 1}},
		"a word of six letters is not long":    {"Person.", Measures{Sentences: 1, Words: 1, LIX: 1}},
		"a word of seven letters is long":      {"Persons.", Measures{Sentences: 1, Words: 1, LongWords: 1, LIX: 101}},
		"marks on letters count for nothing":   {"o\u0301o\u0301o\u0301o\u0301 ", Measures{Sentences: 1, Words: 1, LIX: 1}},
		"letters beyond ASCII":                 {"Gespräch führen", Measures{Sentences: 1, Words: 2, LongWords: 1, LIX: 52}},
		"hyphens and apostrophes inside words": {"KI-System don't l’été", Measures{Sentences: 1, Words: 3, LongWords: 1, LIX: 36}},
		"hyphens between words":                {"one - two -- three-", Measures{Sentences: 1, Words: 3, LIX: 3}},
		"two sentences":                        {"Ask us. We answer!", Measures{Sentences: 2, Words: 4, LIX: 2}},
		"marks that follow each other":         {"Really?! Yes...", Measures{Sentences: 2, Words: 2, LIX: 1}},
		"a colon ends a sentence for LIX":      {"Mind: it errs", Measures{Sentences: 2, Words: 3, LIX: 2}},
		"numbers and addresses end nothing":    {"Pay 3.50 at https://x.example/a.b now", Measures{Sentences: 1, Words: 10, LongWords: 1, LIX: 20}},
		"Arabic":                               {"هل أنت روبوت؟ نعم.", Measures{Sentences: 2, Words: 4, LIX: 2}},
		"Hindi":                                {"यह एक मशीन है। धन्यवाद", Measures{Sentences: 2, Words: 5, LIX: 3}},
		"Chinese": {"您正在与人工智能系统聊天。需要时可以联系人工客服！", Measures{
			Sentences: 2, Characters: 23, SentenceCharacters: 12,
		}},
		"Japanese with a name in Latin letters": {"AIシステムと会話しています。", Measures{Sentences: 1, Characters: 14, SentenceCharacters: 14}},
		"Thai":                                  {"คุณกำลังคุยกับระบบ", Measures{Sentences: 1, Characters: 14, SentenceCharacters: 14}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Measure(test.text)); diff != "" {
				t.Errorf("measures (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzMeasure holds that no text breaks the counts: there are never more of a part than of the whole.
func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{"Ask us. We answer!", "您好。", "a-b'c", "\xff.", ": : :"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := Measure(text)
		runes := utf8.RuneCountInString(text)
		if m.LongWords > m.Words || m.Words+m.Characters > runes || m.Sentences > runes || m.LIX < 0 {
			t.Errorf("%q measures %+v", text, m)
		}
		if (m.Words+m.Characters > 0) != (m.Sentences > 0) {
			t.Errorf("%q has %d sentences of %d words or %d characters", text, m.Sentences, m.Words, m.Characters)
		}
		if twice := Measure(text + ".\n" + text); strings.TrimSpace(text) != "" && twice.Sentences < m.Sentences {
			t.Errorf("%q has fewer sentences when it is said twice", text)
		}
	})
}
