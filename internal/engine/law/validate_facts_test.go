package law

import (
	"errors"
	"strings"
	"testing"
)

// A name that does not exist is refused with the file and the key.
func TestNamesOfFactsExist(t *testing.T) {
	data := &Data{}
	data.Facts.AnswersFor = map[string][]string{"adults": {"consent.tea"}}
	data.Facts.Certifications = map[string]struct {
		Countries []string `json:"countries"`
		Of        []string `json:"of"`
		Source    string   `json:"source"`
	}{"shield": {Countries: []string{"zz"}}}
	data.Facts.DoubtedBases = append(data.Facts.DoubtedBases, struct {
		Basis    string   `json:"basis"`
		Audience string   `json:"audience"`
		Of       []string `json:"of"`
		Source   string   `json:"source"`
		Why      string   `json:"why"`
	}{Basis: "habit", Audience: "birds", Of: []string{"yy"}})
	data.Facts.SeatLaws = append(data.Facts.SeatLaws, struct {
		Code    string `json:"code"`
		Act     string `json:"act"`
		Article string `json:"article"`
		URL     string `json:"url"`
	}{Code: "xx"})
	data.Facts.Roles = map[string]Role{"baker": {Sectors: []string{"bread"}, Purposes: []string{"baking"}}}
	data.Facts.Adults = []string{"elders"}
	data.Facts.NotSmall = "("
	f := &faults{}
	f.checkNames(data)
	got := errors.Join(f.errs...).Error()
	for _, want := range []string{
		`facts: answersFor: "adults"`, `facts: answersFor: adults: "consent.tea"`, `facts: certifications: shield: of must not be empty`,
		`facts: certifications: shield: countries: "zz"`, `facts: doubtedBases[0]: basis "habit"`, `facts: doubtedBases[0]: audience "birds"`,
		`facts: doubtedBases[0]: of: "yy"`, `facts: seatLaws[0]: code "xx"`, `facts: seatLaws[0]: act and article`,
		`facts: roles: baker: sectors: "bread"`, `facts: roles: baker: purposes: "baking"`, `facts: adults: "elders"`, `facts: notSmall: "("`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no fault has %s:\n%s", want, got)
		}
	}
}

// A contradiction is found by what a field states.
func TestContradictionsHaveATrigger(t *testing.T) {
	missing := false
	unstated := Statement{Field: "audience.access", Stated: &missing}
	for name, c := range map[string]struct {
		all  []Statement
		want bool
	}{
		"a word":            {[]Statement{unstated, {Field: "audience.who", Has: []string{"children"}}}, true},
		"a number":          {[]Statement{{Field: "audience.minimumAge", AtLeast: "18"}, unstated}, true},
		"facts only":        {[]Statement{{Field: "staff", Fact: "enterprise", Has: []string{"large"}}}, false},
		"nothing is stated": {[]Statement{unstated, {Field: "audience.minimumAge", AtLeast: "18"}}, false},
	} {
		if got := hasTrigger(c.all); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
