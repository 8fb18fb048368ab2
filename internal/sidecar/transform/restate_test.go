package transform_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	card  = "4111 1111 1111 1111"
	mail  = "joe@shop.example"
	shown = "[redacted:payment-card]"
)

// records writes a stream with the records.
func records(all ...string) string { return strings.Join(all, bell) + bell }

// TestTextsThatAreSaidAgain compares whole streams: what stands in place of a text that the stream says again.
func TestTextsThatAreSaidAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want []string
	}{
		"five times, as the Responses API does": {
			[]string{"!0", "+0Pay " + card[:9], "+0" + card[9:], "$0;!0Pay " + card, "!0Pay " + card, "!0Pay " + card, "X;!0Pay " + card},
			[]string{
				"!0", "+0" + opening + "Pay ", "+0", "+0" + shown, "$0;!0" + opening + "Pay " + shown, "!0" + opening + "Pay " + shown,
				"!0" + opening + "Pay " + shown, "X;!0" + opening + "Pay " + shown,
			},
		},
		"before the window has released everything, and the text goes on": {
			[]string{"+0Pay 4111", "!0Pay 4111", "+0 1111 1111 1111", "X"},
			[]string{"+0" + opening + "Pay ", "!0" + opening + "Pay ", "+0", "+0" + shown, "X"},
		},
		"before the window has released everything, and the stream ends": {
			[]string{"+0Pay 4111", "!0Pay 4111", "X"},
			[]string{"+0" + opening + "Pay ", "+04111", "!0" + opening + "Pay 4111", "X"},
		},
		"by the last event, together with its end": {
			[]string{"+0Pay 4111 ", "X;+01111 1111 1111;!0Pay " + card},
			[]string{"+0" + opening + "Pay ", "X;+0" + shown + ";!0" + opening + "Pay " + shown},
		},
		"before an end for good, which does not overtake it": {
			[]string{"+1Pay 4111", "!1Pay 4111", "+0Hi. ;.1", "$0", "X"},
			[]string{"+1" + opening + "Pay ", "!1" + opening + "Pay ", "+0" + opening + "Hi. ;.1", "$0", "+14111", "X"},
		},
		"several texts by key": {
			[]string{"+0Pay " + card + ".", "+1Write to " + mail + ".", "X;!1Write to " + mail + ".;!0Pay " + card + "."},
			[]string{
				"+0" + opening + "Pay ", "+1" + opening + "Write to ", "+0" + shown + ".", "+1[redacted:email].",
				"X;!1" + opening + "Write to [redacted:email].;!0" + opening + "Pay " + shown + ".",
			},
		},
		"for the first time, as a whole": {
			[]string{"!0Pay " + card, "!0Pay " + card, "X"},
			[]string{"!0" + opening + "Pay " + shown, "!0" + opening + "Pay " + shown, "X"},
		},
		"with more at the end, which clients also get as a piece": {
			[]string{"+0Pay 4111 ", "!0Pay " + card, "X"},
			[]string{"+0" + opening + "Pay ", "+0" + shown, "!0" + opening + "Pay " + shown, "X"},
		},
		"with more at the end, which the last event has": {
			[]string{"+0Pay 4111 ", "X;!0Pay " + card},
			[]string{"+0" + opening + "Pay ", "+0" + shown, "X;!0" + opening + "Pay " + shown},
		},
		"with more at the end, when nothing is held back": {
			[]string{"+0Pay today. ", "!0Pay today. Please. ", "X"},
			[]string{"+0" + opening + "Pay today. ", "+0Please. ", "!0" + opening + "Pay today. Please. ", "X"},
		},
		"with more at the end, after the text has ended": {
			[]string{"+0Pay 4111 ", "$0", "X;!0Pay " + card},
			[]string{"+0" + opening + "Pay ", "+04111 ", "$0", "X;!0" + opening + "Pay 4111 "},
		},
		"with less, and the text goes on": {
			[]string{"+0Pay today. ", "+0Pay ", "!0Pay today. ", "+0it.", "X"},
			[]string{"+0" + opening + "Pay today. ", "+0Pay ", "!0" + opening + "Pay today. Pay ", "+0", "+0it.", "X"},
		},
		"in other words without anything personal": {
			[]string{"+0Pay today. 4111", "X;!0Sorry."},
			[]string{"+0" + opening + "Pay today. ", "+04111", "X;!0" + opening + "Sorry."},
		},
		"in other words that could be a piece of personal data": {
			[]string{"+0Pay 4111 ", "!01111 1111 1111", "X"},
			[]string{"+0" + opening + "Pay ", "+04111 ", "!0" + opening + "Pay 4111 ", "X"},
		},
		"in other words, the text was said as a whole": {
			[]string{"!04111 1111 ", "!01111 1111", "X"},
			[]string{"!0" + opening + "4111 1111 ", "!0" + opening + "4111 1111 ", "X"},
		},
		"a text that arrives as a whole each time": {
			[]string{"=5Pay 4111", "=5Pay " + card, "$5", "X;!5Pay " + card},
			[]string{"=5" + opening + "Pay ", "=5" + opening + "Pay ", "=5" + opening + "Pay " + shown, "$5", "X;!5" + opening + "Pay " + shown},
		},
		"a text that arrives as a whole each time, and the first time for good": {
			[]string{"!5Pay 4111", "=5Pay " + card, "X"},
			[]string{"!5" + opening + "Pay 4111", "=5" + opening + "Pay ", "=5" + opening + "Pay " + shown, "X"},
		},
		"a text that arrives as a whole each time, with more at the end": {
			[]string{"=5Pay 4111", "$5", "X;!5Pay " + card},
			[]string{"=5" + opening + "Pay ", "=5" + opening + "Pay 4111", "$5", "X;!5" + opening + "Pay " + shown},
		},
	} {
		t.Run(name, func(t *testing.T) { checkRecords(t, tc.in, tc.want) })
	}
}

