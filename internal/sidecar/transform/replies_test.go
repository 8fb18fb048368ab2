package transform

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// replies are what people answer in one language.
type replies struct {
	Negations []string `json:"negations"`
	Yes       []string `json:"yes"`
	No        []string `json:"no"`
	Neither   []string `json:"neither"`
}

// readCorpus reads a corpus of the folder testdata, by language. It has every language of said.yaml.
func readCorpus[T any](t *testing.T, name string) map[string]T {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	corpus := map[string]T{}
	if err := yaml.UnmarshalStrict(data, &corpus); err != nil {
		t.Fatal(err)
	}
	for tag := range readPhrases(t) {
		if _, found := corpus[tag]; !found {
			t.Errorf("%s lacks the language %q", name, tag)
		}
	}
	return corpus
}

func readPhrases(t *testing.T) map[string]refusal.Phrases {
	t.Helper()
	all, err := refusal.ReadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// newSaidQuestions returns questions with the answers of said.yaml in the languages.
func newSaidQuestions(phrases ...refusal.Phrases) *Questions {
	var yes, no []string
	for _, p := range phrases {
		yes, no = append(yes, p.Consent.Agree...), append(no, p.Consent.Decline...)
	}
	return NewQuestions([]string{"Do you agree?"}, yes, no)
}

// TestRepliesOfPeople, in a chatbot of one language and in one of all languages. No message that negates, quotes, doubts or qualifies a yes is one.
func TestRepliesOfPeople(t *testing.T) {
	all := readPhrases(t)
	var each []refusal.Phrases
	for _, p := range all {
		each = append(each, p)
	}
	ofAll := newSaidQuestions(each...)
	for tag, corpus := range readCorpus[replies](t, "replies.yaml") {
		own := newSaidQuestions(all[tag])
		expect := func(text string, want Reply) {
			for name, questions := range map[string]*Questions{tag: own, "all languages": ofAll} {
				if got := questions.read([]byte(text)); got != want {
					t.Errorf("%s: %q is read as %d, want %d", name, text, got, want)
				}
			}
		}
		for want, texts := range map[Reply][]string{ReplyYes: corpus.Yes, ReplyNo: corpus.No, ReplyOther: corpus.Neither} {
			for _, text := range texts {
				expect(text, want)
			}
		}
		for _, yes := range all[tag].Consent.Agree {
			expect(strings.ToUpper(yes)+" !", ReplyYes)
			for _, text := range listTurned(yes, all[tag].Consent.Decline[0], corpus.Negations) {
				for name, questions := range map[string]*Questions{tag: own, "all languages": ofAll} {
					if questions.read([]byte(text)) == ReplyYes {
						t.Errorf("%s: %q is read as yes", name, text)
					}
				}
			}
		}
	}
}

// listTurned returns messages with the words of a yes that say something else.
func listTurned(yes, no string, negations []string) []string {
	texts := []string{
		yes + "?", yes + "？", yes + " ?!", yes + "⁇", yes + "؟", yes + ", " + no, no + ", " + yes, yes + "/" + no, yes + " 👎", "❌ " + yes, "> " + yes, "~~" + yes + "~~",
		`"` + yes + `" or "` + no + `"`, yes + " (" + no + ")", yes + "\n\n" + no, "\"" + yes + "\"?", "1. " + yes + " 2. " + no,
	}
	for _, negation := range negations {
		texts = append(texts, negation+" "+yes, yes+" "+negation, yes+", "+negation+".")
	}
	return texts
}
