package corpus_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact/corpus"
)

var update = flag.Bool("update", false, "write docs/redaction.md")

// page is the page with what the detectors find in the corpus.
const page = "../../../../docs/redaction.md"

const (
	// perKind and perLookalike are how many texts the corpus has for each kind and locale, and for each look-alike and locale.
	perKind, perLookalike = 40, 8
	// maxFalseAlarms is the share of look-alikes in which something may be found.
	maxFalseAlarms = 0.005
)

// bar is the least recall and precision of a kind.
type bar struct{ recall, precision float64 }

// bars are the bars of the kinds that a check digit or a form tells from others. Other kinds have the bar otherBar.
var (
	bars = map[string]bar{
		"email": {0.97, 0.98}, "payment-card": {0.97, 0.98}, "iban": {0.97, 0.98}, "phone": {0.97, 0.98}, "national-id": {0.97, 0.98},
	}
	otherBar = bar{0.85, 0.95}
)

// score is what was found of a kind in a locale.
type score struct{ spans, found, wrong int }

func (s score) recall() float64 { return ratio(s.found, s.spans) }
func (s score) precision() float64 {
	return ratio(s.found, s.found+s.wrong)
}

// ratio returns a share; 1 of nothing.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// result is what the detectors find in the corpus.
type result struct {
	// scores are by locale, and in it by kind.
	scores map[string]map[string]*score
	// looks and alarms are how many look-alikes there are, and in how many something was found, by their kind.
	looks, alarms map[string]int
	// examples are some texts that were not judged rightly.
	examples []string
}

// measure runs the detectors of each locale over its texts.
func measure(t *testing.T) *result {
	t.Helper()
	m := &result{scores: map[string]map[string]*score{}, looks: map[string]int{}, alarms: map[string]int{}}
	for _, locale := range corpus.Locales() {
		m.scores[locale] = map[string]*score{}
		for _, kind := range corpus.Kinds() {
			m.scores[locale][kind] = &score{}
		}
	}
	sets := newSets(t)
	for _, text := range corpus.Generate(1, perKind, perLookalike) {
		m.judge(text, sets[text.Locale].Ranges([]byte(text.Text)))
	}
	return m
}

// newSets returns the detectors of each locale.
func newSets(t *testing.T) map[string]*redact.Set {
	t.Helper()
	sets := map[string]*redact.Set{}
	for _, locale := range corpus.Locales() {
		set, err := redact.New(redact.Selection{Kinds: corpus.Kinds(), Places: []string{corpus.Place(locale)}, Languages: []string{locale}})
		if err != nil {
			t.Fatal(err)
		}
		sets[locale] = set
	}
	return sets
}

// TestCorpusInPieces: texts that arrive character by character become what they become as a whole.
func TestCorpusInPieces(t *testing.T) {
	sets := newSets(t)
	for _, text := range corpus.Generate(2, 6, 2) {
		want, _ := sets[text.Locale].Text(nil, []byte(text.Text), new(redact.Counts))
		w := sets[text.Locale].Window()
		var got []byte
		for _, character := range text.Text {
			got = w.Write(got, []byte(string(character)), new(redact.Counts))
		}
		got = w.Close(got, new(redact.Counts))
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %q in pieces (-whole +pieces):\n%s", text.Locale, text.Text, diff)
		}
	}
}