// TestTextsThatArriveWholeOrReplaced: the statement stands in each text that clients get as a whole.
func TestTextsThatArriveWholeOrReplaced(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want []string
	}{
		"text up to now": {
			[]string{"=5", "=5Pay ", "=5Pay now. ", "X"},
			[]string{"=5" + opening, "=5" + opening + "Pay ", "=5" + opening + "Pay now. ", "X"},
		},
		"text that shrinks on command": {
			[]string{"=5Pay now. ", "=5Pay ", "=5Sorry. ", "X"},
			[]string{"=5" + opening + "Pay now. ", "=5" + opening + "Pay ", "=5" + opening + "Sorry. ", "X"},
		},
		"text that shrinks to nothing": {
			[]string{"=5Pay 4111", "=5", "X"},
			[]string{"=5" + opening + "Pay ", "=5" + opening, "X"},
		},
		"last event with the end of a datum": {
			[]string{"=5Pay 4111 ", "X;=5Pay " + card},
			[]string{"=5" + opening + "Pay ", "X;=5" + opening + "Pay " + shown},
		},
		"same text in every event": {
			[]string{"#6Pay " + card, "#6Pay " + card, "X"},
			[]string{"#6" + opening + "Pay " + shown, "#6" + opening + "Pay " + shown, "X"},
		},
		"piece in the last event": {
			[]string{"+4Pay 4111 ", ".4", "X;+41111 1111 1111"},
			[]string{"+4" + opening + "Pay ", ".4", "X;+4" + shown},
		},
	} {
		t.Run(name, func(t *testing.T) { checkRecords(t, tc.in, tc.want) })
	}
}

func TestRestatementsThatAreRefused(t *testing.T) {
	const completed = "An event adds to a text that another event has said as a whole."
	const tooLong = "The answer repeats texts that are longer than the sidecar can remember."
	long := strings.Repeat("a", 60<<10)
	for name, tc := range map[string]struct {
		in   []string
		want string
	}{
		"a piece after the whole text":             {[]string{"!0Pay", "+0 now"}, completed},
		"a piece after other words":                {[]string{"+0Pay", "!0Sorry", "+0 now"}, completed},
		"a piece after a longer restatement":       {[]string{"+0Pay", "!0Pay now", "+0 or never"}, completed},
		"more than the sidecar remembers":          {[]string{"+0" + long, "+0" + long, "+0" + long}, tooLong},
		"more whole texts than can be remembered":  {[]string{"!0" + long, "!1" + long, "!2" + long}, tooLong},
		"more added at the end than is remembered": {[]string{"+0" + long, "+1" + long, "!1" + long + long}, tooLong},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := rewrite(t, newSet(t), records(tc.in...))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %q", err, tc.want)
			}
		})
	}
}

// TestLongTextsAreNotRemembered: a text that no event can restate has no limit.
func TestLongTextsAreNotRemembered(t *testing.T) {
	piece := "+4" + strings.Repeat("a", 60<<10)
	if _, err := rewrite(t, newSet(t), records(piece, piece, piece, piece, piece, "X")); err != nil {
		t.Error(err)
	}
}

// checkRecords rewrites a stream of records and compares the records that clients get.
func checkRecords(t *testing.T, in, want []string) {
	t.Helper()
	got, err := rewrite(t, newSet(t), records(in...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSuffix(got, bell), bell)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}
