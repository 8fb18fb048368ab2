package truth_test

import (
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// sentences are those of one language in testdata/corpus.yaml.
type sentences struct {
	Asks, Other, Human, Professional, True []string
}

func readCorpus(t *testing.T) map[string]sentences {
	t.Helper()
	data, err := os.ReadFile("testdata/corpus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var corpus map[string]sentences
	if err := yaml.UnmarshalStrict(data, &corpus); err != nil {
		t.Fatal(err)
	}
	return corpus
}

func load(t testing.TB) *truth.Set {
	t.Helper()
	set, err := truth.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// minQuestions is the least number of questions in the corpus. None of them may be missed.
const minQuestions = 300

func TestQuestions(t *testing.T) {
	set, count := load(t), 0
	for tag, of := range readCorpus(t) {
		for _, text := range of.Asks {
			count++
			if set.Asks([]byte(text)) == 0 {
				t.Errorf("%s: %q is not recognized", tag, text)
			}
		}
		for _, text := range of.Other {
			if asked := set.Asks([]byte(text)); asked != 0 {
				t.Errorf("%s: %q is taken for a question, in %s", tag, text, set.Tag(asked))
			}
		}
	}
	if count < minQuestions {
		t.Errorf("the corpus has %d questions, want %d", count, minQuestions)
	}
}

func TestClaims(t *testing.T) {
	set := load(t)
	for tag, of := range readCorpus(t) {
		for _, text := range append(of.Human, of.Professional...) {
			out, corrected := set.Text(nil, []byte(text), 0)
			if corrected == 0 {
				t.Errorf("%s: %q stands", tag, text)
			}
			if again, count := set.Text(nil, out, 0); count != 0 {
				t.Errorf("%s: %q becomes %q, which becomes %q", tag, text, out, again)
			}
		}
		for _, text := range of.True {
			if out, corrected := set.Text(nil, []byte(text), 0); corrected != 0 {
				t.Errorf("%s: %q becomes %q", tag, text, out)
			}
		}
	}
}

// TestLanguagesHaveACorpus: each language is tested, also by the true sentence in its file.
func TestLanguagesHaveACorpus(t *testing.T) {
	corpus := readCorpus(t)
	entries, err := os.ReadDir("languages")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if tag := strings.TrimSuffix(e.Name(), ".yaml"); len(corpus[tag].Human) < 4 || len(corpus[tag].Asks) < 10 {
			t.Errorf("%s has %d claims and %d questions", tag, len(corpus[tag].Human), len(corpus[tag].Asks))
		}
	}
}
