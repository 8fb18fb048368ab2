package starter_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/starter"
	"github.com/chaperone-dev/chaperone/policies"
)

// forms reads forms without an engine, which only reviews need.
var forms = sync.OnceValues(func() (*starter.Searcher, error) {
	validator, err := schema.New(crd.Definitions()...)
	return starter.New(nil, validator, policies.FS, day()), err
})

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
		"a word for a list":                    {"{channels: null}", "channels", "web", "{channels: [web]}"},
		"words for a list":                     {"{channels: null}", "channels", "web, voice,", "{channels: [web, voice]}"},
		"a text in quotes for a list":          {"{personalData: null}", "personalData.categories", `"contact, order"`, `{personalData: {categories: ["contact, order"]}}`},
		"a code that YAML 1.1 knows":           {"{residency: null}", "residency.countries", "[NO, AT]", `{residency: {countries: ["NO", AT]}}`},
		"codes without brackets":               {"{residency: null}", "residency.countries", "NO,AT", `{residency: {countries: ["NO", AT]}}`},
		"a number as a text":                   {"{rights: null}", "rights.contact", "112", `{rights: {contact: "112"}}`},
		"a day":                                {"{assessments: [{type: dpia}]}", "assessments[0].completed", "2026-05-01", `{assessments: [{type: dpia, completed: "2026-05-01"}]}`},
		"a text that YAML reads as a map":      {"{purpose: null}", "purpose.description", "Orders: where they are # and why", `{purpose: {description: "Orders: where they are # and why"}}`},
		"a text in brackets, which has quotes": {"{purpose: null}", "purpose.description", `"[orders]"`, `{purpose: {description: "[orders]"}}`},
		"an object":                            {"{purpose: null}", "purpose", "{kinds: [support], outbound: false}", "{purpose: {kinds: [support], outbound: false}}"},
		"an object with a word for a list":     {"{purpose: null}", "purpose", "{kinds: support}", "{purpose: {kinds: [support]}}"},
		"null":                                 {"{channels: [web]}", "channels", "null", "{channels: null}"},
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
	searcher, err := forms()
	if err != nil {
		t.Fatal(err)
	}
	read, err := searcher.ReadForms([]byte("kind: ChatbotDeployment\nspec: " + spec + "\n"))
	if err != nil || len(read) != 1 {
		t.Fatalf("%d forms, error %v", len(read), err)
	}
	return read[0]
}

// An answer that the schema does not take is refused with what the field takes.
func TestAnswerSaysWhatTheFieldTakes(t *testing.T) {
	for name, test := range map[string]struct{ field, value, want string }{
		"a text for a number":               {"audience.minimumAge", "old", `"old" is not what the field takes: give a whole number from 0 to 120`},
		"a list for a number":               {"audience.minimumAge", "[18]", "a list is not what the field takes: give a whole number"},
		"another word for true":             {"suspended", "yes", `"yes" is not what the field takes: give true or false`},
		"a word that is not on the list":    {"channels", "fax", `"fax" is not what the field takes: give one of web, mobile, voice, email, messaging`},
		"a list for a word":                 {"oversight.significantDecisions", "[none]", "a list is not what the field takes: give one of none, "},
		"a map for a list":                  {"channels", "{web: true}", "a map is not what the field takes: give a list; each item is one of web"},
		"a text for a list of objects":      {"processors", "model", `"model" is not what the field takes: give a list; each item is an object with members among name, `},
		"a text for an object":              {"purpose", "support", `"support" is not what the field takes: give an object with members among kinds, `},
		"a member that an object lacks":     {"purpose", "{kind: [support]}", `there is no member "kind": use some of kinds, `},
		"a member of an object of a list":   {"processors", "[{name: a, trainsOnData: no}]", `trainsOnData: "no" is not what the field takes: give true or false`},
		"a day that is none":                {"assessments[0].completed", "{}", "a map is not what the field takes: give a day as YYYY-MM-DD"},
		"a list for the texts of a map":     {"disclosure.statements.en", "[a]", "a list is not what the field takes: give a text"},
		"a text for a map":                  {"disclosure.statements", "hello", `"hello" is not what the field takes: give a map; each value is a text`},
		"an item of a list that is no text": {"channels", "[[web]]", "a list is not what the field takes: give one of web"},
	} {
		t.Run(name, func(t *testing.T) {
			form := readForm(t, "{sectors: [a], assessments: [{type: dpia}]}")
			before := form.String()
			taken, err := form.Answer(test.field, test.value)
			if err == nil || taken || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("taken: %v, error %v, want %q", taken, err, test.want)
			}
			if diff := cmp.Diff(before, form.String()); diff != "" {
				t.Errorf("the form changed (-want +got):\n%s", diff)
			}
		})
	}
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
