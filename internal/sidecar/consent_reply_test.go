package sidecar_test

import (
	"strings"
	"testing"
)

// TestRepliesAsPeopleWriteThem, and the question as clients keep it.
func TestRepliesAsPeopleWriteThem(t *testing.T) {
	for _, reply := range []string{
		"y", "yes 🙂", "Yes 👍🏽", "yeah", "Yep!", "sure", "yes thanks", "Yes, thank you.", "Yes, I do", "of course", "O.K.", "\u200byes\ufeff", "yes ❤️",
		"Natürlich", "Bien sûr",
	} {
		if !agrees(t, question, reply) {
			t.Errorf("%q is no yes", reply)
		}
	}
	for _, reply := range []string{"yes?", "yes? 🙂", "no, yes", "y\u0435s", "yes 👎", "👍 yes but do not record", "🙂", "yes and I am ill"} {
		if agrees(t, question, reply) {
			t.Errorf("%q is a yes", reply)
		}
	}
	asked := strings.NewReplacer(`"yes"`, "“yes”", " Contact:", "  Contact:", "Do you", "\nDo you").Replace(question)
	if !agrees(t, asked, "yes") {
		t.Errorf("the question with other quotes and blanks does not count: %s", asked)
	}
	if agrees(t, strings.Replace(question, "Do you", "Doyou", 1), "yes") {
		t.Error("another question counts")
	}
}

// agrees reports whether a request with the question and the reply goes on.
func agrees(t *testing.T, asked, reply string) bool {
	t.Helper()
	h := newHarness(t, answerText("Hi"), askForConsent)
	h.ask(talk("Hello", asked, reply))
	return len(h.listReceived()) == 1
}

// TestQuestionIsDisclosed in the header, where the declaration asks for it.
func TestQuestionIsDisclosed(t *testing.T) {
	h := newHarness(t, answerText("Hi"), askForConsent)
	for _, body := range []string{hello, talk("Hello", question, "no")} {
		if got := h.ask(body); got.header.Get("Chaperone-Disclosure") == "" {
			t.Errorf("%s: no disclosure", body)
		}
	}
}
