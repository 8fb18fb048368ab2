package law

import (
	"errors"
	"strings"
	"testing"
)

// Words by which texts are read are refused where no pattern can be made of them, or where they belong to no other word.
func TestWordsOfLanguagesAreChecked(t *testing.T) {
	data := &Data{}
	data.Claims.Languages = map[string]map[string][]string{"xx": {
		"ai": {"bot$", "Robot"}, "loose": {"virtual"}, "self": {"i am"}, "person": {"human"}, "tone": {"kind"}, "binds": {"bind"},
	}}
	data.Claims.Joined = map[string]string{"yy": "("}
	data.Claims.Unspaced = []string{"zz"}
	f := &faults{}
	f.checkClaims(data)
	got := errors.Join(f.errs...).Error()
	for _, want := range []string{
		`claims xx: other must have words`, `claims xx: one of [not lacks] must have words`, `claims xx: denies must have words`,
		`claims xx: tone is none of the kinds`, `claims xx: ai: "Robot" must be in lower case`, `claims xx: loose: "virtual" must also be a word of ai`,
		`claims: joined: "yy" has no words`, `claims: joined: "yy" has no pattern`, `claims: unspaced: "zz" has no words`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no fault has %s:\n%s", want, got)
		}
	}
}
