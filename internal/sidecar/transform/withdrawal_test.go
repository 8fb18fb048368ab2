package transform

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// newSaidWithdrawals returns the recognizer for what said.yaml has in the languages.
func newSaidWithdrawals(phrases ...refusal.Phrases) withdrawals {
	var all, fillers []string
	for _, p := range phrases {
		all, fillers = append(all, p.Consent.Withdraw...), append(fillers, p.Consent.Fillers...)
	}
	return newWithdrawals(all, fillers)
}

// TestWithdrawalsOfPeople, in a chatbot of one language and in one of all languages. What is negated, quoted, asked or told is no withdrawal.
func TestWithdrawalsOfPeople(t *testing.T) {
	all := readPhrases(t)
	var each []refusal.Phrases
	for _, p := range all {
		each = append(each, p)
	}
	ofAll := newSaidWithdrawals(each...)
	type messages struct {
		Withdraws []string `json:"withdraws"`
		Keeps     []string `json:"keeps"`
	}
	for tag, corpus := range readCorpus[messages](t, "withdrawals.yaml") {
		own := newSaidWithdrawals(all[tag])
		expect := func(text string, want bool) {
			if own.match([]byte(text)) != want || ofAll.match([]byte(text)) != want {
				t.Errorf("%s: %q withdraws: %v, and %v among all languages; want %v", tag, text, own.match([]byte(text)), ofAll.match([]byte(text)), want)
			}
		}
		for _, text := range corpus.Withdraws {
			expect(text, true)
		}
		for _, text := range corpus.Keeps {
			expect(text, false)
		}
		for _, phrase := range all[tag].Consent.Withdraw {
			expect(strings.ToUpper(phrase)+"!", true)
			for _, text := range []string{
				phrase + "?", `"` + phrase + `"`, "“" + phrase + "”", "> " + phrase, `It says "` + phrase + `."`, `He: "` + phrase + `. Now!" and left.`,
				"\"" + phrase, phrase + strings.Repeat(" and so on", 50),
			} {
				expect(text, false)
			}
		}
	}
}

// TestRepliesDoNotWithdraw: no yes or no of said.yaml is a withdrawal too.
func TestRepliesDoNotWithdraw(t *testing.T) {
	all := readPhrases(t)
	for tag, phrases := range all {
		for other := range all {
			recognizer := newSaidWithdrawals(all[other])
			for _, reply := range append(phrases.Consent.Agree, phrases.Consent.Decline...) {
				if recognizer.match([]byte(reply)) {
					t.Errorf("%q in %s withdraws in %s", reply, tag, other)
				}
			}
		}
	}
}
