package intent_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/sidecar/intent"
)

// readCorpus returns the messages of a language by what they ask for, `none` for nothing.
func readCorpus(t *testing.T, tag string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + tag + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var corpus map[string][]string
	if err := yaml.UnmarshalStrict(text, &corpus); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return corpus
}

func newReader(t *testing.T, tags ...string) *intent.Reader {
	t.Helper()
	r, err := intent.NewReader(tags)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCorpus reads each message as a chatbot does that speaks only its language, and as one that speaks all of them.
func TestCorpus(t *testing.T) {
	tags, err := intent.Languages()
	if err != nil {
		t.Fatal(err)
	}
	all := newReader(t, tags...)
	for _, tag := range tags {
		corpus := readCorpus(t, tag)
		for _, kind := range []string{"human", "danger", "none"} {
			if len(corpus[kind]) < 5 {
				t.Errorf("%s: the corpus has %d messages of %q, want at least 5", tag, len(corpus[kind]), kind)
			}
		}
		own := newReader(t, tag+"-XX")
		for want, messages := range corpus {
			for _, message := range messages {
				for name, reader := range map[string]*intent.Reader{"alone": own, "with all languages": all} {
					got := reader.Read([]byte(message))
					if got.Kind.String() != strings.TrimPrefix(want, "none") || name == "alone" && want != "none" && got.Language != tag {
						t.Errorf("%s, %s: %q asks for %q in %q, want %q", tag, name, message, got.Kind, got.Language, want)
					}
				}
			}
		}
	}
}

// TestOnlyDeclaredLanguagesAreRead, with or without a place.
func TestOnlyDeclaredLanguagesAreRead(t *testing.T) {
	const message = "Ich möchte mit einem Menschen sprechen"
	if got := newReader(t, "en", "fr").Read([]byte(message)); got.Kind != intent.None {
		t.Errorf("%q is read as %v", message, got)
	}
	if got := newReader(t, "en", "de-AT").Read([]byte(message)); got.Kind != intent.Human || got.Language != "de" {
		t.Errorf("%q is read as %v", message, got)
	}
	if intent.Understands("tlh") || !intent.Understands("pt-BR") {
		t.Error("the languages that are understood are wrong")
	}
	var none *intent.Reader
	if got := none.Read([]byte("human")); got.Kind != intent.None {
		t.Errorf("no reader reads %v", got)
	}
}

// TestDangerComesFirst whatever else the message asks for, and wherever it says so.
func TestDangerComesFirst(t *testing.T) {
	r := newReader(t, "en")
	for _, message := range []string{
		"Can I talk to a human? I want to kill myself.", "I want to kill myself. Can I talk to a human?", "Delete my data, I want to end my life",
		strings.Repeat("Where is my order? ", 300) + "I want to kill myself",
	} {
		if got := r.Read([]byte(message)); got.Kind != intent.Danger {
			t.Errorf("%.60q asks for %q", message, got.Kind)
		}
	}
}

// TestHostileMessagesAreReadInTime.
func TestHostileMessagesAreReadInTime(t *testing.T) {
	tags, err := intent.Languages()
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t, tags...)
	for _, piece := range []string{"i want to ", "i want want ", "\"", "> ", "i am going to kill ", "不", "a", "\xff", "é", "ich will mit ", "，"} {
		message := []byte(strings.Repeat(piece, (1<<20)/len(piece)))
		begun := time.Now()
		r.Read(message)
		if took := time.Since(begun); took > 50*time.Millisecond {
			t.Errorf("a message of %q took %s", piece, took)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	tags, err := intent.Languages()
	if err != nil {
		b.Fatal(err)
	}
	r, err := intent.NewReader(tags)
	if err != nil {
		b.Fatal(err)
	}
	message := []byte("Hello, I ordered two chairs last week and only one of them has arrived. Where is the other one?")
	b.ReportAllocs()
	for b.Loop() {
		r.Read(message)
	}
}
