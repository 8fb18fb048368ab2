package refusal_test

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

var update = flag.Bool("update", false, "write docs/refusals.md")

func TestTableIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range refusal.ListRows() {
		if !strings.HasPrefix(row.ID, "sidecar.") || seen[row.ID] {
			t.Errorf("rule %q is not an ID, or is given twice", row.ID)
		}
		seen[row.ID] = true
		if row.Status < 400 || row.Status > 599 {
			t.Errorf("rule %q has the status %d", row.ID, row.Status)
		}
		for _, sentence := range []string{row.What, row.Remedy} {
			if !strings.HasSuffix(sentence, ".") {
				t.Errorf("rule %q says %q, want a sentence", row.ID, sentence)
			}
		}
	}
}

func TestRefusalSaysMoreThanItsRow(t *testing.T) {
	got := refusal.Because(refusal.BodyShape, "The messages are not a list.")
	if got.Error() != "The messages are not a list. Send a request as the API that the port declares defines it: the page of its shape names the members." {
		t.Errorf("error is %q", got.Error())
	}
	if refusal.New(refusal.BodyShape).What == got.What {
		t.Error("the row itself was changed")
	}
	if !got.IsFor(refusal.BodyShape) || got.IsFor(refusal.Method) || (*refusal.Refusal)(nil).IsFor(refusal.Method) {
		t.Error("the refusal is for another rule")
	}
}

// A lasting refusal has a status after which clients repeat requests; one with the status of the app's own error does not last.
func TestRefusalsThatLast(t *testing.T) {
	var lasting []string
	for rule, row := range refusal.ListRows() {
		if refusal.New(refusal.Rule(rule)).Lasts() {
			lasting = append(lasting, row.ID)
			if row.Status < 500 {
				t.Errorf("%s lasts, and no client repeats a request after %d", row.ID, row.Status)
			}
		}
	}
	want := []string{"sidecar.suspended", "sidecar.handoff_unavailable", "sidecar.answer_type", "sidecar.answer_too_large", "sidecar.answer_malformed", "sidecar.answer_unreadable"}
	if diff := cmp.Diff(want, lasting); diff != "" {
		t.Errorf("lasting refusals (-want +got):\n%s", diff)
	}
	if refusal.New(refusal.AnswerType).WithStatus(503, nil).Lasts() || !refusal.Because(refusal.AnswerType, "It is XML.").Lasts() {
		t.Error("the status of the app's error does not count, or the sentence does")
	}
}

func TestDocumentIsGenerated(t *testing.T) {
	const path = "../../../docs/refusals.md"
	want, err := refusal.RenderMarkdown()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is not what -update writes (-want +got):\n%s", path, diff)
	}
}

func TestPhrasesAreComplete(t *testing.T) {
	all, err := refusal.ReadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, row := range refusal.ListRows() {
		rules[row.ID] = true
	}
	want := slices.Sorted(maps.Keys(all[refusal.DefaultLanguage].Texts))
	for tag, phrases := range all {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(phrases.Texts))); diff != "" {
			t.Errorf("texts in %q (-want +got):\n%s", tag, diff)
		}
		if strings.Count(phrases.Human, "${contact}") != 1 {
			t.Errorf("%q says %q of a human, want one ${contact}", tag, phrases.Human)
		}
		if strings.Count(phrases.Crisis, "${contact}") != 1 || strings.Count(phrases.Wait, "${minutes}") != 1 {
			t.Errorf("%q says %q of danger and %q of the wait, want one variable", tag, phrases.Crisis, phrases.Wait)
		}
		if phrases.Elsewhere == "" || phrases.Late == "" {
			t.Errorf("%q has no text about another place or a late human", tag)
		}
		checkConsent(t, tag, phrases.Consent)
		for rule, text := range phrases.Texts {
			if !rules[rule] || !strings.HasSuffix(text, ".") {
				t.Errorf("%q says %q for %q, want a sentence for a rule", tag, text, rule)
			}
		}
	}
}

// checkConsent checks that the question can have every variable, and names an answer of each kind.
func checkConsent(t *testing.T, tag string, c refusal.ConsentPhrases) {
	t.Helper()
	question := c.Question(&sidecarconfig.Consent{Name: "N4ME", Contact: "C0NTACT", Purpose: "PURP0SE."}, "N0TICE")
	for _, want := range []string{"N4ME", "C0NTACT", "PURP0SE", "N0TICE"} {
		if strings.Count(question, want) != 1 {
			t.Errorf("%q asks %q, want one %s", tag, question, want)
		}
	}
	if strings.Contains(question, "${") || strings.Contains(question, "PURP0SE..") {
		t.Errorf("%q asks %q", tag, question)
	}
	for _, answers := range [][]string{c.Agree, c.Decline} {
		if len(answers) == 0 || !strings.Contains(c.Ask, answers[0]) {
			t.Errorf("%q asks %q, want the answer %v", tag, c.Ask, answers)
		}
	}
	least := c.Question(&sidecarconfig.Consent{}, "")
	if least != strings.ReplaceAll(c.Begin, "${name}", c.Operator)+" "+c.Ask || c.Operator == "" {
		t.Errorf("%q asks %q without a declaration", tag, least)
	}
}

// TestNoAnswerMeansYesAndNo in any two languages: a chatbot with both takes the answers of both.
func TestNoAnswerMeansYesAndNo(t *testing.T) {
	all, err := refusal.ReadPhrases()
	if err != nil {
		t.Fatal(err)
	}
	means := map[string]string{}
	for tag, phrases := range all {
		for meaning, answers := range map[string][]string{"yes": phrases.Consent.Agree, "no": phrases.Consent.Decline} {
			for _, answer := range answers {
				if means[answer] != "" && means[answer] != meaning {
					t.Errorf("%q means both, one of them in %q", answer, tag)
				}
				means[answer] = meaning
			}
		}
	}
}
