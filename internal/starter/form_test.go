package starter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/starter"
)

// TestAnswer answers one field of a specification, which is written in YAML.
func TestAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		spec, field, value string
		// want is the specification after the answer; empty if the form does not take the answer and does not change.
		want string
	}{
		"a blank":                              {"{channels: null}", "channels", "[web]", "{channels: [web]}"},
		"a missing field":                      {"{sectors: [a]}", "retention.transcriptDays", "30", "{sectors: [a], retention: {transcriptDays: 30}}"},
		"a field below a blank":                {"{retention: null}", "retention.transcriptDays", "30", "{retention: {transcriptDays: 30}}"},
		"a field below a value":                {"{retention: 30}", "retention.transcriptDays", "30", ""},
		"a blank item":                         {"{channels: [web, null]}", "channels[1]", "voice", "{channels: [web, voice]}"},
		"the next item":                        {"{channels: [web]}", "channels[1]", "voice", "{channels: [web, voice]}"},
		"the first item of a missing list":     {"{sectors: [a]}", "channels[0]", "voice", "{sectors: [a], channels: [voice]}"},
		"the first item of a blank list":       {"{channels: null}", "channels[0]", "voice", "{channels: [voice]}"},
		"an item after the next one":           {"{channels: [web]}", "channels[2]", "voice", ""},
		"the second item of a missing list":    {"{sectors: [a]}", "channels[1]", "voice", ""},
		"a field of the next item":             {"{processors: [{name: a}]}", "processors[1].name", "b", "{processors: [{name: a}, {name: b}]}"},
		"an item of a field with a mapping":    {"{channels: {a: b}}", "channels[0]", "voice", ""},
		"a field of an item":                   {"{processors: [{country: null}]}", "processors[0].country", "AT", "{processors: [{country: AT}]}"},
		"a field of a blank item":              {"{processors: [null]}", "processors[0].country", "AT", "{processors: [{country: AT}]}"},
		"a missing field below an item":        {"{processors: [{name: a}]}", "processors[0].transfer.by", "scc", "{processors: [{name: a, transfer: {by: scc}}]}"},
		"a field of an item that is not there": {"{processors: []}", "processors[1].country", "AT", ""},
		"a field that every item has":          {"{processors: [{host: a}, {host: b}]}", "processors[].host", "c", ""},
		"a field that one item lacks":          {"{processors: [{host: a}, {host: null}]}", "processors[].host", "c", "{processors: [{host: a}, {host: c}]}"},
		"no field where it is blank":           {"{processors: [{host: a}, {name: b, host: null}]}", "processors[].host", "", "{processors: [{host: a}, {name: b}]}"},
		"a field of every item":                {"{processors: [{name: a}, null]}", "processors[].country", "AT", "{processors: [{name: a, country: AT}, {country: AT}]}"},
		"every item":                           {"{channels: [null, null]}", "channels[]", "web", "{channels: [web, web]}"},
		"no field":                             {"{channels: null, sectors: [a]}", "channels", "", "{sectors: [a]}"},
		"no field that is not there":           {"{sectors: [a]}", "channels", "", ""},
		"no item":                              {"{channels: [null, web]}", "channels[0]", "", "{channels: [web]}"},
		"no item, which was the only one":      {"{channels: [null], sectors: [a]}", "channels[0]", "", "{sectors: [a]}"},
		"no item that is not there":            {"{channels: [web]}", "channels[1]", "", ""},
		"no item that is blank":                {"{channels: [null, web], sectors: [a]}", "channels[]", "", "{channels: [web], sectors: [a]}"},
	} {
		t.Run(name, func(t *testing.T) {
			form, before := readForm(t, test.spec), readForm(t, test.spec).String()
			taken, err := form.Answer(test.field, test.value)
			if err != nil || taken != (test.want != "") {
				t.Errorf("taken: %v, error %v", taken, err)
			}
			want := before
			if test.want != "" {
				want = readForm(t, test.want).String()
			}
			if diff := cmp.Diff(want, form.String()); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

// readForm returns the form of a declaration with the specification.
func readForm(t *testing.T, spec string) *starter.Form {
	t.Helper()
	forms, err := starter.ReadForms([]byte("kind: ChatbotDeployment\nspec: " + spec + "\n"))
	if err != nil || len(forms) != 1 {
		t.Fatalf("%d forms, error %v", len(forms), err)
	}
	return forms[0]
}

// An answer whose keys are no texts would make the whole declaration unreadable, when all other questions are answered.
func TestAnswerWithoutMeaning(t *testing.T) {
	for _, value := range []string{"?", "{1: 2}", "[{true: a}]", "!!binary x", "*a"} {
		form := readForm(t, "{channels: null}")
		before := form.String()
		if taken, err := form.Answer("channels", value); err == nil || taken {
			t.Errorf("%q: taken: %v, error %v", value, taken, err)
		}
		if diff := cmp.Diff(before, form.String()); diff != "" {
			t.Errorf("%q changes the form (-want +got):\n%s", value, diff)
		}
	}
}