// judge compares what was found in a text with what is in it. A span is found if the ranges of its kind cover it.
func (m *result) judge(text corpus.Text, ranges []redact.Range) {
	if text.Lookalike != "" {
		m.looks[text.Lookalike]++
		if len(ranges) > 0 {
			m.alarms[text.Lookalike]++
			m.examples = append(m.examples, fmt.Sprintf("alarm %s %s: %q %v", text.Locale, text.Lookalike, text.Text, ranges))
		}
		return
	}
	for _, span := range text.Spans {
		s := m.scores[text.Locale][span.Kind]
		s.spans++
		if slices.ContainsFunc(ranges, func(r redact.Range) bool {
			return r.Kind.String() == span.Kind && r.Start <= span.Start && r.End >= span.End
		}) {
			s.found++
		} else {
			m.examples = append(m.examples, fmt.Sprintf("missed %s %s: %q %v", text.Locale, span.Kind, text.Text, ranges))
		}
	}
	for _, r := range ranges {
		isRight := slices.ContainsFunc(text.Spans, func(span corpus.Span) bool {
			return r.Kind.String() == span.Kind && r.Start < span.End && span.Start < r.End
		})
		if !isRight {
			m.scores[text.Locale][r.Kind.String()].wrong++
			m.examples = append(m.examples, fmt.Sprintf("wrong %s %s: %q %v", text.Locale, r.Kind, text.Text, ranges))
		}
	}
}

// TestCorpus compares what the detectors find in the corpus with the bars, and with the page that states it.
func TestCorpus(t *testing.T) {
	m := measure(t)
	for _, locale := range corpus.Locales() {
		for _, kind := range corpus.Kinds() {
			least, isStated := bars[kind]
			if !isStated {
				least = otherBar
			}
			if s := m.scores[locale][kind]; s.recall() < least.recall || s.precision() < least.precision {
				t.Errorf("%s in %s: recall %.3f and precision %.3f, want at least %.2f and %.2f", kind, locale, s.recall(), s.precision(), least.recall, least.precision)
			}
		}
	}
	looks, alarms := 0, 0
	for kind := range m.looks {
		looks, alarms = looks+m.looks[kind], alarms+m.alarms[kind]
	}
	if share := ratio(alarms, looks); share > maxFalseAlarms {
		t.Errorf("%d alarms in %d look-alikes are %.4f, want at most %.4f", alarms, looks, share, maxFalseAlarms)
	}
	if t.Failed() {
		for _, example := range m.examples[:min(len(m.examples), 60)] {
			t.Log(example)
		}
	}
	written := m.describe()
	if *update {
		if err := os.WriteFile(page, []byte(written), 0o644); err != nil { //nolint:gosec // G306: a page of the documentation
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), written); diff != "" {
		t.Errorf("docs/redaction.md is not what the corpus shows (-page +corpus), run with -update to write it:\n%s", diff)
	}
}

// describe returns the page.
func (m *result) describe() string {
	var b strings.Builder
	spans, looks := 0, 0
	for _, kinds := range m.scores {
		for _, s := range kinds {
			spans += s.spans
		}
	}
	for _, n := range m.looks {
		looks += n
	}
	fmt.Fprintf(&b, "# What redaction finds\n\nThis page is generated (`go test ./internal/sidecar/redact/corpus -run TestCorpus -update`). It shows what the detectors of the sidecar find in a\ncorpus of %d pieces of personal data in %d locales, and of %d texts that only look like them. The corpus is written by a generator\n(`internal/sidecar/redact/corpus`) that shares no code with the detectors. Recall is the share of the personal data that is found as a whole and\nas its kind; precision is the share of what is found that is right.\n\n", spans, len(m.scores), looks)
	b.WriteString("| Locale |")
	for _, kind := range corpus.Kinds() {
		b.WriteString(" " + kind + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(corpus.Kinds())) + "\n")
	for _, locale := range corpus.Locales() {
		b.WriteString("| " + locale + " |")
		for _, kind := range corpus.Kinds() {
			s := m.scores[locale][kind]
			fmt.Fprintf(&b, " %.3f / %.3f |", s.recall(), s.precision())
		}
		b.WriteString("\n")
	}
	b.WriteString("\nEach cell has recall and precision.\n\n## Look-alikes\n\n| What | Texts | False alarms |\n|---|---|---|\n")
	kinds := make([]string, 0, len(m.looks))
	for kind := range m.looks {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Fprintf(&b, "| %s | %d | %d |\n", kind, m.looks[kind], m.alarms[kind])
	}
	return b.String()
}
